import { sql } from 'kysely';
import type { AuditAction } from '../accounts/audit.ts';
import type { Store } from '../store/tables.ts';
import { type CountFigures, countIds } from './figure-list.ts';
import { boundsOf, dayMilliseconds, type Period } from './period.ts';

/** What happened on these days. Events from the counts by day, which outlive the events' bodies; the rest from their registers. */
export async function countFigures(store: Store, period: Period): Promise<CountFigures> {
  const none = Object.fromEntries(countIds.map((id) => [id, 0])) as CountFigures;
  return {
    ...none,
    ...(await events(store, period)),
    ...(await alerts(store, period)),
    ...(await people(store, period)),
  };
}

async function events(store: Store, period: Period): Promise<Partial<CountFigures>> {
  const { start, end } = boundsOf(period);
  const rows = await store
    .selectFrom('daily_counts')
    .where('day', '>=', start / dayMilliseconds)
    .where('day', '<', end / dayMilliseconds)
    .groupBy('kind')
    .select(['kind', (build) => build.fn.sum<number>('count').as('count')])
    .execute();
  const named = rows.map(({ kind, count }) => [`events.${kind}`, count] as const);
  const kept = named.filter(([id]) => (countIds as readonly string[]).includes(id));
  return { ...Object.fromEntries(kept), 'events.all': rows.reduce((sum, { count }) => sum + count, 0) };
}

async function alerts(store: Store, period: Period): Promise<Partial<CountFigures>> {
  const { start, end } = boundsOf(period);
  const rows = await store
    .selectFrom('alerts')
    .where('opened_at', '>=', start)
    .where('opened_at', '<', end)
    .groupBy('severity')
    .select(['severity', (build) => build.fn.countAll<number>().as('alerts')])
    .execute();
  return {
    ...Object.fromEntries(rows.map((row) => [`alerts.${row.severity}`, row.alerts])),
    'alerts.opened': rows.reduce((sum, row) => sum + row.alerts, 0),
    'alerts.closed': await rowsBetween(store, 'alert_history', 'at', period, sql`action = 'closed'`),
  };
}

async function people(store: Store, period: Period): Promise<Partial<CountFigures>> {
  const requests = (column: string, condition = sql`1 = 1`) =>
    rowsBetween(store, 'approval_requests', column, period, condition);
  const opened: AuditAction = 'person.history-opened';
  return {
    'approvals.requested': await requests('requested_at'),
    'approvals.granted': await requests('decided_at', sql`state != 'refused'`),
    'approvals.refused': await requests('decided_at', sql`state = 'refused'`),
    'codes.made': await rowsBetween(store, 'codes', 'created_at', period),
    'media.reportedLost': await rowsBetween(store, 'media_history', 'at', period, sql`state = 'lost'`),
    'accounts.reviewed': await rowsBetween(store, 'account_reviews', 'at', period),
    'accounts.removed': await rowsBetween(store, 'account_reviews', 'at', period, sql`decision = 'remove'`),
    'histories.opened': await rowsBetween(store, 'audit', 'at', period, sql`action = ${opened}`),
    'policies.published': await rowsBetween(store, 'policies', 'published_at', period),
  };
}

type Counted =
  | 'alert_history'
  | 'approval_requests'
  | 'codes'
  | 'media_history'
  | 'account_reviews'
  | 'audit'
  | 'policies';

async function rowsBetween(store: Store, table: Counted, column: string, period: Period, condition = sql`1 = 1`) {
  const { start, end } = boundsOf(period);
  const at = sql.ref(column);
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}
    where ${at} >= ${start} and ${at} < ${end} and ${condition}`.execute(store);
  return rows[0]?.count ?? 0;
}

/** Alerts that a rule opened. */
export interface RuleCount {
  ruleId: string;
  title: string;
  clause: string;
  severity: string;
  alerts: number;
}

/** What the alert rules found on these days, the gravest and most frequent first. */
export async function ruleCounts(store: Store, period: Period): Promise<RuleCount[]> {
  const { start, end } = boundsOf(period);
  return store
    .selectFrom('alerts')
    .where('opened_at', '>=', start)
    .where('opened_at', '<', end)
    .groupBy(['rule_id', 'title', 'clause', 'severity', 'severity_rank'])
    .select(['rule_id as ruleId', 'title', 'clause', 'severity', (build) => build.fn.countAll<number>().as('alerts')])
    .orderBy('severity_rank', 'desc')
    .orderBy('alerts', 'desc')
    .orderBy('rule_id')
    .execute();
}

/** Numbers of the computers that have an event of these days, by their own clocks. */
export async function computersHeard(store: Store, period: Period): Promise<number[]> {
  const { start, end } = boundsOf(period);
  const rows = await store
    .selectFrom('events')
    .where('at', '>=', start)
    .where('at', '<', end)
    .select('computer_no')
    .distinct()
    .execute();
  return rows.map((row) => row.computer_no).toSorted((one, other) => one - other);
}
