import { type SqlBool, sql } from 'kysely';
import { type Severity, severities } from '#shared/policy/words.ts';
import type { Store } from '../store/tables.ts';
import { type AlertFilter, type AlertState, type AlertsWithin, fitting } from './alert-filter.ts';
import { type AlertOrder, directionFrom, fittingNamed, type Place, placesOf, type RowPlace } from './alert-places.ts';

/** One alert, or several of the same rule, person and thing. */
export interface AlertRow {
  /** Of the newest. */
  id: string;
  same_key: string;
  alerts: number;
  computers: number;
  title: string;
  severity_rank: number;
  clause: string;
  person: string | null;
  device: string | null;
  /** Of the first by name; the two are one where all are in the same state. */
  state: AlertState;
  last_state: AlertState;
  count: number;
  last_at: number;
  computer_id: string;
  hostname: string;
  assignee_id: string | null;
  last_assignee_id: string | null;
  assigned: number;
}

export interface AlertPage {
  rows: AlertRow[];
  /** Of all that fit the filter. */
  total: AlertTotal;
  next?: Place;
  previous?: Place;
}

export interface AlertTotal {
  alerts: number;
  groups: number;
}

export interface PageWanted {
  /** Rows a page, 1 to 500. */
  size: number;
  /** One row for all alerts of the same rule, person and thing. */
  grouped?: boolean;
  place?: Place;
}

/** One page of the queue. */
export async function listAlerts(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  wanted: PageWanted,
): Promise<AlertPage> {
  return { ...(await alertRows(store, filter, order, wanted)), total: await countAlerts(store, filter) };
}

/** The same without the total, which costs a walk through all that fit. */
export async function alertRows(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  { place, size, grouped = false }: PageWanted,
): Promise<Omit<AlertPage, 'total'>> {
  const backwards = place?.side === 'before';
  const places = await placesOf(store, filter, order, { size: size + 1, grouped, ...(place && { place }) });
  const keys = places.map(({ key }) => key);
  const rowsByKey = await (grouped ? groupsByKey(store, filter, keys) : alertsById(store, filter, keys));
  const found = inOrder(places, rowsByKey, directionFrom(order, place));
  const placed = found.slice(0, size);
  if (backwards) placed.reverse();
  const more = found.length > size;
  const [first, last] = [placed.at(0), placed.at(-1)];
  return {
    rows: placed.map(({ row }) => row),
    ...(last && (backwards || more) ? { next: besides(last, 'after') } : {}),
    ...(first && (backwards ? more : place) ? { previous: besides(first, 'before') } : {}),
  };
}

interface Placed {
  row: AlertRow;
  value: Place['value'];
}

function besides({ row, value }: Placed, side: Place['side']): Place {
  return { side, value, id: row.id };
}

type RowsByKey = ReadonlyMap<string, AlertRow>;

