import type { FastifyInstance } from 'fastify';
import { severities } from '#shared/policy/schema.ts';
import {
  type AlertPage,
  type AlertRow,
  alertRules,
  listAlerts,
  mostCounted,
  openBySeverity,
  type SortColumn,
} from '../alerting/alert-list.ts';
import { computerById } from '../register/computer-list.ts';
import {
  type AlertQuery,
  alertStates,
  alertsAddress,
  filterOf,
  isUsual,
  type periods,
  readAlertQuery,
} from './alert-query.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { severityTag, stateWords } from './severity.ts';
import { counted, dayInWords, moment } from './words.ts';

const rowsPerPage = 50;

export function alertListRoutes(app: FastifyInstance, context: ConsoleContext): void {
  for (const address of ['/', '/alerts']) {
    app.get(address, async (request, reply) => {
      const query = readAlertQuery(request.query);
      const data = await alertListData(context, query);
      return sendPage(context, request, reply, { name: 'alert-list', title: 'Alerts', section: 'alerts', data });
    });
  }
}

async function alertListData({ store, clock }: ConsoleContext, query: AlertQuery): Promise<object> {
  const filter = filterOf(query, clock.now());
  const page = { size: rowsPerPage, ...(query.place ? { place: query.place } : {}) };
  const found = await listAlerts(store, filter, query.order, page);
  const rules = await alertRules(store);
  const computer = query.computerId === '' ? undefined : await computerById(store, query.computerId);
  const names: FilterNames = {
    rule: rules.find((rule) => rule.id === query.rule)?.title ?? query.rule,
    computer: computer?.hostname ?? 'unknown computer',
  };
  return {
    figures: figures(await openBySeverity(store)),
    form: filterForm(query, rules),
    tags: filterTags(query, names),
    clear: '/alerts',
    summary: summary(found),
    columns: columns.map((column) => columnHead(query, column)),
    rows: found.rows.map(rowView),
    previous: found.previous && alertsAddress({ ...query, place: found.previous }),
    next: found.next && alertsAddress({ ...query, place: found.next }),
    firstPage: query.place === undefined,
  };
}

function figures(open: ReadonlyMap<string, number>) {
  return severities.toReversed().map((severity) => ({
    ...severityTag(severity),
    count: String(open.get(severity) ?? 0),
    href: alertsAddress({ severities: [severity] }),
  }));
}

function summary({ total }: AlertPage): string {
  return total >= mostCounted ? `${mostCounted.toLocaleString('en-GB')} alerts or more` : counted(total, 'alert');
}

const periodWords: Record<keyof typeof periods, string> = {
  '24h': 'Last 24 hours',
  '3d': 'Last 3 days',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

function filterForm(query: AlertQuery, rules: readonly { id: string; title: string }[]) {
  const { order } = query;
  return {
    severities: severities.toReversed().map((value) => ({
      value,
      text: severityTag(value).text,
      checked: query.severities.includes(value),
    })),
    states: alertStates.map((value) => ({ value, text: stateWords[value], checked: query.states.includes(value) })),
    computer: query.computer,
    rule: query.rule,
    rules: [{ value: '', text: 'Any rule' }, ...rules.map(({ id, title }) => ({ value: id, text: title }))],
    period: query.period,
    periods: [
      { value: '', text: 'Any time' },
      ...Object.entries(periodWords).map(([value, text]) => ({ value, text })),
    ],
    from: query.from,
    to: query.to,
    kept: { computerId: query.computerId, sort: order.column, direction: order.direction },
  };
}

interface FilterNames {
  rule: string;
  computer: string;
}

/** What the list is narrowed to, each with the address of the list without it. */
function filterTags(query: AlertQuery, names: FilterNames) {
  const { place: _place, ...rest } = query;
  const tag = (text: string, without: Partial<AlertQuery>) => ({ text, href: alertsAddress({ ...rest, ...without }) });
  const tags = query.severities.map((severity) =>
    tag(`Severity: ${severityTag(severity).text}`, {
      severities: query.severities.filter((other) => other !== severity),
    }),
  );
  if (!isUsual(query.states)) {
    const { states: _states, ...withoutStates } = rest;
    const text = `State: ${query.states.map((state) => stateWords[state].toLowerCase()).join(' or ')}`;
    tags.push({ text, href: alertsAddress(withoutStates) });
  }
  if (query.computer) tags.push(tag(`Computer has: ${query.computer}`, { computer: '' }));
  if (query.computerId) tags.push(tag(`Computer: ${names.computer}`, { computerId: '' }));
  if (query.rule) tags.push(tag(`Rule: ${names.rule}`, { rule: '' }));
  if (query.period) tags.push(tag(periodWords[query.period], { period: '' }));
  if (query.from) tags.push(tag(`From ${dayInWords(query.from)}`, { from: '' }));
  if (query.to) tags.push(tag(`To ${dayInWords(query.to)}`, { to: '' }));
  return tags;
}

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
  { text: 'Clause' },
  { text: 'State', sort: 'state', first: 'asc' },
  { text: 'Times', sort: 'count', first: 'desc' },
  { text: 'Last seen', sort: 'last_at', first: 'desc' },
];

function columnHead(query: AlertQuery, { text, sort, first = 'desc' }: Column) {
  if (sort === undefined) return { text };
  const { place: _place, ...rest } = query;
  const current = query.order.column === sort ? query.order.direction : undefined;
  const direction = current === undefined ? first : current === 'asc' ? 'desc' : 'asc';
  return {
    text,
    href: alertsAddress({ ...rest, order: { column: sort, direction } }),
    sort: current && (current === 'asc' ? 'ascending' : 'descending'),
  };
}

function rowView(row: AlertRow) {
  return {
    id: row.id,
    href: `/alerts/${row.id}`,
    severity: severityTag(row.severity),
    title: row.title,
    computer: { name: row.hostname, href: `/computers/${row.computer_id}` },
    clause: row.clause,
    state: stateWords[row.state],
    count: row.count.toLocaleString('en-GB'),
    last: moment(row.last_at),
  };
}
