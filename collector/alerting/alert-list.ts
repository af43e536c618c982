import { type SqlBool, sql } from 'kysely';
import { type Severity, severities } from '#shared/policy/words.ts';
import type { Store } from '../store/tables.ts';
import { type AlertFilter, type AlertState, type AlertsWithin, fitting } from './alert-filter.ts';

/** Columns of the list it can be sorted by. */
export const sortColumns = ['last_at', 'severity_rank', 'hostname', 'title', 'state', 'count'] as const;
export type SortColumn = (typeof sortColumns)[number];
export interface AlertOrder {
  column: SortColumn;
  direction: 'asc' | 'desc';
}

/** A place in the sorted queue: the value of the sort column and the id of one row. New arrivals do not move it. */
export interface Place {
  side: 'after' | 'before';
  value: string | number;
  id: string;
}

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
  const { total, ...page } = await pageOf(store, filter, order, { ...wanted, isCounted: true });
  return { ...page, total: total ?? (await countAlerts(store, filter)) };
}

/** The same without the total, which costs a walk through all that fit. */
export async function alertRows(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  wanted: PageWanted,
): Promise<Omit<AlertPage, 'total'>> {
  const { total: _uncounted, ...page } = await pageOf(store, filter, order, { ...wanted, isCounted: false });
  return page;
}

async function pageOf(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  { place, size, grouped = false, isCounted }: PageWanted & { isCounted: boolean },
): Promise<Omit<AlertPage, 'total'> & { total: AlertTotal | undefined }> {
  const backwards = place?.side === 'before';
  const wanted = { grouped, isCounted, size: size + 1, ...(place && { place }) };
  const { places, total } = await sortedPlaces(store, filter, order, wanted);
  const found = await (grouped ? groupsAt(store, filter, places) : alertsAt(store, filter, places));
  const rows = found.slice(0, size);
  if (backwards) rows.reverse();
  const more = found.length > size;
  const [first, last] = [rows.at(0), rows.at(-1)];
  return {
    rows,
    total,
    ...(last && (backwards || more) ? { next: placeOf(last, order.column, 'after') } : {}),
    ...(first && (backwards ? more : place) ? { previous: placeOf(first, order.column, 'before') } : {}),
  };
}

export function placeOf(row: Pick<AlertRow, SortColumn | 'id'>, column: SortColumn, side: Place['side']): Place {
  return { side, value: row[column], id: row.id };
}

interface RowPlace {
  id: string;
  same_key: string;
}

/**
 * First where the rows of a page stand, which an index alone can tell: then only these few are read. Groups are counted
 * in the same walk where they are asked for, as it makes them all anyhow.
 * @returns no total where none was asked for, or no row was left to tell it
 */
async function sortedPlaces(
  store: Store,
  filter: AlertFilter,
  { column, direction }: AlertOrder,
  { place, size, grouped, isCounted }: PageWanted & { grouped: boolean; isCounted: boolean },
): Promise<{ places: RowPlace[]; total: AlertTotal | undefined }> {
  const onwards = place?.side === 'before' ? opposite(direction) : direction;
  const sign = sql.raw(onwards === 'asc' ? '>' : '<');
  const countsHere = grouped && isCounted;
  const places = await store
    .with(
      (cte) => (countsHere ? cte('found').materialized() : cte('found')),
      () => allPlaces(store, filter, column, grouped),
    )
    .selectFrom('found')
    .select(['found.id', 'found.same_key'])
    .$if(countsHere, (query) =>
      query.select([
        sql<number>`(select sum(alerts) from found)`.as('alerts'),
        sql<number>`(select count(*) from found)`.as('groups'),
      ]),
    )
    .$if(place !== undefined, (query) =>
      query.where(sql<SqlBool>`(found.value, found.id) ${sign} (${place?.value}, ${place?.id})`),
    )
    .orderBy('found.value', onwards)
    .orderBy('found.id', onwards)
    .limit(size)
    .execute();
  const { alerts, groups } = places[0] ?? {};
  return { places, total: alerts === undefined || groups === undefined ? undefined : { alerts, groups } };
}

