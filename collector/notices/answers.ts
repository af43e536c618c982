import { InvalidError } from '#shared/errors.ts';
import { severities } from '#shared/policy/words.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import { setAlertState } from '../alerting/alerts.ts';
import type { NoticesTable } from '../store/notice-tables.ts';
import type { StoreTransaction } from '../store/tables.ts';
import { acknowledge, alertsOf, noteStep, noticeReference, saveAnswer } from './notices.ts';

/** Makes an incident in the transaction of what it is made from. */
export type OpenIncident = (
  tx: StoreTransaction,
  opening: {
    source: 'alert' | 'notice' | 'lost' | 'self-report';
    alertIds: readonly string[];
    computerId?: string;
    openedBy: string | null;
    note: string;
    now: number;
  },
) => Promise<{ id: string; number: string }>;

export const answers = {
  expected: 'It was expected and authorised',
  'put-right': 'A mistake, and it has been put right',
  'needs-ict': 'It needs ICT',
  incident: 'Raise an incident',
} as const satisfies Record<NonNullable<NoticesTable['answer']>, string>;
export type AnswerKind = keyof typeof answers;

export interface GivenAnswer {
  answer: AnswerKind;
  /** Number of the approval; asked for with `expected` only. */
  approval: string;
  comment: string;
}

const longestComment = 2000;

/** @throws InvalidError, one line a fault */
export function checkAnswer({ answer, approval, comment }: GivenAnswer): void {
  const faults: string[] = [];
  if (answer === 'expected' && approval.trim() === '') faults.push('Give the number of the approval or authorisation');
  if (comment.trim() === '') faults.push('Write in a sentence what you found out');
  if (comment.length > longestComment) faults.push(`Use no more than ${longestComment} characters`);
  if (faults.length > 0) throw new InvalidError(faults.join('\n'));
}

export interface Answering {
  accountId: string;
  /** The recipients that this person is: whoever answers has read it. */
  recipients: readonly string[];
  now: number;
  openIncident: OpenIncident | undefined;
}

/**
 * Keeps the answer, and carries it to the alerts: what is explained or put right is closed, except where the severity is
 * high or critical, which ICT closes; an incident is opened where one was asked for.
 * @throws PortcullisError `answeredAlready`, InvalidError
 */
export async function answerNotice(
  tx: StoreTransaction,
  notice: NoticesTable,
  given: GivenAnswer,
  { accountId, recipients, now, openIncident }: Answering,
): Promise<void> {
  checkAnswer(given);
  const { answer, comment } = given;
  const alertIds = await alertsOf(tx, notice.id);
  const incident =
    answer === 'incident' && openIncident
      ? await openIncident(tx, {
          source: 'notice',
          alertIds,
          openedBy: accountId,
          note: comment,
          now,
          ...(await computerOf(tx, notice)),
        })
      : undefined;
  const approval = answer === 'expected' ? cleanText(given.approval, 64) : null;
  await acknowledge(tx, notice.id, recipients, { accountId, now });
  await saveAnswer(tx, notice.id, { answer, approval, comment, incidentId: incident?.id ?? null }, { accountId, now });
  const note = [
    answers[answer],
    ...(approval === null ? [] : [`number ${approval}`]),
    ...(incident ? [`incident ${incident.number}`] : []),
  ].join(', ');
  await noteStep(tx, { noticeId: notice.id, at: now, action: 'answered', accountId, note });
  for (const alertId of alertIds) await closeAlert(tx, { notice, alertId, answer, comment, accountId, now });
  await recordAudit(tx, { at: now, accountId, action: 'notice.answered', object: notice.id, detail: answer });
}

async function computerOf(tx: StoreTransaction, { computer_no }: NoticesTable): Promise<{ computerId?: string }> {
  const row = await tx.selectFrom('computers').select('id').where('no', '=', computer_no).executeTakeFirst();
  return row ? { computerId: row.id } : {};
}

const outcomes = {
  expected: 'expected',
  'put-right': 'put-right',
  incident: 'needs-incident',
  'needs-ict': undefined,
} as const;

interface Closing {
  notice: NoticesTable;
  alertId: string;
  answer: AnswerKind;
  comment: string;
  accountId: string;
  now: number;
}

async function closeAlert(
  tx: StoreTransaction,
  { notice, alertId, answer, comment, accountId, now }: Closing,
): Promise<void> {
  const alert = await tx.selectFrom('alerts').select('state').where('id', '=', alertId).executeTakeFirst();
  const outcome = outcomes[answer];
  const isIctOnly = notice.severity_rank >= severities.indexOf('high') && answer !== 'incident';
  const note = `Answer to ${noticeReference(notice)}: ${comment}`;
  const step = { alertId, accountId, note, at: now };
  if (!alert || alert.state === 'closed' || outcome === undefined || isIctOnly) {
    await setAlertState(tx, { ...step, action: 'noted' });
    return;
  }
  await setAlertState(tx, { ...step, action: 'closed', outcome });
  await recordAudit(tx, { at: now, accountId, action: 'alert.closed', object: alertId, detail: outcome });
}

/** Keeps what the person concerned says, at the console for them or by the link they were sent. */
export async function addSide(
  tx: StoreTransaction,
  noticeId: string,
  text: string,
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  if (text.trim() === '') throw new InvalidError('Write a sentence first');
  if (text.length > longestComment) throw new InvalidError(`Use no more than ${longestComment} characters`);
  await noteStep(tx, { noticeId, at: now, action: 'side', accountId, note: text });
  await recordAudit(tx, { at: now, accountId, action: 'notice.side', object: noticeId });
}
