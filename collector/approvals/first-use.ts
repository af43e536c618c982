import { type SqlBool, sql } from 'kysely';
import type { ApprovalRequestsTable, Store } from '../store/tables.ts';
import { type Requested, requestedIn } from './requests.ts';

/** When computers first recorded what a request is about, by their own clocks. */
export interface FirstUse {
  /** Milliseconds since 1970; null: not yet, as far as computers have reported. */
  at: number | null;
  /** What counts as the first use, in words: `the first file written to it`. */
  what: string;
}

/** Undefined where it cannot be told: the request names no one thing that computers report. */
export async function firstUse(
  store: Store,
  row: Pick<ApprovalRequestsTable, 'kind' | 'document' | 'requested_at'>,
): Promise<FirstUse | undefined> {
  const requested = requestedIn(row);
  switch (row.kind) {
    case 'media-issue':
      return firstConnected(store, requested);
    case 'bulk-transfer':
      return firstWritten(store, requested, row.requested_at);
    case 'software':
      return firstInstalled(store, requested);
    case 'local-data':
      return firstAlert(store, requested, row.requested_at, ['document.saved', 'document.inspected']);
    case 'encryption-exception':
      return firstAlert(store, requested, row.requested_at, ['drive.encryption-changed', 'media.mounted']);
  }
}

async function firstConnected(store: Store, { device, computerId }: Requested): Promise<FirstUse | undefined> {
  const { serial, vendorId, productId } = device ?? {};
  if (typeof serial !== 'string') return undefined;
  let query = store
    .selectFrom('seen_device_places')
    .innerJoin('seen_devices', 'seen_devices.id', 'seen_device_places.device_id')
    .innerJoin('computers', 'computers.no', 'seen_device_places.computer_no')
    .where(sql<SqlBool>`lower(seen_devices.serial) = ${serial.toLowerCase()}`)
    .where('seen_devices.serial_trust', '=', 'device')
    .select(({ fn }) => fn.min('seen_device_places.first_at').as('at'));
  if (typeof vendorId === 'string') query = query.where('seen_devices.vendor_id', '=', vendorId);
  if (typeof productId === 'string') query = query.where('seen_devices.product_id', '=', productId);
  if (computerId !== undefined) query = query.where('computers.id', '=', computerId);
  const found = await query.executeTakeFirst();
  return { at: found?.at ?? null, what: 'the first time it was connected' };
}

/** A medium may have been in use for years; only what was written about the time of the request is this transfer. */
const beforeRequest = 7 * 24 * 60 * 60 * 1000;

async function firstWritten(store: Store, { device }: Requested, requestedAt: number): Promise<FirstUse | undefined> {
  if (typeof device?.serial !== 'string') return undefined;
  const found = await store
    .selectFrom('events')
    .select('at')
    .where('kind', '=', 'media.file-written')
    .where('at', '>=', requestedAt - beforeRequest)
    .where(sql<SqlBool>`lower(json_extract(line, '$.data.device.serial')) = ${device.serial.toLowerCase()}`)
    .orderBy('at')
    .limit(1)
    .executeTakeFirst();
  return { at: found?.at ?? null, what: 'the first file written to it since a week before the request' };
}

async function firstInstalled(store: Store, { what = '', computerId }: Requested): Promise<FirstUse | undefined> {
  let query = store
    .selectFrom('software_installs')
    .innerJoin('software_titles', 'software_titles.id', 'software_installs.title_id')
    .innerJoin('computers', 'computers.no', 'software_installs.computer_no')
    .where(sql<SqlBool>`lower(software_titles.name) = ${what.toLowerCase()}`)
    .select(({ fn }) => fn.min('software_installs.since').as('at'));
  if (computerId !== undefined) query = query.where('computers.id', '=', computerId);
  const found = await query.executeTakeFirst();
  return { at: found?.at ?? null, what: 'the first time a title of this name was installed' };
}

const alertsBefore = 90 * 24 * 60 * 60 * 1000;

async function firstAlert(
  store: Store,
  { computerId }: Requested,
  requestedAt: number,
  kinds: readonly string[],
): Promise<FirstUse | undefined> {
  if (computerId === undefined) return undefined;
  const found = await store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .where('computers.id', '=', computerId)
    .where('alerts.kind', 'in', [...kinds])
    .where('alerts.first_at', '>=', requestedAt - alertsBefore)
    .select(({ fn }) => fn.min('alerts.first_at').as('at'))
    .executeTakeFirst();
  return { at: found?.at ?? null, what: 'the first alert about it on that computer in the 90 days before the request' };
}

export type InAdvance = 'yes' | 'no' | 'not-used-yet' | 'cannot-be-told';

/** Whether a decision came before the first use. Pure. @param decidedAt now, while it waits */
export function inAdvance(use: FirstUse | undefined, decidedAt: number): InAdvance {
  if (!use) return 'cannot-be-told';
  if (use.at === null) return 'not-used-yet';
  return decidedAt <= use.at ? 'yes' : 'no';
}
