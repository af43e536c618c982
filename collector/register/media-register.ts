import { type Expression, type SqlBool, sql } from 'kysely';
import type { MediaRegisterView } from '../store/register-tables.ts';
import type { Store } from '../store/tables.ts';
import { containing } from './containing.ts';

/** What the register of media is narrowed to. An absent part narrows nothing. */
export interface MediaFilter {
  /** Part of make, model, serial number, label, holder or account name, in any case. */
  search?: string | undefined;
  class?: string | undefined;
  state?: MediaRegisterView['state'] | undefined;
  encryption?: string | undefined;
  /** Connected within this many days, or not; or never seen at all. */
  seen?: 'week' | 'month' | 'longer' | 'never' | undefined;
}

const columns = {
  thing: sql`lower(coalesce(vendor, '') || ' ' || coalesce(product, '') || ' ' || coalesce(label, ''))`,
  serial: sql`lower(serial)`,
  state: sql`state`,
  holder: sql`lower(holder)`,
  first: sql`first_at`,
  last: sql`last_at`,
  times: sql`times`,
} as const;
export type MediaSort = keyof typeof columns;

export interface MediaRow extends MediaRegisterView {
  last_hostname: string | null;
  last_computer_id: string | null;
  first_hostname: string | null;
  first_computer_id: string | null;
}

function register(store: Store) {
  return store
    .selectFrom('media_register')
    .leftJoin('computers as last', 'last.no', 'media_register.last_computer_no')
    .leftJoin('computers as first', 'first.no', 'media_register.first_computer_no')
    .selectAll('media_register')
    .select([
      'last.hostname as last_hostname',
      'last.id as last_computer_id',
      'first.hostname as first_hostname',
      'first.id as first_computer_id',
    ]);
}

/** Devices that were seen and media that were issued, one line each. @param now for `seen` @param page from 1 */
export async function listMediaRegister(
  store: Store,
  filter: MediaFilter,
  now: number,
  { column, direction, page, size }: { column: MediaSort; direction: 'asc' | 'desc'; page: number; size: number },
): Promise<{ rows: MediaRow[]; total: number }> {
  const narrow = (build: { and(parts: Expression<SqlBool>[]): Expression<SqlBool> }) =>
    build.and(conditions(filter, now));
  const { total } = await store
    .selectFrom('media_register')
    .where(narrow)
    .select((build) => build.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await store
    .selectFrom(register(store).as('list'))
    .where(narrow)
    .selectAll()
    .orderBy(columns[column], (order) => (direction === 'asc' ? order.asc() : order.desc()).nullsLast())
    .orderBy('id')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { rows, total };
}

const day = 24 * 3_600_000;

function conditions(filter: MediaFilter, now: number): Expression<SqlBool>[] {
  const { search, state, encryption, seen } = filter;
  const wanted: Expression<SqlBool>[] = [];
  if (search) {
    const places = ['vendor', 'product', 'serial', 'label', 'holder', 'last_user'].map((place) =>
      containing(place, search),
    );
    wanted.push(sql<SqlBool>`(${sql.join(places, sql` or `)})`);
  }
  if (filter.class) wanted.push(sql<SqlBool>`class = ${filter.class}`);
  if (state) wanted.push(sql<SqlBool>`state = ${state}`);
  if (encryption === 'none') wanted.push(sql<SqlBool>`encryption is null`);
  else if (encryption) wanted.push(sql<SqlBool>`encryption = ${encryption}`);
  if (seen === 'week') wanted.push(sql<SqlBool>`last_at > ${now - 7 * day}`);
  if (seen === 'month') wanted.push(sql<SqlBool>`last_at > ${now - 30 * day}`);
  if (seen === 'longer') wanted.push(sql<SqlBool>`last_at <= ${now - 30 * day}`);
  if (seen === 'never') wanted.push(sql<SqlBool>`last_at is null`);
  return wanted;
}

/** Lines by state of the register. */
export async function mediaFigures(store: Store): Promise<Map<MediaRegisterView['state'], number>> {
  const rows = await store
    .selectFrom('media_register')
    .groupBy('state')
    .select(['state', (build) => build.fn.countAll<number>().as('media')])
    .execute();
  return new Map(rows.map((row) => [row.state, row.media]));
}

/** @param id of a line: of the seen device, or of a medium never seen */
export async function mediaLine(store: Store, id: string): Promise<MediaRow | undefined> {
  return store.selectFrom(register(store).as('list')).selectAll().where('id', '=', id).executeTakeFirst();
}

/** Where a device was connected, the last place first. */
export async function placesOf(store: Store, deviceId: string) {
  return store
    .selectFrom('seen_device_places as places')
    .innerJoin('computers', 'computers.no', 'places.computer_no')
    .where('places.device_id', '=', deviceId)
    .select([
      'computers.id',
      'computers.hostname',
      'places.first_at',
      'places.last_at',
      'places.times',
      'places.last_user',
    ])
    .orderBy('places.last_at', 'desc')
    .limit(100)
    .execute();
}
