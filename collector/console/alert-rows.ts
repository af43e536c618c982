import { severities } from '#shared/policy/schema.ts';
import type { AlertRow } from '../alerting/alert-list.ts';
import type { SortColumn } from '../alerting/alert-places.ts';
import { type AlertQuery, alertParameters, alertsAddress } from './alert-query.ts';
import { severityTag, stateWords } from './severity.ts';
import { counted, moment } from './words.ts';

interface Column {
  text: string;
  sort?: SortColumn;
  /** The first click gives what people mostly want: newest, worst, most; names from A. */
  first?: 'asc' | 'desc';
}
const columns: readonly Column[] = [
  { text: 'Severity', sort: 'severity_rank', first: 'desc' },
  { text: 'What', sort: 'title', first: 'asc' },
  { text: 'Computer', sort: 'hostname', first: 'asc' },
  { text: 'Assigned to' },
  { text: 'State', sort: 'state', first: 'asc' },
  { text: 'Times', sort: 'count', first: 'desc' },
  { text: 'Last seen', sort: 'last_at', first: 'desc' },
];

/** The heads of the table, each with the address of the list sorted by it. */
export function columnHeads(query: AlertQuery) {
  const { place: _place, ...rest } = query;
  return columns.map(({ text, sort, first = 'desc' }) => {
    if (sort === undefined) return { text };
    const current = query.order.column === sort ? query.order.direction : undefined;
    const direction = current === undefined ? first : current === 'asc' ? ('desc' as const) : ('asc' as const);
    return {
      text,
      href: alertsAddress({ ...rest, order: { column: sort, direction } }),
      sort: current && (current === 'asc' ? 'ascending' : 'descending'),
    };
  });
}

/** One line of the table: an alert, or all of the same rule, person and thing. */
export function rowView(row: AlertRow, query: AlertQuery, names: ReadonlyMap<string, string>) {
  const several = row.alerts > 1;
  return {
    id: row.id,
    /** What its box stands for. */
    value: several ? `same:${row.same_key}` : row.id,
    href: several ? groupAddress(query, row.same_key) : alertAddress(row.id, query),
    severity: severityTag(severities[row.severity_rank] ?? 'info'),
    title: row.title,
    alerts: several ? counted(row.alerts, 'alert') : undefined,
    about: [row.device, row.person, row.clause].filter(Boolean),
    computer: computerView(row, query),
    assigned: assignedWords(row, names),
    state: row.state === row.last_state ? stateWords[row.state] : 'Mixed',
    count: row.count.toLocaleString('en-GB'),
    last: moment(row.last_at),
  };
}

/** An alert's own page, which leads back to the list it was opened from. */
export function alertAddress(id: string, query: AlertQuery): string {
  const list = alertParameters(query);
  return list === '' ? `/alerts/${id}` : `/alerts/${id}?${new URLSearchParams({ list })}`;
}

function groupAddress({ place: _place, ...query }: AlertQuery, same: string): string {
  return alertsAddress({ ...query, same, rows: 'each' });
}

function computerView(row: AlertRow, query: AlertQuery) {
  if (row.computers === 1) return { name: row.hostname, href: `/computers/${row.computer_id}` };
  return { name: counted(row.computers, 'computer'), href: groupAddress(query, row.same_key) };
}

function assignedWords(row: AlertRow, names: ReadonlyMap<string, string>): string {
  const { assignee_id, last_assignee_id, assigned, alerts } = row;
  if (assignee_id === null) return 'Nobody';
  if (assignee_id !== last_assignee_id) return 'Several people';
  const name = names.get(assignee_id) ?? 'A former account';
  return assigned === alerts ? name : `${name}, not all`;
}
