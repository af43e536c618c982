import { sql } from 'kysely';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { noteOnAlert } from '../alerting/alerts.ts';
import type { NoticeAction, NoticeRecipientsTable, NoticesTable } from '../store/notice-tables.ts';
import type { AlertHistoryTable, AlertsTable, Store, StoreTransaction } from '../store/tables.ts';
import type { PlannedRecipient } from './planning.ts';

/** `N-12`, as people say it on the telephone. */
export function noticeReference({ number }: Pick<NoticesTable, 'number'>): string {
  return `N-${number}`;
}

export async function planningPlace(store: Store): Promise<number> {
  const row = await store.selectFrom('notice_cursor').select('change_no').executeTakeFirst();
  return row?.change_no ?? 0;
}

export async function savePlanningPlace(tx: StoreTransaction, changeNo: number): Promise<void> {
  await tx.updateTable('notice_cursor').set({ change_no: changeNo }).execute();
}

/** What is known of a notice when it is opened; the rest follows from the alert. */
export interface NewNotice
  extends Pick<NoticesTable, 'organisation' | 'person_id' | 'team_id' | 'routed' | 'tell' | 'told_at' | 'due_at'> {
  alert: AlertsTable;
  now: number;
}

export async function openNotice(tx: StoreTransaction, { alert, now, ...given }: NewNotice): Promise<NoticesTable> {
  const { last } = await tx
    .selectFrom('notices')
    .select((build) => build.fn.max('number').as('last'))
    .executeTakeFirstOrThrow();
  const row: NoticesTable = {
    ...given,
    id: uuidv7(now),
    number: (last ?? 0) + 1,
    same_key: alert.same_key,
    rule_id: alert.rule_id,
    title: alert.title,
    severity: alert.severity,
    severity_rank: alert.severity_rank,
    clause: alert.clause,
    policy_version: alert.policy_version,
    computer_no: alert.computer_no,
    person: alert.person,
    count: alert.count,
    first_at: alert.first_at,
    last_at: alert.last_at,
    opened_at: now,
    state: 'open',
    answer: null,
    approval: null,
    comment: null,
    answered_at: null,
    answered_by: null,
    incident_id: null,
  };
  await tx.insertInto('notices').values(row).execute();
  await tx
    .insertInto('notice_alerts')
    .values({ notice_id: row.id, alert_id: alert.id, counted: alert.count })
    .execute();
  await noteStep(tx, { noticeId: row.id, at: now, action: 'opened' });
  return row;
}

/** For so long the same matter is one notice, milliseconds. */
const sameWithin = 24 * 60 * 60 * 1000;

/** The notice that a repeat belongs to: it is of the same rule, person and thing, young, and nobody has answered it. */
export function standingNotice(
  store: Store,
  { organisation, sameKey, now }: { organisation: string; sameKey: string; now: number },
): Promise<NoticesTable | undefined> {
  return store
    .selectFrom('notices')
    .selectAll()
    .where('same_key', '=', sameKey)
    .where('organisation', '=', organisation)
    .where('opened_at', '>', now - sameWithin)
    .where('state', '=', 'open')
    .orderBy('opened_at', 'desc')
    .executeTakeFirst();
}

/** Adds repeats, or the same matter on other computers. The count of a notice is that of all its alerts. */
export async function repeatNotice(
  tx: StoreTransaction,
  notice: NoticesTable,
  alerts: readonly AlertsTable[],
  now: number,
): Promise<void> {
  if (alerts.length === 0) return;
  const before = await countedAlerts(tx, notice.id, alerts);
  await tx
    .insertInto('notice_alerts')
    .values(alerts.map(({ id, count }) => ({ notice_id: notice.id, alert_id: id, counted: count })))
    .onConflict((conflict) => conflict.doUpdateSet((build) => ({ counted: build.ref('excluded.counted') })))
    .execute();
  const count = alerts.reduce((sum, alert) => sum + alert.count - (before.get(alert.id) ?? 0), notice.count);
  const times = {
    count,
    first_at: Math.min(notice.first_at, ...alerts.map(({ first_at }) => first_at)),
    last_at: Math.max(notice.last_at, ...alerts.map(({ last_at }) => last_at)),
  };
  await tx.updateTable('notices').set(times).where('id', '=', notice.id).execute();
  // Repeats of one alert may come every second: the count tells of them.
  if (alerts.every(({ id }) => before.has(id))) return;
  await noteStep(tx, { noticeId: notice.id, at: now, action: 'repeated', note: `${count} times by now` });
}

/** How often each was counted in, of those that are in the notice: to add up all of them would be to read all of them. */
async function countedAlerts(
  tx: StoreTransaction,
  noticeId: string,
  alerts: readonly AlertsTable[],
): Promise<ReadonlyMap<string, number>> {
  const ids = alerts.map(({ id }) => id);
  const rows = await tx
    .selectFrom('notice_alerts')
    .select(['alert_id', 'counted'])
    .where('notice_id', '=', noticeId)
    .where('alert_id', 'in', ids)
    .execute();
  return new Map(rows.map(({ alert_id, counted }) => [alert_id, counted]));
}

export async function addRecipient(
  tx: StoreTransaction,
  noticeId: string,
  { part, personId, accountId, acts }: PlannedRecipient,
  { now, digestAt = null }: { now: number; digestAt?: number | null },
): Promise<string> {
  const id = uuidv7(now);
  const row: NoticeRecipientsTable = {
    id,
    notice_id: noticeId,
    part,
    person_id: personId,
    account_id: accountId,
    acts: acts ? 1 : 0,
    tell: digestAt === null ? 'now' : 'digest',
    added_at: now,
    digest_at: digestAt,
    digest_id: null,
    read_at: null,
    acknowledged_at: null,
    reminded_at: null,
    escalated_at: null,
    overdue_at: null,
  };
  await tx.insertInto('notice_recipients').values(row).execute();
  return id;
}

