import { sql } from 'kysely';
import type { Coverage } from '#shared/events/agent.ts';
import { postureItems } from '#shared/events/posture.ts';
import { lastReviews, reviewStanding } from '../accounts/reviews.ts';
import { newestVersion } from '../policies/policies.ts';
import { networkFigures } from '../register/network-list.ts';
import { presenceBounds } from '../register/presence.ts';
import { softwareFigures } from '../register/software-list.ts';
import type { Store } from '../store/tables.ts';
import type { StateFigures } from './figure-list.ts';
import { dayOf } from './period.ts';

/** Classes that hold files and can be encrypted; the others of a person's pocket are phones, cameras and players. */
export const storageClasses = ['usb-storage', 'external-disk', 'memory-card', 'optical', 'floppy'] as const;
export const pocketClasses = ['phone', 'camera', 'audio'] as const;

/** A sum over rows that is 0 when there are none. */
const sumOf = (condition: ReturnType<typeof sql<unknown>>) =>
  sql<number>`coalesce(sum(case when ${condition} then 1 else 0 end), 0)`;

/** Every figure that says how things stand, from the registers. @param now milliseconds since 1970 */
export async function stateFigures(store: Store, now: number): Promise<StateFigures> {
  return {
    ...(await computers(store, now)),
    ...(await drives(store)),
    ...(await posture(store)),
    ...(await media(store)),
    ...(await software(store, now)),
    ...(await accounts(store, now)),
    ...(await decisions(store, now)),
    'network.unknown': (await networkFigures(store)).get('unknown') ?? 0,
  };
}

async function computers(store: Store, now: number) {
  const { to } = presenceBounds('silent', now);
  const newest = await newestVersion(store);
  const portable = sql<number>`coalesce(case details.portable when 'yes' then 1 when 'no' then 0 end, computers.portable)`;
  const row = await store
    .selectFrom('computers')
    .leftJoin('asset_details as details', 'details.computer_no', 'computers.no')
    .where('computers.state', '!=', 'collector')
    .select([
      sumOf(sql`state = 'retired'`).as('retired'),
      sumOf(sql`state = 'active'`).as('active'),
      sumOf(sql`state = 'active' and last_seen_at <= ${to}`).as('silent'),
      sumOf(sql`state = 'active' and last_seen_at is null`).as('never'),
      sumOf(sql`state = 'active' and policy_version = ${newest}`).as('current'),
      sumOf(sql`state = 'active' and ${portable} = 1`).as('portable'),
      sumOf(sql`state = 'active' and ${portable} = 0`).as('fixed'),
      sumOf(sql`state = 'active' and areas_failed > 0`).as('failed'),
      sumOf(sql`state = 'active' and ${portable} = 1 and exists (select 1 from computer_drives
        where computer_no = computers.no and encryption in ('plain', 'suspended'))`).as('portablePlain'),
    ])
    .executeTakeFirstOrThrow();
  return {
    'computers.active': row.active,
    'computers.reported': row.active - row.silent - row.never,
    'computers.silent': row.silent,
    'computers.never': row.never,
    'computers.retired': row.retired,
    'computers.policyCurrent': row.current,
    'computers.portable': row.portable,
    'computers.fixed': row.fixed,
    'computers.portableUnknown': row.active - row.portable - row.fixed,
    'computers.areasFailed': row.failed,
    'computers.portablePlain': row.portablePlain,
  };
}

