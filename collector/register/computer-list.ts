import { type SqlBool, sql } from 'kysely';
import type { Coverage, Inventory } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import type { EventKind, EventOf } from '#shared/events/kinds.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import type { Status } from '#shared/protocol/protocol.ts';
import type { ComputersTable, Store } from '../store/tables.ts';

export type StatusReport = Omit<Status, 'type'>;

export interface Computer {
  no: number;
  id: string;
  hostname: string;
  state: 'active' | 'retired';
  enrolledAt: number;
  lastSeenAt: number | null;
  agentVersion: string | null;
  os: string | null;
  policyVersion: number | null;
  /** Number of the newest event stored. */
  headSeq: number;
  status: StatusReport | null;
  coverage: Coverage[] | null;
  inventory: Inventory | null;
}

export interface ListedComputer extends Computer {
  /** Alerts not closed. */
  openAlerts: number;
}

/** All computers by host name; no more than 2000. @param search part of a host name, in any case */
export async function listComputers(store: Store, search = ''): Promise<ListedComputer[]> {
  const rows = await store
    .selectFrom('computers')
    .selectAll()
    .orderBy((build) => build.fn<string>('lower', ['hostname']))
    .orderBy('id')
    .limit(2000)
    .execute();
  const open = await openAlertCounts(store);
  const wanted = search.toLowerCase();
  return rows
    .filter((row) => row.hostname.toLowerCase().includes(wanted))
    .map((row) => ({ ...computerOf(row), openAlerts: open.get(row.no) ?? 0 }));
}

async function openAlertCounts(store: Store): Promise<Map<number, number>> {
  const rows = await store
    .selectFrom('alerts')
    .where('state', '!=', 'closed')
    .groupBy('computer_no')
    .select(['computer_no', (build) => build.fn.countAll<number>().as('alerts')])
    .execute();
  return new Map(rows.map((row) => [row.computer_no, row.alerts]));
}

export async function computerById(store: Store, id: string): Promise<Computer | undefined> {
  const row = await store.selectFrom('computers').selectAll().where('id', '=', id).executeTakeFirst();
  return row && computerOf(row);
}

export async function openAlertsOf(store: Store, computerNo: number): Promise<number> {
  const { alerts } = await store
    .selectFrom('alerts')
    .where('computer_no', '=', computerNo)
    .where('state', '!=', 'closed')
    .select((build) => build.fn.countAll<number>().as('alerts'))
    .executeTakeFirstOrThrow();
  return alerts;
}

/** Documents in these columns were checked against their schema when the agent sent them. */
function computerOf(row: ComputersTable): Computer {
  const document = <T>(text: string | null) => (text === null ? null : (JSON.parse(text) as T));
  return {
    no: row.no,
    id: row.id,
    hostname: row.hostname,
    state: row.state,
    enrolledAt: row.enrolled_at,
    lastSeenAt: row.last_seen_at,
    agentVersion: row.agent_version,
    os: row.os,
    policyVersion: row.policy_version,
    headSeq: row.head_seq,
    status: document<StatusReport>(row.status),
    coverage: document<Coverage[]>(row.coverage),
    inventory: document<Inventory>(row.inventory),
  };
}

export interface SeenAt<T> {
  facts: T;
  at: number;
}

/** The drives a computer has, each as last reported; those it reported gone are left out. By name. */
export async function latestDrives(store: Store, computerNo: number): Promise<SeenAt<DriveFacts>[]> {
  const reports = await latestFirst(store, computerNo, ['drive.encryption-changed', 'drive.removed']);
  const latest = newestOf(reports, (report) => `${report.data.drive.use} ${report.data.drive.name}`);
  return latest
    .filter((report) => report.kind !== 'drive.removed')
    .map((report) => ({ facts: report.data.drive, at: Date.parse(report.at) }))
    .sort((left, right) => left.facts.name.localeCompare(right.facts.name, 'en'));
}

/** Antivirus, firewall and the like, each as last reported. */
export async function latestPosture(store: Store, computerNo: number): Promise<SeenAt<PostureFacts>[]> {
  const reports = await latestFirst(store, computerNo, ['posture.changed']);
  return newestOf(reports, (report) => report.data.posture.item).map((report) => ({
    facts: report.data.posture,
    at: Date.parse(report.at),
  }));
}

/** The newest events of a computer of kinds that are rare; no more than 500. */
async function latestFirst<K extends EventKind>(store: Store, computerNo: number, kinds: K[]): Promise<EventOf<K>[]> {
  const rows = await store
    .selectFrom('events')
    .select('line')
    .where('kind', 'in', kinds)
    // The plus keeps the planner from walking all events of the computer; these kinds are few in all computers together.
    .where(sql<SqlBool>`+computer_no = ${computerNo}`)
    .where('line', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(500)
    .execute();
  // Each line was checked against the schema of its kind before it was stored.
  return rows.flatMap(({ line }) => (line === null ? [] : [JSON.parse(line) as EventOf<K>]));
}

function newestOf<T>(newestFirst: readonly T[], keyOf: (item: T) => string): T[] {
  const kept = new Map<string, T>();
  for (const item of newestFirst) {
    const key = keyOf(item);
    if (!kept.has(key)) kept.set(key, item);
  }
  return [...kept.values()];
}
