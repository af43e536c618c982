import type { FastifyInstance } from 'fastify';
import { isoTime } from '#shared/clock.ts';
import { recordAudit } from '../accounts/audit.ts';
import { disposalStates } from '../register/asset-details.ts';
import { editableColumns, factColumns } from '../register/asset-import.ts';
import {
  type ComputerFilter,
  type ComputerSort,
  computerFigures,
  type ListedComputer,
  listComputers,
} from '../register/computer-list.ts';
import { writeCsv } from '../register/csv.ts';
import { presenceOf, presences } from '../register/presence.ts';
import { mayUse } from './access.ts';
import { alertsAddress } from './alert-query.ts';
import { disposalWords, driveTag, presenceTag, troubleWords, versionWords } from './computer-words.ts';
import { sendCsv } from './csv-answer.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { type ListSpec, listAddress, listView, readListQuery, rowsPerPage } from './list-query.ts';
import { visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

const spec: ListSpec<ComputerSort> = {
  path: '/computers',
  usual: { column: 'hostname', direction: 'asc' },
  filters: [
    { name: 'search', label: 'Find', hint: 'Name, model, serial number, tag, owner or account' },
    {
      name: 'presence',
      label: 'Connection',
      options: presences.map((value) => ({ value, text: presenceTag(value).text })),
    },
    {
      name: 'drives',
      label: 'Drives',
      options: [
        { value: 'plain', text: 'At least one not encrypted' },
        { value: 'unknown', text: 'Not known' },
        { value: 'encrypted', text: 'All encrypted' },
      ],
    },
    { name: 'protection', label: 'Protection', options: [{ value: 'bad', text: 'Not as it should be' }] },
    {
      name: 'portable',
      label: 'Portable',
      options: [
        { value: 'yes', text: 'Yes' },
        { value: 'no', text: 'No' },
        { value: 'unknown', text: 'Not known' },
      ],
    },
    {
      name: 'disposal',
      label: 'Disposal',
      options: disposalStates.map((value) => ({ value, text: disposalWords[value] })),
    },
    { name: 'trouble', label: 'Agent', options: [{ value: 'yes', text: 'Has trouble' }] },
  ],
  columns: [
    { text: 'Computer', sort: 'hostname' },
    { text: 'Owner', sort: 'owner' },
    { text: 'Operating system', sort: 'os' },
    { text: 'Drives', sort: 'drives', first: 'desc' },
    { text: 'Connection', sort: 'seen', first: 'desc' },
    { text: 'Open alerts', sort: 'alerts', first: 'desc' },
    { text: 'To look into' },
  ],
};

/** The asset register: every computer with an agent. */
export function computerListRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/computers', async (request, reply) => {
    const query = readListQuery(spec, request.query);
    const now = clock.now();
    const page = { ...query.sorting, page: query.page, size: rowsPerPage };
    const { rows, total } = await listComputers(store, filterOf(query.filters), now, page);
    const found = await computerFigures(store, now);
    const data = {
      list: listView(spec, query, { total, noun: 'computer' }),
      figures: figures(found),
      isEmpty: found.all === 0 && total === 0,
      rows: rows.map((row) => rowView(row, now)),
      exportHref: listAddress(spec, query, '/computers/export'),
      mayImport: mayUse(visitOf(request).account.role, 'POST /computers/import'),
    };
    return sendPage(context, request, reply, { name: 'computer-list', title: 'Computers', section: 'computers', data });
  });

  app.get('/computers/export', async (request, reply) => {
    const { filters, sorting } = readListQuery(spec, request.query);
    const all = { ...sorting, page: 1, size: mostExported };
    const { rows } = await listComputers(store, filterOf(filters), clock.now(), all);
    const accountId = visitOf(request).account.id;
    const detail = counted(rows.length, 'computer');
    await recordAudit(store, { at: clock.now(), accountId, action: 'computers.exported', detail });
    return sendCsv(reply, 'computers', writeCsv(exportColumns, rows.map(exportRow)));
  });
}

const mostExported = 20_000;

function filterOf(filters: Partial<Record<string, string>>): ComputerFilter {
  // The words were compared with those of the specification above.
  return { ...filters, trouble: filters.trouble === 'yes' } as ComputerFilter;
}

function figures(found: Awaited<ReturnType<typeof computerFigures>>) {
  const colour = (count: number | null, word: string) => ((count ?? 0) > 0 ? word : 'grey');
  const one = (text: string, count: number | null, word: string, parameters: string) => ({
    text,
    count: String(count ?? 0),
    colour: colour(count, word),
    href: `/computers${parameters}`,
  });
  return [
    one('in the register', found.all, 'blue', ''),
    one('connected', found.connected, 'green', '?presence=connected'),
    one('silent', found.silent, 'red', '?presence=silent'),
    one('drive not encrypted', found.plain, 'red', '?drives=plain'),
    one('protection not as it should be', found.unprotected, 'orange', '?protection=bad'),
    one('agent has trouble', found.trouble, 'orange', '?trouble=yes'),
  ];
}

function rowView(row: ListedComputer, now: number) {
  return {
    href: `/computers/${row.id}`,
    hostname: row.hostname,
    model: [row.make, row.model].filter(Boolean).join(' '),
    owner: row.owner ?? row.last_user,
    isAccount: row.owner === null && row.last_user !== null,
    location: row.location,
    disposal: row.disposal === 'in-use' ? undefined : disposalWords[row.disposal],
    os: row.os_name ?? 'Unknown',
    drives: driveTag(row),
    presence: presenceTag(presenceOf({ state: row.state, lastSeenAt: row.last_seen_at }, now)),
    seen: row.last_seen_at === null ? undefined : moment(row.last_seen_at),
    alerts: row.alerts === 0 ? undefined : { text: row.alerts, href: alertsAddress({ computerId: row.id }) },
    trouble: [
      ...(row.bad_posture > 0 ? [counted(row.bad_posture, 'fault of protection', 'faults of protection')] : []),
      ...troubleWords(row),
    ],
  };
}

const exportColumns = ['computer', ...factColumns, ...editableColumns];

function exportRow(row: ListedComputer): string[] {
  const facts = {
    computer: row.hostname,
    id: row.id,
    make: row.make,
    model: row.model,
    serial: row.serial,
    operating_system: row.os_name,
    last_user: row.last_user,
    last_seen: row.last_seen_at === null ? '' : isoTime(row.last_seen_at),
    agent: row.agent_version,
    policy: versionWords(row.policy_version),
    drives_not_encrypted: row.drives === 0 ? '' : String(row.plain_drives),
    open_alerts: String(row.alerts),
    asset_tag: row.asset_tag,
    owner: row.owner,
    iao: row.iao,
    location: row.location,
    portable: row.portable_said,
    disposal: row.disposal,
    disposal_note: row.disposal_note,
    notes: row.notes,
  };
  return exportColumns.map((column) => facts[column as keyof typeof facts] ?? '');
}
