import { type Expression, type SqlBool, sql } from 'kysely';
import { InvalidError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { NetworkNamesTable } from '../store/register-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';
import type { Changed } from './asset-details.ts';
import { shortName } from './computers.ts';
import { containing } from './containing.ts';
import { readCsv } from './csv.ts';

/*
 * Computers that somebody else's list names: the directory, the DHCP server. Beside the agents it shows what is on the
 * network without one (CCG 14: only the organisation's own assets or an approved list).
 */
export const networkStatuses = ['unknown', 'expected', 'approved'] as const;
export type NetworkStatus = (typeof networkStatuses)[number];
export const networkColumns = ['name', 'mac', 'address'] as const;

export interface ListedName {
  name: string;
  mac: string | null;
  address: string | null;
}

/** Reads a directory's or DHCP server's list. Pure. @throws InvalidError naming every line with a fault */
export function readNetworkList(text: string): ListedName[] {
  const faults: string[] = [];
  const names = new Map<string, ListedName>();
  for (const { line, values } of readCsv(text, networkColumns, ['name'])) {
    const name = cleanText(values.name ?? '');
    const mac = values.mac === undefined ? null : macOf(values.mac);
    if (name === '') faults.push(`Line ${line}: there is no name.`);
    else if (mac === undefined) faults.push(`Line ${line}: the hardware address has not twelve hexadecimal digits.`);
    else names.set(shortName(name), { name, mac, address: values.address ? cleanText(values.address, 64) : null });
  }
  if (faults.length > 0) throw new InvalidError(['Nothing was imported.', ...faults.slice(0, 50)].join('\n'));
  return [...names.values()];
}

/** `AA-BB-CC-DD-EE-FF`, `aabb.ccdd.eeff` and the like as `aa:bb:cc:dd:ee:ff`; undefined for what is none. */
function macOf(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  return digits.length === 12 ? (digits.match(/../g) ?? []).join(':') : undefined;
}

/** Adds the names of a list; those known keep their status and note. @returns how many were new */
export async function importNetworkList(
  store: Store,
  text: string,
  source: string,
  { accountId, now }: Changed,
): Promise<{ names: number; added: number }> {
  const listed = readNetworkList(text);
  return store.transaction().execute(async (tx) => {
    let added = 0;
    for (const one of listed) if (await addName(tx, one, cleanText(source), now)) added += 1;
    const detail = `${listed.length} names from ${source}`;
    await recordAudit(tx, { at: now, accountId, action: 'network.imported', detail });
    return { names: listed.length, added };
  });
}

async function addName(tx: StoreTransaction, { name, mac, address }: ListedName, source: string, now: number) {
  const seen = { name, mac, address, source, last_at: now };
  const { numUpdatedRows } = await tx
    .updateTable('network_names')
    .set(seen)
    .where('short_name', '=', shortName(name))
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return false;
  await tx
    .insertInto('network_names')
    .values({ ...seen, id: uuidv7(now), short_name: shortName(name), status: 'unknown', note: null, first_at: now })
    .execute();
  return true;
}

/** @returns false when there is no such name */
export async function setNetworkStatus(
  tx: StoreTransaction,
  id: string,
  { status, note }: { status: NetworkStatus; note: string },
  { accountId, now }: Changed,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('network_names')
    .set({ status, note: cleanText(note) || null })
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await recordAudit(tx, { at: now, accountId, action: 'network.changed', object: id, detail: status });
  return true;
}

export interface NetworkFilter {
  search?: string | undefined;
  /** `agent`: has one; `no-agent`: has none. */
  status?: NetworkStatus | 'agent' | 'no-agent' | undefined;
}
export interface NetworkRow extends NetworkNamesTable {
  computer_id: string | null;
}

const searched = ['name', 'address', 'mac'] as const;
const columns = { name: sql`short_name`, status: sql`status`, last: sql`last_at` } as const;
export type NetworkSort = keyof typeof columns;

/** Names with the computer of the register that is called so. */
function names(store: Store) {
  const agents = store
    .selectFrom('computers')
    .where('state', '=', 'active')
    .groupBy('short_name')
    .select(['short_name', (build) => build.fn.max('id').as('computer_id')]);
  return store
    .selectFrom('network_names')
    .leftJoin(agents.as('agent'), 'agent.short_name', 'network_names.short_name')
    .selectAll('network_names')
    .select('agent.computer_id');
}

export async function listNetwork(
  store: Store,
  { search, status }: NetworkFilter,
  { column, direction, page, size }: { column: NetworkSort; direction: 'asc' | 'desc'; page: number; size: number },
): Promise<{ rows: NetworkRow[]; total: number }> {
  const narrowed = store.selectFrom(names(store).as('list')).where((build) => {
    const wanted: Expression<SqlBool>[] = [];
    if (search) wanted.push(build.or(searched.map((place) => containing(place, search))));
    if (status === 'agent') wanted.push(build('computer_id', 'is not', null));
    else if (status !== undefined) wanted.push(build('computer_id', 'is', null));
    if (status !== undefined && status !== 'agent' && status !== 'no-agent') wanted.push(build('status', '=', status));
    return build.and(wanted);
  });
  const { total } = await narrowed.select((build) => build.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await narrowed
    .selectAll()
    .orderBy(columns[column], direction)
    .orderBy('id')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { rows, total };
}

/** Names without an agent, by status. */
export async function networkFigures(store: Store): Promise<Map<NetworkStatus, number>> {
  const rows = await store
    .selectFrom(names(store).as('list'))
    .where('computer_id', 'is', null)
    .groupBy('status')
    .select(['status', (build) => build.fn.countAll<number>().as('names')])
    .execute();
  return new Map(rows.map((row) => [row.status, row.names]));
}
