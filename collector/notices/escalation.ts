import type { NoticeRules } from '#shared/policy/notices.ts';
import { addWorkingDays } from '../calendar/working-days.ts';

/** How far somebody got who was asked for an answer. Times in milliseconds since 1970; null: not yet. */
export interface Asked {
  /** From when on their time runs. */
  toldAt: number;
  dueAt: number;
  readAt: number | null;
  acknowledgedAt: number | null;
  remindedAt: number | null;
  escalatedAt: number | null;
  overdueAt: number | null;
}

export type Step = 'remind' | 'escalate' | 'overdue';

/**
 * What is to be done now because nobody moved: nobody opened it, a reminder; nobody confirmed having read it, those above;
 * confirmed and not answered in time, one more reminder. Each is done once. Pure.
 */
export function stepsDue(asked: Asked, rules: NoticeRules, now: number): Step[] {
  const { toldAt, dueAt, readAt, acknowledgedAt, remindedAt, escalatedAt, overdueAt } = asked;
  const steps: Step[] = [];
  if (acknowledgedAt === null) {
    const isUnread = readAt === null && remindedAt === null && escalatedAt === null;
    if (escalatedAt === null && now >= addWorkingDays(toldAt, rules.escalateDays)) steps.push('escalate');
    else if (isUnread && now >= addWorkingDays(toldAt, rules.reminderDays)) steps.push('remind');
    return steps;
  }
  // Whoever confirms late still gets a day for the answer before they are asked again.
  const last = acknowledgedAt < dueAt ? dueAt : addWorkingDays(acknowledgedAt, 1);
  if (overdueAt === null && now >= last) steps.push('overdue');
  return steps;
}
