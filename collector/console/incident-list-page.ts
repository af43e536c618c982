import type { FastifyInstance } from 'fastify';
import {
  type IncidentFlag,
  type IncidentRow,
  type IncidentSort,
  incidentCounts,
  incidentFlags,
  listIncidents,
} from '../incidents/incident-list.ts';
import { stateWords } from '../incidents/incident-words.ts';
import { incidentStates } from '../incidents/life-cycle.ts';
import { reportingClock } from '../incidents/reporting-clock.ts';
import { sections } from '../incidents/sections.ts';
import { mayUse } from './access.ts';
import { incidentStateTag, incidentViewer, riskTag } from './incident-looking.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { type ListSpec, listView, readListQuery, rowsPerPage } from './list-query.ts';
import { visitOf } from './visit.ts';
import { moment } from './words.ts';

const flagWords: Record<IncidentFlag, string> = {
  due: 'Investigation due',
  overdue: 'Investigation overdue',
  clock: '72 hours, not decided',
  waiting: 'Waiting for approval',
  mine: 'I investigate it',
};
const options = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, text]) => ({ value, text }));

const spec: ListSpec<IncidentSort> = {
  path: '/incidents',
  filters: [
    { name: 'search', label: 'Number, words or computer' },
    {
      name: 'state',
      label: 'State',
      options: [
        { value: 'open', text: 'Everything that is not closed' },
        ...incidentStates.map((value) => ({ value, text: stateWords[value] })),
      ],
    },
    { name: 'type', label: 'Type', options: options(sections.what.fields.type.options) },
    { name: 'flag', label: 'Time', options: incidentFlags.map((value) => ({ value, text: flagWords[value] })) },
  ],
  columns: [
    { text: 'Number', sort: 'number', first: 'desc' },
    { text: 'What', sort: 'title' },
    { text: 'State', sort: 'state' },
    { text: 'Initial risk', sort: 'risk', first: 'desc' },
    { text: 'Due', sort: 'due' },
    { text: 'Investigator' },
  ],
  usual: { column: 'number', direction: 'desc' },
};

/** Every incident somebody may see, and what in it runs out of time. */
export function incidentListRoute(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/incidents', async (request, reply) => {
    const now = clock.now();
    const viewer = await incidentViewer(context, request);
    const query = readListQuery(spec, request.query);
    const { state, type, search, flag } = query.filters;
    const known = incidentFlags.find((one) => one === flag);
    const page = { ...query.sorting, page: query.page, size: rowsPerPage };
    const { rows, total } = await listIncidents(store, viewer, { state, type, search, flag: known }, page, now);
    const counts = await incidentCounts(store, viewer, now);
    const data = {
      list: listView(spec, query, { total, noun: 'incident' }),
      rows: rows.map((row) => rowView(row, now)),
      figures: figuresOf(counts, query.filters),
      mayRaise: mayUse(visitOf(request).account.role, 'POST /incidents/new'),
      isEmpty: total === 0 && Object.keys(query.filters).length === 0,
    };
    return sendPage(context, request, reply, { name: 'incident-list', title: 'Incidents', section: 'incidents', data });
  });
}

function figuresOf(counts: Awaited<ReturnType<typeof incidentCounts>>, filters: Partial<Record<string, string>>) {
  const figure = (text: string, count: number, colour: string, name: 'state' | 'flag', value: string) => ({
    ...{ text, count, colour: count === 0 ? 'grey' : colour, href: `/incidents?${name}=${value}` },
    current: filters[name] === value,
  });
  return [
    figure('not closed', counts.open, 'blue', 'state', 'open'),
    figure('drafts to confirm', counts.draft, 'yellow', 'state', 'draft'),
    figure('overdue', counts.overdue, 'red', 'flag', 'overdue'),
    figure('waiting for approval', counts.waiting, 'orange', 'flag', 'waiting'),
    figure('with the 72 hours undecided', counts.clock, 'red', 'flag', 'clock'),
  ];
}

function rowView(row: IncidentRow, now: number) {
  const clock = reportingClock({ awareAt: row.aware_at, decidedAt: row.ico_at ?? undefined, told: false }, now);
  const isUndecided = clock.state === 'running' || clock.state === 'ending' || clock.state === 'over';
  const inWork = row.state === 'confirmed' || row.state === 'investigating';
  return {
    href: `/incidents/${row.id}`,
    number: row.number,
    title: row.title,
    hostname: row.hostname,
    state: incidentStateTag(row.state),
    risk: riskTag(row.risk),
    due: row.due_at === null ? undefined : moment(row.due_at),
    isOverdue: inWork && row.due_at !== null && row.due_at < now,
    clock: isUndecided && row.state !== 'closed' && row.state !== 'no-incident' ? clock.words : undefined,
    investigator: row.investigator ?? 'Nobody yet',
  };
}
