import { type Expression, type SqlBool, sql } from 'kysely';
import type { SoftwareStandingsTable } from '../store/register-tables.ts';
import type { Store } from '../store/tables.ts';
import { containing } from './containing.ts';

/** How a title stands, worked out from what was decided about it and how its installs were judged. */
export const titleStates = [
  'disallowed',
  'tolerance-over',
  'undecided',
  'unsupported',
  'tolerated',
  'approved',
  'build',
] as const;
export type TitleState = (typeof titleStates)[number];

/** What the register of software is narrowed to. An absent part narrows nothing. */
export interface SoftwareFilter {
  /** Part of name or publisher, in any case. */
  search?: string | undefined;
  state?: TitleState | undefined;
  source?: string | undefined;
  licence?: 'short' | 'held' | 'none' | undefined;
  /** Titles that are on no computer any more are left out unless this asks for them alone. */
  gone?: boolean | undefined;
}

const columns = {
  name: sql`lower(name)`,
  publisher: sql`lower(publisher)`,
  installs: sql`installs`,
  first: sql`first_at`,
  state: sql`state_rank`,
} as const;
export type SoftwareSort = keyof typeof columns;

export interface TitleRow {
  id: string;
  source: string;
  name: string;
  publisher: string | null;
  first_at: number;
  installs: number;
  state: TitleState;
  tolerated_until: number | null;
  unsupported_since: string | null;
  licence: string | null;
  seats: number | null;
  licence_ends: string | null;
}

/** A decision comes before what the policy's list said; a tolerance that is over is as if there were none. */
function stateAt(now: number) {
  const today = new Date(now).toISOString().slice(0, 10);
  return sql<TitleState>`case
    when standing = 'disallowed' then 'disallowed'
    when standing = 'tolerated' and tolerated_until <= ${now} then 'tolerance-over'
    when unsupported_since <= ${today} then 'unsupported'
    when standing = 'tolerated' then 'tolerated'
    when standing = 'approved' then 'approved'
    when unapproved = 1 then 'undecided'
    else 'build' end`;
}

function register(store: Store, now: number) {
  return store
    .selectFrom('software_titles as titles')
    .leftJoin('software_standings as standings', 'standings.title_id', 'titles.id')
    .selectAll('titles')
    .select(['tolerated_until', 'unsupported_since', 'licence', 'seats', 'licence_ends', stateAt(now).as('state')]);
}

function ranked(store: Store, now: number) {
  const ranks = titleStates.map((state, rank) => sql`when ${sql.lit(state)} then ${sql.lit(rank)}`);
  return store
    .selectFrom(register(store, now).as('titles'))
    .selectAll()
    .select(sql<number>`case state ${sql.join(ranks, sql` `)} end`.as('state_rank'));
}

