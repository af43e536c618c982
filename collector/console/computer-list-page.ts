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
import { driftOf, lagging, versionCounts, type Wanted, wantedVersions } from '../register/versions.ts';
import { mayUse } from './access.ts';
import { alertsAddress } from './alert-query.ts';
import { disposalWords, driftWords, driveTag, presenceTag, troubleWords, versionWords } from './computer-words.ts';
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
    {
      name: 'behind',
      label: 'Behind',
      options: [
        { value: 'any', text: 'In agent or policy' },
        { value: 'agent', text: 'An older agent' },
        { value: 'policy', text: 'An older policy' },
      ],
    },
    { name: 'agent', label: 'Agent version', hint: 'Such as 0.1.0' },
    { name: 'policy', label: 'Policy version', hint: 'Its number' },
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
    const wanted = await wantedVersions(store);
    const { filter, behind } = await narrowed(query.filters, wanted);
    const { rows, total } = await listComputers(store, filter, now, page);
    const found = await computerFigures(store, now);
    const data = {
      list: listView(spec, query, { total, noun: 'computer' }),
      figures: figures(found, behind),
      isEmpty: found.all === 0 && total === 0,
      rows: rows.map((row) => rowView(row, wanted, now)),
      exportHref: listAddress(spec, query, '/computers/export'),
      mayImport: mayUse(visitOf(request).account.role, 'POST /computers/import'),
    };
    return sendPage(context, request, reply, { name: 'computer-list', title: 'Computers', section: 'computers', data });
  });

  app.get('/computers/export', async (request, reply) => {
    const { filters, sorting } = readListQuery(spec, request.query);
    const all = { ...sorting, page: 1, size: mostExported };
    const { filter } = await narrowed(filters, await wantedVersions(store));
    const { rows } = await listComputers(store, filter, clock.now(), all);
    const accountId = visitOf(request).account.id;
    const detail = counted(rows.length, 'computer');
    await recordAudit(store, { at: clock.now(), accountId, action: 'computers.exported', detail });
    return sendCsv(reply, 'computers', writeCsv(exportColumns, rows.map(exportRow)));
  });

  /** The words of the address as a question to the store, and how many computers lag behind in all. */
  async function narrowed(filters: Partial<Record<string, string>>, wanted: Wanted) {
    const counts = await versionCounts(store);
    const isLagging = (one: (typeof counts)[number]) => Object.keys(driftOf(one, wanted)).length > 0;
    const behind = counts.filter(isLagging).reduce((sum, { computers }) => sum + computers, 0);
    const { agents, policyBelow } = lagging(counts, wanted);
    const parts = { any: { agents, policyBelow }, agent: { agents }, policy: { policyBelow } };
    const word = filters.behind as keyof typeof parts | undefined;
    return { behind, filter: { ...filterOf(filters), ...(word && { behind: parts[word] }) } };
  }
}

const mostExported = 20_000;

function filterOf(filters: Partial<Record<string, string>>): ComputerFilter {
  const { behind: _behind, policy, ...words } = filters;
  // A number that is none fits no computer.
  const number = policy === undefined ? {} : { policy: /^\d{1,9}$/.test(policy) ? Number(policy) : -1 };
  // The words were compared with those of the specification above.
  return { ...words, ...number, trouble: filters.trouble === 'yes' } as ComputerFilter;
}

function figures(found: Awaited<ReturnType<typeof computerFigures>>, behind: number) {
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
    one('agent or policy behind', behind, 'orange', '?behind=any'),
  ];
}

function rowView(row: ListedComputer, wanted: Wanted, now: number) {
  const { agent_version: agentVersion, policy_version: policyVersion, os } = row;
  const drift = row.state === 'retired' ? {} : driftOf({ agentVersion, policyVersion, os }, wanted);
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
      ...driftWords(drift, now),
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