/** What happened to a notice. `note` names nobody but parts. */
export interface NoticeStep {
  noticeId: string;
  at: number;
  action: NoticeAction;
  accountId?: string | null;
  note?: string | null;
}

/** Steps that those who look at the alert want to see there, too. */
const onAlerts: Partial<Record<NoticeAction, AlertHistoryTable['action']>> = {
  told: 'told',
  reminded: 'reminded',
  overdue: 'reminded',
  escalated: 'escalated',
  'handed-over': 'escalated',
  answered: 'answered',
};

/** Writes a step into the timeline of the notice, and of its alerts. */
export async function noteStep(tx: StoreTransaction, step: NoticeStep): Promise<void> {
  const { noticeId, at, action, accountId = null, note = null } = step;
  await tx
    .insertInto('notice_history')
    .values({ id: uuidv7(at), notice_id: noticeId, at, account_id: accountId, action, note })
    .execute();
  const shown = onAlerts[action];
  if (!shown) return;
  for (const alertId of await alertsOf(tx, noticeId)) {
    const text = note === null ? await referenceOf(tx, noticeId) : `${await referenceOf(tx, noticeId)}: ${note}`;
    await noteOnAlert(tx, { alert_id: alertId, at, account_id: accountId, action: shown, note: text });
  }
}

async function referenceOf(store: Store, id: string): Promise<string> {
  return noticeReference(
    await store.selectFrom('notices').select('number').where('id', '=', id).executeTakeFirstOrThrow(),
  );
}

export async function alertsOf(store: Store, noticeId: string): Promise<string[]> {
  const rows = await store.selectFrom('notice_alerts').select('alert_id').where('notice_id', '=', noticeId).execute();
  return rows.map((row) => row.alert_id);
}

/** Notes that a step was taken for somebody who was asked. */
export async function markStep(
  tx: StoreTransaction,
  recipientId: string,
  change: Partial<Pick<NoticeRecipientsTable, 'reminded_at' | 'escalated_at' | 'overdue_at' | 'acts' | 'digest_id'>>,
): Promise<void> {
  await tx.updateTable('notice_recipients').set(change).where('id', '=', recipientId).execute();
}

/** It goes to somebody else now, for this reason. */
export async function saveRoute(tx: StoreTransaction, noticeId: string, routed: string): Promise<void> {
  await tx.updateTable('notices').set({ routed }).where('id', '=', noticeId).execute();
}

/** Somebody opened it. The first time counts. @param whose the recipients that this person is */
export async function markRead(
  store: Store,
  noticeId: string,
  whose: readonly string[],
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  await touched(store, noticeId, whose, { accountId, now, what: 'read' });
}

/** Somebody confirmed having read it, at the console or by the link of a mail. */
export async function acknowledge(
  store: Store,
  noticeId: string,
  whose: readonly string[],
  { accountId, now }: { accountId: string | null; now: number },
): Promise<void> {
  await touched(store, noticeId, whose, { accountId, now, what: 'acknowledged' });
}

async function touched(
  store: Store,
  noticeId: string,
  whose: readonly string[],
  { accountId, now, what }: { accountId: string | null; now: number; what: 'read' | 'acknowledged' },
): Promise<void> {
  const column = what === 'read' ? 'read_at' : 'acknowledged_at';
  const fresh = await store
    .selectFrom('notice_recipients')
    .select('id')
    .where('notice_id', '=', noticeId)
    .where('id', 'in', whose.length > 0 ? [...whose] : [''])
    .where(column, 'is', null)
    .execute();
  if (fresh.length === 0) return;
  const change =
    what === 'read' ? { read_at: now } : { acknowledged_at: now, read_at: sql<number>`coalesce(read_at, ${now})` };
  await inTransaction(store, async (tx) => {
    for (const { id } of fresh) await tx.updateTable('notice_recipients').set(change).where('id', '=', id).execute();
    const note = accountId === null ? 'By the link in the mail' : null;
    await noteStep(tx, { noticeId, at: now, action: what, accountId, note });
  });
}

/** What a notice was answered with. */
export interface Answer {
  answer: NonNullable<NoticesTable['answer']>;
  approval: string | null;
  comment: string;
  incidentId: string | null;
}

/** @throws PortcullisError `answeredAlready` */
export async function saveAnswer(
  tx: StoreTransaction,
  noticeId: string,
  { answer, approval, comment, incidentId }: Answer,
  { accountId, now }: { accountId: string; now: number },
): Promise<void> {
  const change = { answer, approval, comment, incident_id: incidentId, answered_at: now, answered_by: accountId };
  const changed = await tx
    .updateTable('notices')
    .set({ ...change, state: 'answered' })
    .where('id', '=', noticeId)
    .where('state', '=', 'open')
    .executeTakeFirst();
  if (changed.numUpdatedRows > 0n) return;
  throw new PortcullisError('answeredAlready', 'Somebody has answered this notice already. Their answer stands below.');
}

function inTransaction(store: Store, work: (tx: StoreTransaction) => Promise<void>): Promise<void> {
  return store.isTransaction ? work(store as StoreTransaction) : store.transaction().execute(work);
}

/** Takes away whom a notice was about and what people wrote; what is left counts in reports and leads to nobody. */
export async function redactNotice(tx: StoreTransaction, id: string): Promise<void> {
  const nobody = { person: null, person_id: null, team_id: null, comment: null, approval: null };
  await tx
    .updateTable('notices')
    .set({ ...nobody, same_key: `redacted:${id}` })
    .where('id', '=', id)
    .execute();
  await tx.updateTable('notice_history').set({ note: null }).where('notice_id', '=', id).execute();
}