/** @param now for tolerances and support @param page from 1 */
export async function listSoftware(
  store: Store,
  filter: SoftwareFilter,
  now: number,
  { column, direction, page, size }: { column: SoftwareSort; direction: 'asc' | 'desc'; page: number; size: number },
): Promise<{ rows: TitleRow[]; total: number }> {
  const narrowed = store.selectFrom(ranked(store, now).as('register')).where((build) => build.and(conditions(filter)));
  const { total } = await narrowed.select((build) => build.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await narrowed
    .selectAll()
    .orderBy(columns[column], (order) => (direction === 'asc' ? order.asc() : order.desc()).nullsLast())
    .orderBy(sql`lower(name)`)
    .orderBy('id')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { rows, total };
}

function conditions({ search, state, source, licence, gone }: SoftwareFilter): Expression<SqlBool>[] {
  const wanted: Expression<SqlBool>[] = [gone ? sql<SqlBool>`installs = 0` : sql<SqlBool>`installs > 0`];
  if (search) wanted.push(sql<SqlBool>`(${containing('name', search)} or ${containing('publisher', search)})`);
  if (state) wanted.push(sql<SqlBool>`state = ${state}`);
  if (source) wanted.push(sql<SqlBool>`source = ${source}`);
  if (licence === 'short') wanted.push(sql<SqlBool>`installs > seats`);
  if (licence === 'held') wanted.push(sql<SqlBool>`licence is not null`);
  if (licence === 'none') wanted.push(sql<SqlBool>`licence is null`);
  return wanted;
}

/** Installed titles by how they stand, and how many have too few seats. */
export async function softwareFigures(store: Store, now: number) {
  const rows = await store
    .selectFrom(register(store, now).as('titles'))
    .where('installs', '>', 0)
    .groupBy('state')
    .select([
      'state',
      (build) => build.fn.countAll<number>().as('titles'),
      sql<number>`sum(case when installs > seats then 1 else 0 end)`.as('short'),
    ])
    .execute();
  const count = (state: TitleState) => rows.find((row) => row.state === state)?.titles ?? 0;
  return { count, short: rows.reduce((sum, row) => sum + row.short, 0) };
}

/** Different versions of each of these titles. */
export async function versionCounts(store: Store, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await store
    .selectFrom('software_installs')
    .where('title_id', 'in', ids)
    .groupBy('title_id')
    .select(['title_id', (build) => build.fn.count<number>('version').distinct().as('versions')])
    .execute();
  return new Map(rows.map((row) => [row.title_id, row.versions]));
}

export interface Title extends TitleRow {
  standing: SoftwareStandingsTable['standing'];
  note: string | null;
  first_hostname: string | null;
}

export async function titleById(store: Store, id: string, now: number): Promise<Title | undefined> {
  return store
    .selectFrom(register(store, now).as('titles'))
    .leftJoin('software_standings', 'software_standings.title_id', 'titles.id')
    .leftJoin('computers', 'computers.no', 'titles.first_computer_no')
    .where('titles.id', '=', id)
    .selectAll('titles')
    .select(['software_standings.standing', 'software_standings.note', 'computers.hostname as first_hostname'])
    .executeTakeFirst();
}

/** How many computers have each version, the most common first. */
export async function versionsOf(store: Store, titleId: string): Promise<{ version: string; computers: number }[]> {
  return store
    .selectFrom('software_installs')
    .where('title_id', '=', titleId)
    .groupBy('version')
    .select(['version', (build) => build.fn.countAll<number>().as('computers')])
    .orderBy('computers', 'desc')
    .orderBy('version')
    .limit(50)
    .execute();
}

/** The computers that have a title, by host name; at most 500. */
export async function installsOf(store: Store, titleId: string) {
  return store
    .selectFrom('software_installs')
    .innerJoin('computers', 'computers.no', 'software_installs.computer_no')
    .where('title_id', '=', titleId)
    .select(['computers.id', 'computers.hostname', 'version', 'approval', 'since'])
    .orderBy('computers.hostname')
    .limit(500)
    .execute();
}

/** On how many computers the agent says that a title is not approved. */
export async function reportedUnapproved(store: Store, titleId: string): Promise<number> {
  const { computers } = await store
    .selectFrom('software_installs')
    .where('title_id', '=', titleId)
    .where('approval', '=', 'unapproved')
    .select((build) => build.fn.countAll<number>().as('computers'))
    .executeTakeFirstOrThrow();
  return computers;
}

/** What a computer has, those nobody approved first; at most 3000. */
export async function softwareOn(store: Store, computerNo: number) {
  return store
    .selectFrom('software_installs')
    .innerJoin('software_titles', 'software_titles.id', 'software_installs.title_id')
    .where('computer_no', '=', computerNo)
    .select(['software_titles.id', 'name', 'publisher', 'source', 'version', 'approval', 'since'])
    .orderBy(sql`case approval when 'unapproved' then 0 when 'approved' then 1 else 2 end`)
    .orderBy('name')
    .limit(3000)
    .execute();
}
