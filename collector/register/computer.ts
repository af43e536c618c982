import type { Coverage, Inventory } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import type { PostureFacts } from '#shared/events/posture.ts';
import type { Status } from '#shared/protocol/protocol.ts';
import type { Store } from '../store/tables.ts';

type StatusReport = Omit<Status, 'type'>;

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

/** Documents in its columns were checked against their schema when the agent sent them. */
export async function computerById(store: Store, id: string): Promise<Computer | undefined> {
  const row = await store
    .selectFrom('computers')
    .selectAll()
    .where('id', '=', id)
    .where('state', '!=', 'collector')
    .executeTakeFirst();
  if (!row) return undefined;
  const document = <T>(text: string | null) => (text === null ? null : (JSON.parse(text) as T));
  return {
    no: row.no,
    id: row.id,
    hostname: row.hostname,
    state: row.state === 'active' ? 'active' : 'retired',
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

/** The drives a computer has, each as last reported. By name. */
export async function drivesOf(store: Store, computerNo: number): Promise<SeenAt<DriveFacts>[]> {
  const rows = await store
    .selectFrom('computer_drives')
    .select(['facts', 'at'])
    .where('computer_no', '=', computerNo)
    .orderBy('key')
    .limit(200)
    .execute();
  return rows.map(({ facts, at }) => ({ facts: JSON.parse(facts) as DriveFacts, at }));
}

/** Antivirus, firewall and the like, each as last reported. */
export async function postureOf(store: Store, computerNo: number): Promise<SeenAt<PostureFacts>[]> {
  const rows = await store
    .selectFrom('computer_posture')
    .select(['facts', 'at'])
    .where('computer_no', '=', computerNo)
    .orderBy('item')
    .execute();
  return rows.map(({ facts, at }) => ({ facts: JSON.parse(facts) as PostureFacts, at }));
}

/** Accounts of people that were at work on it, the last one first. */
export async function usersOf(
  store: Store,
  computerNo: number,
): Promise<{ user: string; first: number; last: number }[]> {
  return store
    .selectFrom('computer_users')
    .select(['user', 'first_at as first', 'last_at as last'])
    .where('computer_no', '=', computerNo)
    .orderBy('last_at', 'desc')
    .limit(20)
    .execute();
}

/** Devices that were connected to it, the last one first. */
export async function devicesOf(store: Store, computerNo: number) {
  return store
    .selectFrom('seen_device_places')
    .innerJoin('seen_devices', 'seen_devices.id', 'seen_device_places.device_id')
    .where('seen_device_places.computer_no', '=', computerNo)
    .select([
      'seen_devices.id',
      'seen_devices.class',
      'seen_devices.vendor',
      'seen_devices.product',
      'seen_devices.encryption',
      'seen_device_places.last_at',
      'seen_device_places.times',
    ])
    .orderBy('seen_device_places.last_at', 'desc')
    .limit(10)
    .execute();
}

/** How many titles it has, and how many of them nobody approved. */
export async function softwareCounts(
  store: Store,
  computerNo: number,
): Promise<{ titles: number; unapproved: number }> {
  const rows = await store
    .selectFrom('software_installs')
    .where('computer_no', '=', computerNo)
    .groupBy('approval')
    .select(['approval', (build) => build.fn.countAll<number>().as('titles')])
    .execute();
  return {
    titles: rows.reduce((sum, row) => sum + row.titles, 0),
    unapproved: rows.find((row) => row.approval === 'unapproved')?.titles ?? 0,
  };
}

/** Its newest alerts that are not closed, and how many there are. */
export async function openAlertsOf(store: Store, computerNo: number) {
  const open = store.selectFrom('alerts').where('computer_no', '=', computerNo).where('state', '!=', 'closed');
  const { count } = await open.select((build) => build.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  const newest = await open
    .select(['id', 'title', 'severity', 'last_at', 'count'])
    .orderBy('last_at', 'desc')
    .limit(5)
    .execute();
  return { count, newest };
}