async function drives(store: Store) {
  const all = store
    .selectFrom('computers')
    .leftJoin('computer_drives', 'computer_drives.computer_no', 'computers.no')
    .where('state', '=', 'active');
  const states = await all
    .where('encryption', 'is not', null)
    .groupBy('encryption')
    .select(['encryption', (build) => build.fn.countAll<number>().as('drives')])
    .execute();
  const by = all
    .groupBy('no')
    .select([
      'no',
      (build) => build.fn.count<number>('key').as('drives'),
      sumOf(sql`encryption in ('plain', 'suspended')`).as('plain'),
      sumOf(sql`encryption = 'unknown'`).as('unknown'),
    ]);
  const row = await store
    .selectFrom(by.as('computer'))
    .select([
      sumOf(sql`plain > 0`).as('plain'),
      sumOf(sql`plain = 0 and (drives = 0 or unknown > 0)`).as('unknown'),
      sumOf(sql`plain = 0 and drives > 0 and unknown = 0`).as('encrypted'),
    ])
    .executeTakeFirstOrThrow();
  const count = (state: string) => states.find(({ encryption }) => encryption === state)?.drives ?? 0;
  return {
    'computers.drivesEncrypted': row.encrypted,
    'computers.drivesPlain': row.plain,
    'computers.drivesUnknown': row.unknown,
    'drives.all': states.reduce((sum, one) => sum + one.drives, 0),
    'drives.encrypted': count('encrypted'),
    'drives.locked': count('locked'),
    'drives.plain': count('plain'),
    'drives.suspended': count('suspended'),
    'drives.unknown': count('unknown'),
  };
}

type PostureFigures = Pick<StateFigures, `${(typeof postureItems)[number]}.${'good' | 'bad' | 'unknown'}`>;

/** What no agent has told of yet is as unknown as what it could not tell. */
async function posture(store: Store): Promise<PostureFigures> {
  const rows = await store
    .selectFrom('computer_posture as posture')
    .innerJoin('computers', 'computers.no', 'posture.computer_no')
    .where('computers.state', '=', 'active')
    .groupBy(['item', 'posture.state'])
    .select(['item', 'posture.state', (build) => build.fn.countAll<number>().as('computers')])
    .execute();
  const { active } = await store
    .selectFrom('computers')
    .where('state', '=', 'active')
    .select((build) => build.fn.countAll<number>().as('active'))
    .executeTakeFirstOrThrow();
  const count = (item: string, state: string) =>
    rows.find((row) => row.item === item && row.state === state)?.computers ?? 0;
  const figures = postureItems.flatMap((item) => {
    const [good, bad] = [count(item, 'good'), count(item, 'bad')];
    return Object.entries({ [`${item}.good`]: good, [`${item}.bad`]: bad, [`${item}.unknown`]: active - good - bad });
  });
  return Object.fromEntries(figures) as PostureFigures;
}

async function media(store: Store) {
  const storage = sql`class in (${sql.join(storageClasses.map((name) => sql.lit(name)))})`;
  const pocket = sql`class in (${sql.join(pocketClasses.map((name) => sql.lit(name)))})`;
  const row = await store
    .selectFrom('media_register')
    .select([
      sumOf(storage).as('seen'),
      sumOf(sql`${storage} and encryption in ('encrypted', 'locked')`).as('encrypted'),
      sumOf(sql`${storage} and encryption in ('plain', 'suspended')`).as('plain'),
      sumOf(pocket).as('phones'),
      sumOf(sql`${storage} and state = 'unregistered'`).as('unregistered'),
      sumOf(sql`state = 'issued'`).as('issued'),
      sumOf(sql`state = 'lost'`).as('lost'),
      sumOf(sql`state = 'returned'`).as('returned'),
      sumOf(sql`state = 'retired'`).as('retired'),
      sumOf(sql`state = 'issued' and class is null`).as('neverSeen'),
    ])
    .executeTakeFirstOrThrow();
  return {
    'media.seen': row.seen,
    'media.encrypted': row.encrypted,
    'media.plain': row.plain,
    'media.unknown': row.seen - row.encrypted - row.plain,
    'media.phones': row.phones,
    'media.unregistered': row.unregistered,
    'media.issued': row.issued,
    'media.lost': row.lost,
    'media.returned': row.returned,
    'media.retired': row.retired,
    'media.neverSeen': row.neverSeen,
  };
}

