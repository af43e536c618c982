import { type Expression, type ExpressionBuilder, type NotNull, type SqlBool, sql } from 'kysely';
import type { AssetDetailsTable } from '../store/register-tables.ts';
import type { Store } from '../store/tables.ts';
import { containing } from './containing.ts';
import { type Presence, presenceBounds } from './presence.ts';
import type { Lagging } from './versions.ts';

/** What the register of computers is narrowed to. An absent part narrows nothing. */
export interface ComputerFilter {
  /** Part of a host name, model, serial number, asset tag, owner or account name, in any case. */
  search?: string | undefined;
  presence?: Presence | undefined;
  drives?: 'encrypted' | 'plain' | 'unknown' | undefined;
  protection?: 'bad' | undefined;
  portable?: 'yes' | 'no' | 'unknown' | undefined;
  disposal?: AssetDetailsTable['disposal'] | undefined;
  /** Only those with something to look into. */
  trouble?: boolean | undefined;
  /** Exactly this version of the agent, and of the policy. */
  agent?: string | undefined;
  policy?: number | undefined;
  /** Only those that lag behind these, in either. */
  behind?: Partial<Lagging> | undefined;
}

const columnPlaces = {
  hostname: sql`lower(hostname)`,
  os: sql`lower(os_name)`,
  owner: sql`lower(owner)`,
  seen: sql`last_seen_at`,
  alerts: sql`alerts`,
  drives: sql`plain_drives`,
} as const;
export type ComputerSort = keyof typeof columnPlaces;

/** One line of the register. */
export interface ListedComputer {
  id: string;
  hostname: string;
  state: string;
  enrolled_at: number;
  last_seen_at: number | null;
  agent_version: string | null;
  policy_version: number | null;
  os: string | null;
  os_name: string | null;
  make: string | null;
  model: string | null;
  serial: string | null;
  portable: 'yes' | 'no' | null;
  /** What a person said, without what the agent found. */
  portable_said: 'yes' | 'no' | null;
  asset_tag: string | null;
  owner: string | null;
  iao: string | null;
  location: string | null;
  disposal: AssetDetailsTable['disposal'];
  disposal_note: string | null;
  notes: string | null;
  areas_failed: number;
  areas_degraded: number;
  conditions: number;
  spool_events: number | null;
  drives: number;
  plain_drives: number;
  unknown_drives: number;
  bad_posture: number;
  last_user: string | null;
  /** Alerts not closed. */
  alerts: number;
}

/** Everything a line of the register needs, for all computers that are in use or were. */
function register(store: Store) {
  const drives = store
    .selectFrom('computer_drives')
    .groupBy('computer_no')
    .select([
      'computer_no',
      (build) => build.fn.countAll<number>().as('drives'),
      sql<number>`sum(case when encryption in ('plain', 'suspended') then 1 else 0 end)`.as('plain_drives'),
      sql<number>`sum(case when encryption = 'unknown' then 1 else 0 end)`.as('unknown_drives'),
    ]);
  const posture = store
    .selectFrom('computer_posture')
    .where('state', '=', 'bad')
    .groupBy('computer_no')
    .select(['computer_no', (build) => build.fn.countAll<number>().as('bad')]);
  return store
    .selectFrom('computers')
    .leftJoin('asset_details as details', 'details.computer_no', 'computers.no')
    .leftJoin(drives.as('drive'), 'drive.computer_no', 'computers.no')
    .leftJoin(posture.as('posture'), 'posture.computer_no', 'computers.no')
    .where('computers.state', '!=', 'collector')
    .select([
      'computers.id',
      'hostname',
      'computers.state',
      'enrolled_at',
      'last_seen_at',
      'agent_version',
      'policy_version',
      'os',
      'os_name',
      'make',
      'model',
      'serial',
      sql<
        'yes' | 'no' | null
      >`coalesce(details.portable, case computers.portable when 1 then 'yes' when 0 then 'no' end)`.as('portable'),
      'details.portable as portable_said',
      'asset_tag',
      'owner',
      'iao',
      'location',
      sql<AssetDetailsTable['disposal']>`coalesce(details.disposal, 'in-use')`.as('disposal'),
      'disposal_note',
      'notes',
      sql<number>`coalesce(areas_failed, 0)`.as('areas_failed'),
      sql<number>`coalesce(areas_degraded, 0)`.as('areas_degraded'),
      sql<number>`coalesce(conditions, 0)`.as('conditions'),
      'spool_events',
      sql<number>`coalesce(drive.drives, 0)`.as('drives'),
      sql<number>`coalesce(drive.plain_drives, 0)`.as('plain_drives'),
      sql<number>`coalesce(drive.unknown_drives, 0)`.as('unknown_drives'),
      sql<number>`coalesce(posture.bad, 0)`.as('bad_posture'),
      (build) =>
        build
          .selectFrom('alerts')
          .where('alerts.state', 'in', ['open', 'acknowledged'])
          .whereRef('alerts.computer_no', '=', 'computers.no')
          .select((alerts) => alerts.fn.countAll<number>().as('alerts'))
          .as('alerts'),
      (build) =>
        build
          .selectFrom('computer_users as users')
          .whereRef('users.computer_no', '=', 'computers.no')
          .orderBy('users.last_at', 'desc')
          .limit(1)
          .select('users.user')
          .as('last_user'),
    ]);
}

