import { InvalidError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Role } from '../accounts/roles.ts';
import { isWorkingDay, londonDay, startOfDay } from '../calendar/working-days.ts';
import type { ReportSchedulesTable } from '../store/report-tables.ts';
import type { Store } from '../store/tables.ts';
import { recipientsOf } from './issued.ts';
import { dayOf, monthOf, shiftedMonth } from './period.ts';
import { askableNamed, askables } from './reports.ts';

export const rhythms = ['month', 'quarter', 'never'] as const;
export type Rhythm = ReportSchedulesTable['every'];

/** When a report is made by itself, and who is shown it. */
export interface Schedule {
  name: string;
  every: Rhythm;
  recipients: readonly Role[];
}

const shipped: readonly Schedule[] = [
  { name: 'state-of-security', every: 'month', recipients: ['head-of-business-and-governance'] },
  { name: 'incidents', every: 'quarter', recipients: ['ig-lead', 'siro', 'caldicott-guardian'] },
  { name: 'access-review', every: 'quarter', recipients: ['ict-administrator', 'head-of-business-and-governance'] },
];

/** The schedule of every report: as somebody set it, or as the product comes. */
export async function schedules(store: Store): Promise<Schedule[]> {
  const rows = await store.selectFrom('report_schedules').selectAll().execute();
  return askables.map(({ name }) => {
    const row = rows.find((one) => one.name === name);
    if (row) return { name, every: row.every, recipients: recipientsOf(row.recipients) };
    return shipped.find((one) => one.name === name) ?? { name, every: 'never', recipients: [] };
  });
}

/** @throws InvalidError when there is no such report, or a recipient may not read it */
export async function saveSchedule(
  store: Store,
  { name, every, recipients }: Schedule,
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  const { readers, title } = askableNamed(name);
  if (recipients.some((role) => !readers.includes(role)))
    throw new InvalidError(`"${title}" is not for every role that was named.`);
  const row = { name, every, recipients: JSON.stringify(recipients), changed_at: now, changed_by: accountId };
  await store.transaction().execute(async (tx) => {
    await tx
      .insertInto('report_schedules')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
    await recordAudit(tx, { at: now, accountId, action: 'report.scheduled', object: name, detail: every });
  });
}

const morning = 6 * 60 * 60 * 1000;

/**
 * What a schedule is to be made for at this moment: the month or quarter that was over last, from six in the morning of
 * the first working day after it. Undefined when nothing is due yet, or never. Pure.
 */
export function dueFor(every: Rhythm, now: number): string | undefined {
  if (every === 'never') return undefined;
  const month = londonDay(now).slice(0, 7);
  const began = every === 'month' ? month : shiftedMonth(month, -((Number(month.slice(5)) - 1) % 3));
  let day = `${began}-01`;
  while (!isWorkingDay(day)) day = dayOf(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
  if (now < startOfDay(day) + morning) return undefined;
  const last = shiftedMonth(began, -1);
  return every === 'month' ? last : `${last.slice(0, 4)}-Q${Number(last.slice(5)) / 3}`;
}

/** Whether there was anything to report in the period that was over before this moment. */
export async function hadComputers(store: Store, now: number): Promise<boolean> {
  const began = Date.parse(`${monthOf(now)}-01T00:00:00Z`);
  const found = await store
    .selectFrom('computers')
    .where('state', '!=', 'collector')
    .where('enrolled_at', '<', began)
    .select('no')
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
