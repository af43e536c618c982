import querystring from 'node:querystring';
import { severities } from '#shared/policy/schema.ts';
import type { AlertFilter, AlertState, AlertsWithin } from '../alerting/alert-filter.ts';
import { type AlertOrder, type Place, type SortColumn, sortColumns } from '../alerting/alert-places.ts';
import { fieldOf, fieldsOf } from './visit.ts';
import { startOfDay } from './words.ts';

export const alertStates = ['open', 'acknowledged', 'closed'] as const satisfies readonly AlertState[];
const usualStates: readonly AlertState[] = ['open', 'acknowledged'];
const hour = 3_600_000;
export const periods = { '24h': 24 * hour, '3d': 72 * hour, '7d': 7 * 24 * hour, '30d': 30 * 24 * hour } as const;
type Period = keyof typeof periods;

/** What stands in the address of the alert list. Whatever in it makes no sense is as if it were not there. */
export interface AlertQuery {
  severities: (typeof severities)[number][];
  /** Open and acknowledged when the address names none. */
  states: readonly AlertState[];
  computer: string;
  computerId: string;
  rule: string;
  clause: string;
  person: string;
  device: string;
  deviceKey: string;
  /** `me`, `nobody` or the id of an account. `me` is whoever looks, so that a shared link serves everyone. */
  assigned: string;
  /** Alerts of one rule, person and thing. */
  same: string;
  period: Period | '';
  /** Days in the United Kingdom, `2026-11-21`. */
  from: string;
  to: string;
  /** `each`: a row for every alert, and not one for all of the same rule, person and thing. */
  rows: 'each' | '';
  order: AlertOrder;
  place?: Place;
}

const textFields = [
  'computer',
  'computerId',
  'rule',
  'clause',
  'person',
  'device',
  'deviceKey',
  'assigned',
  'same',
] as const;
const usualOrder: AlertOrder = { column: 'last_at', direction: 'desc' };

export function readAlertQuery(query: unknown): AlertQuery {
  const text = (name: string, most = 255) => fieldOf(query, name).trim().slice(0, most);
  const oneOf = <T extends string>(words: readonly T[], name: string) => words.find((word) => word === text(name));
  const chosen = <T extends string>(words: readonly T[], name: string) => {
    const given = new Set(fieldsOf(query, name));
    return words.filter((word) => given.has(word));
  };
  const states = chosen(alertStates, 'state');
  const column = oneOf(sortColumns, 'sort') ?? usualOrder.column;
  const place = readPlace(text('place', 2000), column);
  const texts = Object.fromEntries(textFields.map((name) => [name, text(name)]));
  return {
    ...(texts as Pick<AlertQuery, (typeof textFields)[number]>),
    severities: chosen(severities, 'severity'),
    states: states.length > 0 ? states : usualStates,
    period: oneOf(Object.keys(periods) as Period[], 'period') ?? '',
    from: startOfDay(text('from')) === undefined ? '' : text('from'),
    to: startOfDay(text('to')) === undefined ? '' : text('to'),
    rows: oneOf(['each'], 'rows') ?? '',
    order: { column, direction: oneOf(['asc', 'desc'], 'direction') ?? usualOrder.direction },
    ...(place ? { place } : {}),
  };
}

/** The query in the part of an address behind the question mark. */
export function alertQueryIn(text: string): AlertQuery {
  return readAlertQuery(querystring.parse(text.slice(0, 4000)));
}

export interface Looking {
  now: number;
  accountId: string;
  within: AlertsWithin;
}

export function filterOf(query: AlertQuery, { now, accountId, within }: Looking): AlertFilter {
  const { period, from, to, assigned } = query;
  const earliest = [period === '' ? undefined : now - periods[period], startOfDay(from)].filter(
    (time) => time !== undefined,
  );
  const end = startOfDay(to, 1);
  return {
    within,
    severities: query.severities,
    states: query.states,
    computer: query.computer,
    computerId: query.computerId,
    ruleId: query.rule,
    clause: query.clause,
    person: query.person,
    device: query.device,
    deviceKey: query.deviceKey,
    sameAs: query.same,
    ...(assigned === '' ? {} : { assigneeId: assigneeOf(assigned, accountId) }),
    ...(earliest.length > 0 ? { from: Math.max(...earliest) } : {}),
    ...(end === undefined ? {} : { to: end }),
  };
}

function assigneeOf(assigned: string, accountId: string): string | null {
  if (assigned === 'nobody') return null;
  return assigned === 'me' ? accountId : assigned;
}

/** The address of a list. Without `place` it is the first page. */
export function alertsAddress(query: Partial<AlertQuery>): string {
  const parameters = alertParameters(query);
  return parameters === '' ? '/alerts' : `/alerts?${parameters}`;
}

/** What stands behind the question mark; empty for the list as it usually is. */
export function alertParameters(query: Partial<AlertQuery>): string {
  const { states = usualStates, order = usualOrder } = query;
  const parameters = new URLSearchParams();
  for (const severity of query.severities ?? []) parameters.append('severity', severity);
  if (!isUsual(states)) for (const state of states) parameters.append('state', state);
  for (const name of [...textFields, 'period', 'from', 'to', 'rows'] as const) {
    if (query[name]) parameters.set(name, query[name]);
  }
  if (order.column !== usualOrder.column || order.direction !== usualOrder.direction) {
    parameters.set('sort', order.column);
    parameters.set('direction', order.direction);
  }
  if (query.place) parameters.set('place', writePlace(query.place));
  return parameters.toString();
}

export function isUsual(states: readonly AlertState[]): boolean {
  return states.length === usualStates.length && usualStates.every((state) => states.includes(state));
}

function writePlace({ side, value, id }: Place): string {
  return Buffer.from(JSON.stringify([side, value, id])).toString('base64url');
}

const numeric: readonly SortColumn[] = ['last_at', 'severity_rank', 'count'];

function readPlace(text: string, column: SortColumn): Place | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [side, value, id] = parts as unknown[];
  if ((side !== 'after' && side !== 'before') || typeof id !== 'string') return undefined;
  if (typeof value !== (numeric.includes(column) ? 'number' : 'string')) return undefined;
  return { side, value: value as string | number, id };
}
