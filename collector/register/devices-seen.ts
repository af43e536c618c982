import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { type DeviceFacts, deviceKey, type EncryptionState, type VolumeFacts } from '#shared/device/facts.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { rowsWriter, times } from '../store/many-rows.ts';
import type { SeenDevicePlacesTable, SeenDevicesTable } from '../store/register-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

/** What a run of events tells of one physical device. Times are milliseconds, by the computer's clock. */
export interface DeviceSeen {
  id: string;
  device: DeviceFacts;
  /** The worst state of its volumes; null when none was told. */
  encryption: EncryptionState | null;
  firstAt: number;
  lastAt: number;
  user: string | null;
  /** How often it was connected. */
  times: number;
  filesWritten: number;
}

/** Pure: the devices in a run of one computer's events. */
export function devicesIn(events: readonly PortcullisEvent[], computerNo: number): DeviceSeen[] {
  const seen = new Map<string, DeviceSeen>();
  for (const event of events) {
    if (!event.kind.startsWith('media.') || !('device' in event.data) || event.data.device === undefined) continue;
    const { device } = event.data;
    const id = deviceId(device, computerNo);
    const at = Date.parse(event.at);
    const known = seen.get(id);
    seen.set(id, {
      id,
      device,
      encryption: encryptionIn(event) ?? known?.encryption ?? null,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
      user: event.actor?.user ?? known?.user ?? null,
      times: (known?.times ?? 0) + (event.kind === 'media.attached' ? 1 : 0),
      filesWritten: (known?.filesWritten ?? 0) + (event.kind === 'media.file-written' ? 1 : 0),
    });
  }
  return [...seen.values()];
}

/** A device without a serial number of its own is known by its place, which is one on this computer only. */
export function deviceId(device: DeviceFacts, computerNo: number): string {
  const own = device.serialTrust === 'device' && device.serial !== undefined;
  return hash('sha256', own ? deviceKey(device) : `${deviceKey(device)} at ${computerNo}`, 'base64url').slice(0, 22);
}

function encryptionIn(event: PortcullisEvent): EncryptionState | undefined {
  if (event.kind === 'media.mounted') return event.data.volume.encryption;
  if (event.kind !== 'media.attached' && event.kind !== 'media.changed') return undefined;
  return worst(event.data.volumes);
}

const worstFirst = ['plain', 'suspended', 'unknown', 'locked', 'encrypted'] as const;

function worst(volumes: readonly VolumeFacts[]): EncryptionState | undefined {
  return worstFirst.find((state) => volumes.some((volume) => volume.encryption === state));
}

/** Makes the function that adds what batches told to the register. */
export function deviceSaver(store: Store) {
  const saveDevices = rowsWriter((rows) => compileDevices(store, rows));
  const savePlaces = rowsWriter((rows) => compilePlaces(store, rows));
  return async (
    tx: StoreTransaction,
    told: readonly { computerNo: number; devices: readonly DeviceSeen[] }[],
  ): Promise<void> => {
    const rows = (rowOf: (seen: DeviceSeen, computerNo: number) => object) =>
      told.flatMap(({ computerNo, devices }) => devices.map((seen) => Object.values(rowOf(seen, computerNo))));
    await saveDevices(tx, rows(deviceRow));
    await savePlaces(tx, rows(placeRow));
  };
}

function deviceRow({ device, ...seen }: DeviceSeen, computerNo: number): SeenDevicesTable {
  return {
    id: seen.id,
    class: device.class,
    vendor_id: device.vendorId ?? null,
    product_id: device.productId ?? null,
    vendor: device.vendor ?? null,
    product: device.product ?? null,
    serial: device.serial ?? null,
    serial_trust: device.serialTrust,
    size_bytes: device.sizeBytes ?? null,
    encryption: seen.encryption,
    first_at: seen.firstAt,
    first_computer_no: computerNo,
    last_at: seen.lastAt,
    last_computer_no: computerNo,
    last_user: seen.user,
    times: seen.times,
    files_written: seen.filesWritten,
  };
}

function placeRow(seen: DeviceSeen, computerNo: number): SeenDevicePlacesTable {
  return {
    device_id: seen.id,
    computer_no: computerNo,
    first_at: seen.firstAt,
    last_at: seen.lastAt,
    times: seen.times,
    last_user: seen.user,
  };
}

const nobody = { id: '', firstAt: 0, lastAt: 0, user: null, times: 0, filesWritten: 0, encryption: null } as const;
const nothing: DeviceFacts = { class: 'other', bus: 'unknown', serialTrust: 'blank', interfaces: [] };
const blank: DeviceSeen = { ...nobody, device: nothing };

/** Computers report late and out of turn: what is newer wins, whoever comes last. */
function compileDevices(store: Store, rows: number) {
  const newer = (column: keyof SeenDevicesTable) =>
    sql<never>`case when excluded.last_at >= seen_devices.last_at
      then coalesce(excluded.${sql.ref(column)}, seen_devices.${sql.ref(column)}) else seen_devices.${sql.ref(column)} end`;
  const earlier = (column: keyof SeenDevicesTable) =>
    sql<never>`case when excluded.first_at < seen_devices.first_at
      then excluded.${sql.ref(column)} else seen_devices.${sql.ref(column)} end`;
  return store
    .insertInto('seen_devices')
    .values(times(rows, deviceRow(blank, 0)))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        vendor: newer('vendor'),
        product: newer('product'),
        size_bytes: newer('size_bytes'),
        encryption: newer('encryption'),
        last_computer_no: newer('last_computer_no'),
        last_user: newer('last_user'),
        last_at: newer('last_at'),
        first_computer_no: earlier('first_computer_no'),
        first_at: earlier('first_at'),
        times: sql<never>`seen_devices.times + excluded.times`,
        files_written: sql<never>`seen_devices.files_written + excluded.files_written`,
      }),
    )
    .compile();
}

/** One computer's events come in their order. */
function compilePlaces(store: Store, rows: number) {
  return store
    .insertInto('seen_device_places')
    .values(times(rows, placeRow(blank, 0)))
    .onConflict((conflict) =>
      conflict.columns(['device_id', 'computer_no']).doUpdateSet({
        last_at: sql<never>`excluded.last_at`,
        last_user: sql<never>`coalesce(excluded.last_user, seen_device_places.last_user)`,
        times: sql<never>`seen_device_places.times + excluded.times`,
      }),
    )
    .compile();
}

/** Forgets who had devices last that were seen last before a moment, save who is held. The devices stay. */
export async function forgetLastUsers(
  tx: StoreTransaction,
  before: number,
  isHeld: (user: string) => boolean,
): Promise<{ removed: number; held: number }> {
  const sum = { removed: 0, held: 0 };
  for (const table of ['seen_devices', 'seen_device_places'] as const) {
    const due = await tx
      .selectFrom(table)
      .select('last_user as user')
      .distinct()
      .where('last_at', '<', before)
      .where('last_user', 'is not', null)
      .execute();
    for (const { user } of due) {
      if (user === null) continue;
      if (isHeld(user)) sum.held += 1;
      else {
        await tx
          .updateTable(table)
          .set({ last_user: null })
          .where('last_user', '=', user)
          .where('last_at', '<', before)
          .execute();
        sum.removed += 1;
      }
    }
  }
  return sum;
}
