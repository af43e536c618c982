import type { FastifyInstance } from 'fastify';
import { isoTime } from '#shared/clock.ts';
import { deviceClasses } from '#shared/device/facts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { writeCsv } from '../register/csv.ts';
import {
  listMediaRegister,
  type MediaFilter,
  type MediaRow,
  type MediaSort,
  mediaFigures,
} from '../register/media-register.ts';
import { mayUse } from './access.ts';
import { sendCsv } from './csv-answer.ts';
import { deviceClassWords } from './facts/device.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { type ListSpec, listAddress, listView, readListQuery, rowsPerPage } from './list-query.ts';
import { classWords, encryptionTag, mediumName, mediumStateTag } from './media-words.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, dayMoment, size } from './words.ts';

const states = ['unregistered', 'issued', 'lost', 'returned', 'retired'] as const;

const spec: ListSpec<MediaSort> = {
  path: '/media',
  usual: { column: 'last', direction: 'desc' },
  filters: [
    { name: 'search', label: 'Find', hint: 'Make, model, serial number, label, holder or account' },
    { name: 'class', label: 'Kind', options: deviceClasses.map((value) => ({ value, text: deviceClassWords[value] })) },
    {
      name: 'state',
      label: 'Register',
      options: states.map((value) => ({ value, text: mediumStateTag(value, null, 0).text })),
    },
    {
      name: 'encryption',
      label: 'Encryption when last seen',
      options: [
        ...(['plain', 'encrypted', 'locked', 'suspended', 'unknown'] as const).map((value) => ({
          value,
          text: encryptionTag(value).text,
        })),
        { value: 'none', text: encryptionTag(null).text },
      ],
    },
    {
      name: 'seen',
      label: 'Last seen',
      options: [
        { value: 'week', text: 'In the last 7 days' },
        { value: 'month', text: 'In the last 30 days' },
        { value: 'longer', text: 'Not in the last 30 days' },
        { value: 'never', text: 'Never' },
      ],
    },
  ],
  columns: [
    { text: 'Medium', sort: 'thing' },
    { text: 'Serial number', sort: 'serial' },
    { text: 'Register', sort: 'state' },
    { text: 'Holder', sort: 'holder' },
    { text: 'Encryption' },
    { text: 'First seen', sort: 'first', first: 'desc' },
    { text: 'Last seen', sort: 'last', first: 'desc' },
    { text: 'Times', sort: 'times', first: 'desc' },
  ],
};

/** The register of media: every device that was ever seen, and every medium that was issued. */
export function mediaListRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/media', async (request, reply) => {
    const query = readListQuery(spec, request.query);
    const now = clock.now();
    const page = { ...query.sorting, page: query.page, size: rowsPerPage };
    // The words were compared with those of the specification above.
    const { rows, total } = await listMediaRegister(store, query.filters as MediaFilter, now, page);
    const found = await mediaFigures(store);
    const data = {
      list: listView(spec, query, { total, noun: 'medium', plural: 'media' }),
      figures: figures(found),
      isEmpty: total === 0 && Object.keys(query.filters).length === 0,
      rows: rows.map((row) => rowView(row, now)),
      exportHref: listAddress(spec, query, '/media/export'),
      mayIssue: mayUse(visitOf(request).account.role, 'POST /media/issue'),
      done: fieldOf(request.query, 'done') === 'issued' ? 'The media are issued.' : undefined,
    };
    return sendPage(context, request, reply, { name: 'media-list', title: 'Media', section: 'media', data });
  });

  app.get('/media/export', async (request, reply) => {
    const { filters, sorting } = readListQuery(spec, request.query);
    const all = { ...sorting, page: 1, size: mostExported };
    const { rows } = await listMediaRegister(store, filters as MediaFilter, clock.now(), all);
    const accountId = visitOf(request).account.id;
    const detail = counted(rows.length, 'medium', 'media');
    await recordAudit(store, { at: clock.now(), accountId, action: 'media.exported', detail });
    return sendCsv(reply, 'media', writeCsv(exportColumns, rows.map(exportRow)));
  });
}

const mostExported = 50_000;
const colours = { unregistered: 'orange', issued: 'blue', lost: 'red', returned: 'grey', retired: 'grey' } as const;

function figures(found: Awaited<ReturnType<typeof mediaFigures>>) {
  return states.map((state) => {
    const count = found.get(state) ?? 0;
    const { text } = mediumStateTag(state, null, 0);
    return {
      text: text.toLowerCase(),
      count: String(count),
      colour: count > 0 ? colours[state] : 'grey',
      href: `/media?state=${state}`,
    };
  });
}

function rowView(row: MediaRow, now: number) {
  const at = (time: number | null, id: string | null, name: string | null) =>
    time === null || id === null ? undefined : { ...dayMoment(time), computer: { name, href: `/computers/${id}` } };
  return {
    href: `/media/${row.id}`,
    name: mediumName(row),
    label: row.vendor || row.product ? row.label : undefined,
    kind: [row.vendor || row.product ? classWords(row.class) : '', row.size_bytes === null ? '' : size(row.size_bytes)]
      .filter(Boolean)
      .join(', '),
    serial: row.serial_trust === 'device' ? row.serial : undefined,
    state: mediumStateTag(row.state, row.expires_at, now),
    holder: row.holder ?? row.last_user,
    isAccount: row.holder === null && row.last_user !== null,
    encryption: encryptionTag(row.encryption),
    first: at(row.first_at, row.first_computer_id, row.first_hostname),
    last: at(row.last_at, row.last_computer_id, row.last_hostname),
    times: row.times.toLocaleString('en-GB'),
  };
}

const exportColumns = [
  'make',
  'model',
  'kind',
  'vendor_id',
  'product_id',
  'serial',
  'serial_trust',
  'bytes',
  'register',
  'holder',
  'label',
  'expires',
  'encryption',
  'first_seen',
  'first_computer',
  'last_seen',
  'last_computer',
  'last_user',
  'times',
  'files_written',
];

function exportRow(row: MediaRow): string[] {
  const time = (at: number | null) => (at === null ? '' : isoTime(at));
  return [
    row.vendor,
    row.product,
    row.class,
    row.vendor_id,
    row.product_id,
    row.serial,
    row.serial_trust,
    row.size_bytes?.toString(),
    row.state,
    row.holder,
    row.label,
    time(row.expires_at),
    row.encryption,
    time(row.first_at),
    row.first_hostname,
    time(row.last_at),
    row.last_hostname,
    row.last_user,
    String(row.times),
    String(row.files_written),
  ].map((value) => value ?? '');
}