async function software(store: Store, now: number) {
  const { count, short } = await softwareFigures(store, now);
  const row = await store
    .selectFrom('software_titles as titles')
    .leftJoin('software_standings as standings', 'standings.title_id', 'titles.id')
    .where('installs', '>', 0)
    .select([
      (build) => build.fn.countAll<number>().as('titles'),
      sql<number>`coalesce(sum(installs), 0)`.as('installs'),
      sumOf(sql`seats is not null`).as('held'),
      sql<number>`coalesce(sum(case when installs > seats then installs - seats else 0 end), 0)`.as('over'),
      sumOf(sql`licence_ends < ${dayOf(now)}`).as('ended'),
    ])
    .executeTakeFirstOrThrow();
  return {
    'software.titles': row.titles,
    'software.installs': row.installs,
    'software.approved': count('approved'),
    'software.tolerated': count('tolerated'),
    'software.toleranceOver': count('tolerance-over'),
    'software.disallowed': count('disallowed'),
    'software.undecided': count('undecided'),
    'software.unsupported': count('unsupported'),
    'software.build': count('build'),
    'licences.held': row.held,
    'licences.short': short,
    'licences.over': row.over,
    'licences.ended': row.ended,
  };
}

async function accounts(store: Store, now: number) {
  const last = await lastReviews(store);
  const inUse = await store
    .selectFrom('accounts')
    .where('disabled_at', 'is', null)
    .select(['id', 'created_at', 'last_sign_in_at'])
    .execute();
  return {
    'accounts.inUse': inUse.length,
    'accounts.overdue': inUse.filter((row) => reviewStanding(row, last.get(row.id), now).overdue).length,
    'accounts.neverUsed': inUse.filter((row) => row.last_sign_in_at === null).length,
  };
}

async function decisions(store: Store, now: number) {
  const requests = await store
    .selectFrom('approval_requests')
    .select([
      sumOf(sql`state = 'waiting'`).as('waiting'),
      sumOf(sql`state = 'granted' and from_at <= ${now} and to_at > ${now}`).as('inForce'),
    ])
    .executeTakeFirstOrThrow();
  const alerts = await store
    .selectFrom('alerts')
    .where('state', '!=', 'closed')
    .select([
      (build) => build.fn.countAll<number>().as('open'),
      sumOf(sql`severity in ('high', 'critical')`).as('grave'),
    ])
    .executeTakeFirstOrThrow();
  return {
    'approvals.inForce': requests.inForce,
    'approvals.waiting': requests.waiting,
    'alerts.open': alerts.open,
    'alerts.openGrave': alerts.grave,
  };
}

/** On how many computers a part of the watching is how. */
export interface AreaCount {
  watcher: Coverage['watcher'];
  area: string;
  state: Coverage['state'];
  computers: number;
  /** What escapes it, as the agents say; each sentence once. */
  limits: string[];
}

/** What the agents in use say that they see and can stop, counted over computers. */
export async function coverageCounts(store: Store): Promise<AreaCount[]> {
  const rows = await store
    .selectFrom('computers')
    .where('state', '=', 'active')
    .where('coverage', 'is not', null)
    .select('coverage')
    .execute();
  const counts = new Map<string, AreaCount>();
  // Checked against its schema when the agent sent it.
  for (const { watcher, area, state, limits } of rows.flatMap(
    ({ coverage }) => JSON.parse(coverage ?? '[]') as Coverage[],
  )) {
    const key = JSON.stringify([watcher, area, state]);
    const known = counts.get(key) ?? { watcher, area, state, computers: 0, limits: [] };
    counts.set(key, {
      ...known,
      computers: known.computers + 1,
      limits: [...new Set([...known.limits, ...limits])].slice(0, mostLimits),
    });
  }
  return [...counts.values()].toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
}

const mostLimits = 8;
const keyOf = ({ watcher, area, state }: AreaCount) => `${watcher} ${area} ${state}`;
