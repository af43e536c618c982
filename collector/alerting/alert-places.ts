import { type SqlBool, sql } from 'kysely';
import type { Store } from '../store/tables.ts';
import { type AlertFilter, fits, fitting, leavesClosedOut } from './alert-filter.ts';

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

/** Where a row stands: its value, and which it is, by the id of an alert or by what the alerts of a group have in common. */
export interface RowPlace {
  key: string;
  value: string | number;
}

interface PlacesWanted {
  size: number;
  grouped: boolean;
  place?: Place;
}

/**
 * Where the rows of a page stand, which indices alone can tell: then only these few are read.
 * @returns as many as are wanted and there are, in order of their values; of groups that stand at the last value perhaps
 *   more, and in no order
 */
export async function placesOf(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  wanted: PlacesWanted,
): Promise<RowPlace[]> {
  const isFirst = wanted.grouped && !wanted.place;
  if (isFirst && isWalked(filter, order)) return firstGroups(store, filter, order, wanted.size);
  return sortedPlaces(store, filter, order, wanted);
}

async function sortedPlaces(
  store: Store,
  filter: AlertFilter,
  order: AlertOrder,
  { place, size, grouped }: PlacesWanted,
): Promise<RowPlace[]> {
  const onwards = directionFrom(order, place);
  const sign = sql.raw(onwards === 'asc' ? '>' : '<');
  return store
    .selectFrom(allPlaces(store, filter, order.column, grouped).as('found'))
    .select([grouped ? 'found.same_key as key' : 'found.id as key', 'found.value'])
    .$if(place !== undefined, (query) =>
      query.where(sql<SqlBool>`(found.value, found.id) ${sign} (${place?.value}, ${place?.id})`),
    )
    .orderBy('found.value', onwards)
    .orderBy('found.id', onwards)
    .limit(size)
    .execute();
}

/** Which way a page is read: towards the beginning where it is the one before a place. */
export function directionFrom({ direction }: AlertOrder, place?: Place): AlertOrder['direction'] {
  if (place?.side !== 'before') return direction;
  return direction === 'asc' ? 'desc' : 'asc';
}

function allPlaces(store: Store, filter: AlertFilter, column: SortColumn, grouped: boolean) {
  const rows = column === 'hostname' ? fittingNamed(store, filter) : fitting(store, filter);
  const { each, group } = sortedBy[column];
  if (!grouped) return rows.select(['alerts.same_key', 'alerts.id', each.as('value')]);
  return rows
    .groupBy('alerts.same_key')
    .select(({ fn }) => ['alerts.same_key', fn.max('alerts.id').as('id'), group.as('value')]);
}

/** A cross join is one whose order SQLite keeps: to begin with the computers would mean to read all of their alerts. */
export function fittingNamed(store: Store, filter: AlertFilter) {
  return fitting(store, filter).crossJoin('computers').whereRef('computers.no', '=', 'alerts.computer_no');
}

type Value = Place['value'];

/** What one alert is sorted by, and what a group of them. */
const sortedBy = {
  last_at: { each: sql<Value>`alerts.last_at`, group: sql<Value>`max(alerts.last_at)` },
  severity_rank: {
    each: sql<Value>`alerts.severity_rank`,
    group: sql<Value>`max(alerts.severity_rank)`,
  },
  hostname: { each: sql<Value>`computers.hostname`, group: sql<Value>`min(computers.hostname)` },
  title: { each: sql<Value>`alerts.title`, group: sql<Value>`max(alerts.title)` },
  state: { each: sql<Value>`alerts.state`, group: sql<Value>`min(alerts.state)` },
  count: { each: sql<Value>`alerts.count`, group: sql<Value>`sum(alerts.count)` },
} as const satisfies Record<SortColumn, unknown>;

/** Whether an index has the alerts in this order, and a group stands where its first alert does. */
function isWalked(filter: AlertFilter, { column, direction }: AlertOrder): boolean {
  const hasIndex = column === 'last_at' ? direction === 'desc' : column === 'hostname' && direction === 'asc';
  return hasIndex && leavesClosedOut(filter);
}

/**
 * The groups that come first are met on a walk through the alerts in order, which ends with the last of them: to make all
 * groups would mean to read everything that fits.
 */
async function firstGroups(store: Store, filter: AlertFilter, order: AlertOrder, size: number): Promise<RowPlace[]> {
  for (let limit = 4 * size; ; limit *= 4) {
    const walked = await walk(store, filter, order).limit(limit).execute();
    const groups = firstOf(walked, size, walked.length < limit);
    if (groups) return groups;
  }
}

/** @returns nothing where the walk was too short to tell */
function firstOf(walked: readonly RowPlace[], size: number, isWhole: boolean): RowPlace[] | undefined {
  const met = new Map<string, RowPlace>();
  for (const step of walked) if (!met.has(step.key)) met.set(step.key, step);
  const groups = [...met.values()];
  const last = groups[size - 1]?.value;
  if (!isWhole && (last === undefined || walked.at(-1)?.value === last)) return undefined;
  return groups.filter(({ value }, index) => index < size || value === last);
}

function walk(store: Store, filter: AlertFilter, { column, direction }: AlertOrder) {
  const { each } = sortedBy[column];
  const alerts = store.selectFrom('alerts').where(fits(filter));
  const named = store
    .selectFrom('computers')
    .crossJoin('alerts')
    .whereRef('alerts.computer_no', '=', 'computers.no')
    .where(fits(filter));
  const rows = column === 'hostname' ? named : alerts;
  return rows.select(['alerts.same_key as key', each.as('value')]).orderBy(each, direction);
}