function allPlaces(store: Store, filter: AlertFilter, column: SortColumn, grouped: boolean) {
  const rows = column === 'hostname' ? fittingNamed(store, filter) : fitting(store, filter);
  const { each, group } = sortedBy[column];
  if (!grouped) return rows.select(['alerts.same_key', 'alerts.id', each.as('value'), sql<number>`1`.as('alerts')]);
  return rows
    .groupBy('alerts.same_key')
    .select(({ fn }) => ['alerts.same_key', fn.max('alerts.id').as('id'), group.as('value')])
    .select(({ fn }) => fn.countAll<number>().as('alerts'));
}

/** What one alert is sorted by, and what a group of them. */
const sortedBy = {
  last_at: { each: sql`alerts.last_at`, group: sql`max(alerts.last_at)` },
  severity_rank: { each: sql`alerts.severity_rank`, group: sql`max(alerts.severity_rank)` },
  hostname: { each: sql`computers.hostname`, group: sql`min(computers.hostname)` },
  title: { each: sql`alerts.title`, group: sql`max(alerts.title)` },
  state: { each: sql`alerts.state`, group: sql`min(alerts.state)` },
  count: { each: sql`alerts.count`, group: sql`sum(alerts.count)` },
} as const satisfies Record<SortColumn, unknown>;

async function alertsAt(store: Store, { within }: AlertFilter, places: readonly RowPlace[]): Promise<AlertRow[]> {
  const ids = places.map(({ id }) => id);
  const rows = ids.length === 0 ? [] : await eachOf(store, { within, ids }).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

async function groupsAt(store: Store, filter: AlertFilter, places: readonly RowPlace[]): Promise<AlertRow[]> {
  const keys = places.map((place) => place.same_key);
  const rows = keys.length === 0 ? [] : await groupsOf(store, filter, keys).execute();
  const byKey = new Map(rows.map((row) => [row.same_key, row]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

function opposite(direction: 'asc' | 'desc'): 'asc' | 'desc' {
  return direction === 'asc' ? 'desc' : 'asc';
}

/** A cross join is one whose order SQLite keeps: to begin with the computers would mean to read all of their alerts. */
function fittingNamed(store: Store, filter: AlertFilter) {
  return fitting(store, filter).crossJoin('computers').whereRef('computers.no', '=', 'alerts.computer_no');
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

/** Words of a group are those of any of its alerts; where they can differ, the first and the last are given. */
function groupsOf(store: Store, filter: AlertFilter, keys: readonly string[]) {
  return fittingNamed(store, filter)
    .where('alerts.same_key', 'in', keys)
    .groupBy('alerts.same_key')
    .select(({ fn }) => [
      fn.max('alerts.id').as('id'),
      'alerts.same_key',
      fn.countAll<number>().as('alerts'),
      fn.count<number>('alerts.computer_no').distinct().as('computers'),
      fn.max('alerts.title').as('title'),
      fn.max('alerts.severity_rank').as('severity_rank'),
      fn.max('alerts.clause').as('clause'),
      fn.max('alerts.person').as('person'),
      fn.max('alerts.device').as('device'),
      fn.min('alerts.state').as('state'),
      fn.max('alerts.state').as('last_state'),
      fn.sum<number>('alerts.count').as('count'),
      fn.max('alerts.last_at').as('last_at'),
      fn.min('computers.id').as('computer_id'),
      fn.min('computers.hostname').as('hostname'),
      fn.min('alerts.assignee_id').as('assignee_id'),
      fn.max('alerts.assignee_id').as('last_assignee_id'),
      fn.count<number>('alerts.assignee_id').as('assigned'),
    ]);
}

async function countAlerts(store: Store, filter: AlertFilter): Promise<AlertTotal> {
  const groups = fitting(store, filter)
    .groupBy('alerts.same_key')
    .select((build) => build.fn.countAll<number>().as('alerts'));
  return store
    .selectFrom(groups.as('found'))
    .select([sql<number>`coalesce(sum(alerts), 0)`.as('alerts'), (build) => build.fn.countAll<number>().as('groups')])
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
        fitting(store, { within, states: ['open', 'acknowledged'], severities: [severity] })
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
