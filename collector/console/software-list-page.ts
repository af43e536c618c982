import type { FastifyInstance } from 'fastify';
import { isoTime } from '#shared/clock.ts';
import { recordAudit } from '../accounts/audit.ts';
import { writeCsv } from '../register/csv.ts';
import {
  listSoftware,
  type SoftwareFilter,
  type SoftwareSort,
  softwareFigures,
  type TitleRow,
  titleStates,
  versionCounts,
} from '../register/software-list.ts';
import { sendCsv } from './csv-answer.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { type ListSpec, listAddress, listView, readListQuery, rowsPerPage } from './list-query.ts';
import { seatsTag, sourceOptions, sourceWords, standingTag, stateTags } from './software-words.ts';
import { visitOf } from './visit.ts';
import { counted, dayMoment } from './words.ts';

const spec: ListSpec<SoftwareSort> = {
  path: '/software',
  usual: { column: 'state', direction: 'asc' },
  filters: [
    { name: 'search', label: 'Find', hint: 'Name or publisher' },
    { name: 'state', label: 'Standing', options: titleStates.map((value) => ({ value, text: stateTags[value].text })) },
    { name: 'source', label: 'From', options: sourceOptions },
    {
      name: 'licence',
      label: 'Licence',
      options: [
        { value: 'short', text: 'Too few seats' },
        { value: 'held', text: 'Held' },
        { value: 'none', text: 'None written down' },
      ],
    },
    { name: 'gone', label: 'Installed', options: [{ value: 'yes', text: 'Nowhere any more' }] },
  ],
  columns: [
    { text: 'Title', sort: 'name' },
    { text: 'Publisher', sort: 'publisher' },
    { text: 'Standing', sort: 'state' },
    { text: 'Licence' },
    { text: 'Versions' },
    { text: 'Computers', sort: 'installs', first: 'desc' },
    { text: 'First seen', sort: 'first', first: 'desc' },
  ],
};

/** The register of software: every title with what was decided about it. */
export function softwareListRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/software', async (request, reply) => {
    const query = readListQuery(spec, request.query);
    const now = clock.now();
    const page = { ...query.sorting, page: query.page, size: rowsPerPage };
    const { rows, total } = await listSoftware(store, filterOf(query.filters), now, page);
    const versions = await versionCounts(
      store,
      rows.map(({ id }) => id),
    );
    const found = await softwareFigures(store, now);
    const data = {
      list: listView(spec, query, { total, noun: 'title' }),
      figures: figures(found),
      isEmpty: total === 0 && Object.keys(query.filters).length === 0,
      rows: rows.map((row) => rowView(row, versions.get(row.id) ?? 0)),
      exportHref: listAddress(spec, query, '/software/export'),
    };
    return sendPage(context, request, reply, { name: 'software-list', title: 'Software', section: 'software', data });
  });

  app.get('/software/export', async (request, reply) => {
    const { filters, sorting } = readListQuery(spec, request.query);
    const all = { ...sorting, page: 1, size: mostExported };
    const { rows } = await listSoftware(store, filterOf(filters), clock.now(), all);
    const accountId = visitOf(request).account.id;
    const detail = counted(rows.length, 'title');
    await recordAudit(store, { at: clock.now(), accountId, action: 'software.exported', detail });
    return sendCsv(reply, 'software', writeCsv(exportColumns, rows.map(exportRow)));
  });
}

const mostExported = 50_000;

function filterOf(filters: Partial<Record<string, string>>): SoftwareFilter {
  // The words were compared with those of the specification above.
  return { ...filters, gone: filters.gone === 'yes' } as SoftwareFilter;
}

function figures({ count, short }: Awaited<ReturnType<typeof softwareFigures>>) {
  const states = titleStates.map((state) => ({
    text: stateTags[state].text.toLowerCase(),
    count: count(state).toLocaleString('en-GB'),
    colour: count(state) > 0 ? stateTags[state].colour : 'grey',
    href: `/software?state=${state}`,
  }));
  const seats = {
    text: 'with too few seats',
    count: String(short),
    colour: short > 0 ? 'red' : 'grey',
    href: '/software?licence=short',
  };
  return [...states.slice(0, -1), seats];
}

function rowView(row: TitleRow, versions: number) {
  return {
    href: `/software/${row.id}`,
    name: row.name,
    source: sourceWords(row.source),
    publisher: row.publisher ?? 'Not told',
    standing: standingTag(row),
    licence: seatsTag(row.installs, row.seats, row.licence),
    versions,
    installs: row.installs.toLocaleString('en-GB'),
    first: dayMoment(row.first_at),
  };
}

const exportColumns = [
  'title',
  'source',
  'publisher',
  'standing',
  'tolerated_until',
  'unsupported_since',
  'licence',
  'seats',
  'licence_ends',
  'computers',
  'first_seen',
];

function exportRow(row: TitleRow): string[] {
  return [
    row.name,
    row.source,
    row.publisher ?? '',
    row.state,
    row.tolerated_until === null ? '' : isoTime(row.tolerated_until),
    row.unsupported_since ?? '',
    row.licence ?? '',
    row.seats?.toString() ?? '',
    row.licence_ends ?? '',
    String(row.installs),
    isoTime(row.first_at),
  ];
}
