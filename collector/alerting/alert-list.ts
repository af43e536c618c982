import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Severity } from '#shared/policy/schema.ts';
import type { AlertsTable, Store, Tables } from '../store/tables.ts';

export type AlertState = AlertsTable['state'];

/** What the queue is narrowed to. An absent or empty part narrows nothing; times are milliseconds, `to` is outside. */
export interface AlertFilter {
  severities?: readonly Severity[];
  states?: readonly AlertState[];
  /** Part of a host name, in any case. */
  computer?: string;
  computerId?: string;
  ruleId?: string;
  from?: number;
  to?: number;
}

/** Columns the queue can be sorted by, and where each lies: two tables have a `state`. */
const columnPlaces = {
  last_at: 'alerts.last_at',
  severity_rank: 'alerts.severity_rank',
  hostname: 'computers.hostname',
  title: 'alerts.title',
  state: 'alerts.state',
  count: 'alerts.count',
} as const;
export type SortColumn = keyof typeof columnPlaces;
export const sortColumns = Object.keys(columnPlaces) as SortColumn[];
export interface AlertOrder {
  column: SortColumn;
  direction: 'asc' | 'desc';
}

/** A place in the sorted queue: the value of the sort column and the id of one alert. New arrivals do not move it. */
export interface Place {
  side: 'after' | 'before';
  value: string | number;
  id: string;
}

export interface AlertRow {
  id: string;
  title: string;
  severity: string;
  severity_rank: number;
  clause: string;
  rule_id: string;
  kind: string;
  state: AlertState;
  count: number;
  first_at: number;
  last_at: number;
  computer_id: string;
  hostname: string;
}

export interface AlertPage {
  rows: AlertRow[];
  /** Of all that fit the filter; no more than {@link mostCounted}. */
  total: number;
  next?: Place;
  previous?: Place;
}

/** Counting on would cost more than the number is worth. */
export const mostCounted = 10_000;

/** One page of the queue. @param size rows a page, 1 to 200 */
export async function listAlerts(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  page: { place?: Place; size: number },
): Promise<AlertPage> {
  const backwards = page.place?.side === 'before';
  const found = await alertsFrom(store, filter, order, page.place)
    .limit(page.size + 1)
    .execute();
  const rows = found.slice(0, page.size);
  if (backwards) rows.reverse();
  const more = found.length > page.size;
  const [first, last] = [rows.at(0), rows.at(-1)];
  return {
    rows,
    total: await countAlerts(store, filter),
    ...(last && (backwards || more) ? { next: placeOf(last, order.column, 'after') } : {}),
    ...(first && (backwards ? more : page.place) ? { previous: placeOf(first, order.column, 'before') } : {}),
  };
}

function placeOf(row: AlertRow, column: SortColumn, side: Place['side']): Place {
  return { side, value: row[column], id: row.id };
}

function alertsFrom(store: Store, filter: AlertFilter, { column, direction }: AlertOrder, place?: Place) {
  const onwards = place?.side === 'before' ? opposite(direction) : direction;
  const sign = sql.raw(onwards === 'asc' ? '>' : '<');
  let query = store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .where((build) => build.and(conditions(build, filter)))
    .select([
      'alerts.id',
      'alerts.title',
      'alerts.severity',
      'alerts.severity_rank',
      'alerts.clause',
      'alerts.rule_id',
      'alerts.kind',
      'alerts.state',
      'alerts.count',
      'alerts.first_at',
      'alerts.last_at',
      'computers.id as computer_id',
      'computers.hostname',
    ])
    .orderBy(columnPlaces[column], onwards)
    .orderBy('alerts.id', onwards);
  if (place)
    query = query.where(
      sql<SqlBool>`(${sql.ref(columnPlaces[column])}, alerts.id) ${sign} (${place.value}, ${place.id})`,
    );
  return query;
}

function opposite(direction: 'asc' | 'desc'): 'asc' | 'desc' {
  return direction === 'asc' ? 'desc' : 'asc';
}

type Joined = ExpressionBuilder<Pick<Tables, 'alerts' | 'computers'>, 'alerts' | 'computers'>;

function conditions(build: Joined, filter: AlertFilter): Expression<SqlBool>[] {
  const { severities, states, computer, computerId, ruleId, from, to } = filter;
  const wanted: Expression<SqlBool>[] = [];
  if (severities?.length) wanted.push(build('alerts.severity', 'in', severities));
  if (states?.length) wanted.push(build('alerts.state', 'in', states));
  if (computer) {
    const pattern = `%${computer.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    wanted.push(sql<SqlBool>`lower(computers.hostname) like ${pattern} escape '\\'`);
  }
  if (computerId) wanted.push(build('computers.id', '=', computerId));
  if (ruleId) wanted.push(build('alerts.rule_id', '=', ruleId));
  if (from !== undefined) wanted.push(build('alerts.last_at', '>=', from));
  if (to !== undefined) wanted.push(build('alerts.last_at', '<', to));
  return wanted;
}

async function countAlerts(store: Store, filter: AlertFilter): Promise<number> {
  const some = store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .where((build) => build.and(conditions(build, filter)))
    .select('alerts.id')
    .limit(mostCounted);
  const { total } = await store
    .selectFrom(some.as('some'))
    .select((build) => build.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return total;
}

/** Alerts not closed, by severity: the figures above the queue. */
export async function openBySeverity(store: Store): Promise<Map<string, number>> {
  const rows = await store
    .selectFrom('alerts')
    .where('state', '!=', 'closed')
    .groupBy('severity')
    .select(['severity', (build) => build.fn.countAll<number>().as('alerts')])
    .execute();
  return new Map(rows.map((row) => [row.severity, row.alerts]));
}

/** Rules that ever raised an alert, with the title they last had, by title. */
export async function alertRules(store: Store): Promise<{ id: string; title: string }[]> {
  const rows = await store
    .selectFrom('alerts')
    .groupBy('rule_id')
    .select((build) => ['rule_id', build.fn.max('title').as('title')])
    .orderBy('title')
    .limit(500)
    .execute();
  return rows.map((row) => ({ id: row.rule_id, title: row.title }));
}