async function alertsById(store: Store, { within }: AlertFilter, ids: readonly string[]): Promise<RowsByKey> {
  const rows = ids.length === 0 ? [] : await eachOf(store, { within, ids }).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

async function groupsByKey(store: Store, filter: AlertFilter, keys: readonly string[]): Promise<RowsByKey> {
  const rows = keys.length === 0 ? [] : await groupsOf(store, filter, keys).execute();
  return new Map(rows.map((row) => [row.same_key, row]));
}

/** Rows that stand at one value are told apart by their ids. */
function inOrder(places: readonly RowPlace[], rows: RowsByKey, direction: AlertOrder['direction']): Placed[] {
  const sign = direction === 'asc' ? 1 : -1;
  const tied = Map.groupBy(places, ({ value }) => value);
  return [...tied].flatMap(([value, some]) =>
    some
      .flatMap(({ key }) => rows.get(key) ?? [])
      .sort((left, right) => (left.id < right.id ? -sign : sign))
      .map((row) => ({ row, value })),
  );
}

function eachOf(store: Store, filter: AlertFilter) {
  return fittingNamed(store, filter).select([
    'alerts.id',
    'alerts.same_key',
    sql<number>`1`.as('alerts'),
    sql<number>`1`.as('computers'),
    'alerts.title',
    'alerts.severity_rank',
    'alerts.clause',
    'alerts.person',
    'alerts.device',
    'alerts.state',
    'alerts.state as last_state',
    'alerts.count',
    'alerts.last_at',
    'computers.id as computer_id',
    'computers.hostname',
    'alerts.assignee_id',
    'alerts.assignee_id as last_assignee_id',
    sql<number>`alerts.assignee_id is not null`.as('assigned'),
  ]);
}

/**
 * Words of a group are those of its newest alert, and its computer the one that was enrolled first; of what can differ
 * else, the first and the last are given.
 */
function groupsOf(store: Store, filter: AlertFilter, keys: readonly string[]) {
  const groups = fitting(store, { ...filter, sameAs: keys })
    .groupBy('alerts.same_key')
    .select(({ fn }) => [
      fn.max('alerts.id').as('id'),
      fn.countAll<number>().as('alerts'),
      fn.count<number>('alerts.computer_no').distinct().as('computers'),
      fn.max('alerts.severity_rank').as('severity_rank'),
      fn.min('alerts.state').as('state'),
      fn.max('alerts.state').as('last_state'),
      fn.sum<number>('alerts.count').as('count'),
      fn.max('alerts.last_at').as('last_at'),
      fn.min('alerts.computer_no').as('computer_no'),
      fn.min('alerts.assignee_id').as('assignee_id'),
      fn.max('alerts.assignee_id').as('last_assignee_id'),
      fn.count<number>('alerts.assignee_id').as('assigned'),
    ]);
  return store
    .selectFrom(groups.as('groups'))
    .innerJoin('alerts', 'alerts.id', 'groups.id')
    .innerJoin('computers', 'computers.no', 'groups.computer_no')
    .selectAll('groups')
    .select(['computers.id as computer_id', 'computers.hostname'])
    .select(['alerts.same_key', 'alerts.title', 'alerts.clause', 'alerts.person', 'alerts.device']);
}

async function countAlerts(store: Store, filter: AlertFilter): Promise<AlertTotal> {
  // Counted as they stand in the index of groups: with a count of distinct ones, SQLite would sort them.
  const groups = fitting(store, filter)
    .groupBy('alerts.same_key')
    .select(({ fn }) => fn.countAll<number>().as('alerts'));
  return store
    .selectFrom(groups.as('found'))
    .select(({ fn }) => [
      fn.coalesce(fn.sum<number>('alerts'), sql<number>`0`).as('alerts'),
      fn.countAll<number>().as('groups'),
    ])
    .executeTakeFirstOrThrow();
}

/** Ids of what fits, newest first. @param most the list ends there */
export async function alertIds(store: Store, filter: AlertFilter, most: number): Promise<string[]> {
  const rows = await fitting(store, filter).select('alerts.id').orderBy('alerts.id', 'desc').limit(most).execute();
  return rows.map(({ id }) => id);
}

/** Alerts not closed, by severity: the figures above the queue. */
export async function openBySeverity(store: Store, within: AlertsWithin): Promise<Map<Severity, number>> {
  // A count of its own for each is a walk through an index that makes no row: grouped, it would cost more than twice.
  const counts = await store
    .selectNoFrom(
      severities.map((severity) =>
        fitting(store, { within })
          .where(sql<SqlBool>`alerts.state <> 'closed'`)
          .where('alerts.severity', '=', severity)
          .select(({ fn }) => fn.countAll<number>().as('alerts'))
          .as(severity),
      ),
    )
    .executeTakeFirstOrThrow();
  return new Map(severities.map((severity) => [severity, counts[severity] ?? 0]));
}

export interface AlertKinds {
  /** Rules that ever raised an alert, with the title they last had, by title. */
  rules: { id: string; title: string }[];
  clauses: string[];
}

/** What there is to choose from in the filter, of the alerts that may be seen; no more than 500 of each. */
export async function alertKinds(store: Store, within: AlertsWithin): Promise<AlertKinds> {
  const rows = await fitting(store, { within })
    .groupBy(['alerts.rule_id', 'alerts.clause'])
    .select(({ fn }) => ['alerts.rule_id', 'alerts.clause', fn.max('alerts.title').as('title')])
    .orderBy('title')
    .limit(500)
    .execute();
  const rules = new Map(rows.map((row) => [row.rule_id, { id: row.rule_id, title: row.title }]));
  const clauses = new Set(rows.map(({ clause }) => clause).filter((clause) => clause !== ''));
  return { rules: [...rules.values()], clauses: [...clauses].sort(byNumber) };
}

function byNumber(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}