/** @param now for presence @param page from 1 */
export async function listComputers(
  store: Store,
  filter: ComputerFilter,
  now: number,
  { column, direction, page, size }: { column: ComputerSort; direction: 'asc' | 'desc'; page: number; size: number },
): Promise<{ rows: ListedComputer[]; total: number }> {
  const narrowed = store
    .selectFrom(register(store).as('register'))
    .where((build) => build.and(conditions(build, filter, now)));
  const { total } = await narrowed.select((build) => build.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await narrowed
    .selectAll()
    .orderBy(columnPlaces[column], (order) => (direction === 'asc' ? order.asc() : order.desc()).nullsLast())
    .orderBy('hostname')
    .orderBy('id')
    .limit(size)
    .offset((page - 1) * size)
    .$narrowType<{ alerts: NotNull }>()
    .execute();
  return { rows, total };
}

type Register = ExpressionBuilder<{ register: ListedComputer }, 'register'>;

function conditions(build: Register, filter: ComputerFilter, now: number): Expression<SqlBool>[] {
  const { search, presence, drives, protection, portable, disposal, trouble, agent, policy, behind } = filter;
  const wanted: Expression<SqlBool>[] = [];
  if (search) {
    const places = ['hostname', 'model', 'serial', 'asset_tag', 'owner', 'last_user'] as const;
    wanted.push(build.or(places.map((place) => containing(place, search))));
  }
  if (presence) wanted.push(isPresent(build, presence, now));
  if (drives === 'plain') wanted.push(build('plain_drives', '>', 0));
  if (drives === 'unknown') wanted.push(sql<SqlBool>`plain_drives = 0 and (drives = 0 or unknown_drives > 0)`);
  if (drives === 'encrypted') wanted.push(sql<SqlBool>`drives > 0 and plain_drives = 0 and unknown_drives = 0`);
  if (protection) wanted.push(build('bad_posture', '>', 0));
  if (portable === 'unknown') wanted.push(build('portable', 'is', null));
  else if (portable) wanted.push(build('portable', '=', portable));
  if (disposal) wanted.push(build('disposal', '=', disposal));
  if (trouble) wanted.push(sql<SqlBool>`areas_failed + conditions > 0`);
  if (agent !== undefined) wanted.push(build('agent_version', '=', agent));
  if (policy !== undefined) wanted.push(build('policy_version', '=', policy));
  if (behind) wanted.push(isBehind(build, behind));
  return wanted;
}

function isBehind(build: Register, { agents = [], policyBelow = 0 }: Partial<Lagging>): Expression<SqlBool> {
  const old = agents.map(({ version, os }) =>
    build.and([build('agent_version', '=', version), build('os', os === null ? 'is' : '=', os)]),
  );
  return build.and([build('state', '=', 'active'), build.or([...old, build('policy_version', '<', policyBelow)])]);
}

function isPresent(build: Register, presence: Presence, now: number): Expression<SqlBool> {
  if (presence === 'retired') return build('state', '=', 'retired');
  const active = build('state', '=', 'active');
  if (presence === 'never') return build.and([active, build('last_seen_at', 'is', null)]);
  const { from, to } = presenceBounds(presence, now);
  return build.and([active, build('last_seen_at', '>', from), build('last_seen_at', '<=', to)]);
}

/** How many computers are in each presence, and how many have other trouble: for the figures above the list. */
export async function computerFigures(store: Store, now: number) {
  const bounds = presenceBounds('connected', now);
  const silent = presenceBounds('silent', now);
  return store
    .selectFrom('computers')
    .where('state', '=', 'active')
    .select([
      (build) => build.fn.countAll<number>().as('all'),
      sql<number>`coalesce(sum(case when last_seen_at > ${bounds.from} then 1 else 0 end), 0)`.as('connected'),
      sql<number>`coalesce(sum(case when last_seen_at <= ${silent.to} then 1 else 0 end), 0)`.as('silent'),
      sql<number>`coalesce(sum(case when last_seen_at is null then 1 else 0 end), 0)`.as('never'),
      sql<number>`coalesce(sum(case when areas_failed + conditions > 0 then 1 else 0 end), 0)`.as('trouble'),
      (build) =>
        build
          .selectFrom('computer_drives')
          .where('encryption', 'in', ['plain', 'suspended'])
          .select((count) => count.fn.count<number>('computer_no').distinct().as('plain'))
          .as('plain'),
      (build) =>
        build
          .selectFrom('computer_posture')
          .where('state', '=', 'bad')
          .select((count) => count.fn.count<number>('computer_no').distinct().as('unprotected'))
          .as('unprotected'),
    ])
    .executeTakeFirstOrThrow();
}
