import type { EncryptionMethod, EncryptionState } from '#shared/device/facts.ts';
import type { EventData, PortcullisEvent } from '#shared/events/kinds.ts';
import type { Band } from '#shared/identifiers/inspection.ts';
import { detailsOf } from '../register/asset-details.ts';
import { computerById, devicesOf, drivesOf, usersOf } from '../register/computer.ts';
import { type MediaRow, mediaLine, placesOf } from '../register/media-register.ts';
import type { Store } from '../store/tables.ts';

/**
 * What was known of a computer or medium at one moment. It is written into the incident and never again read from the
 * registers: events that come later do not change it. Times are milliseconds since 1970.
 */
export interface LastKnownState {
  at: number;
  computer?: FrozenComputer;
  medium?: FrozenMedium;
}

interface FrozenComputer {
  id: string;
  hostname: string;
  make: string;
  serial: string | null;
  os: string | null;
  owner: string;
  assetOwner: string;
  location: string;
  lastSeenAt: number | null;
  agentVersion: string | null;
  policyVersion: number | null;
  /** Where its evidence stood; `head` is the link in hexadecimal. */
  events: { seq: number; head: string };
  drives: { name: string; use: string; encryption: EncryptionState; method: EncryptionMethod | null; since: number }[];
  users: { user: string; lastAt: number }[];
  media: { name: string; encryption: string | null; lastAt: number }[];
  documents: FrozenDocuments | null;
}

/** The documents on its drives, by the last time they were gone through. */
interface FrozenDocuments {
  at: number;
  files: number;
  isComplete: boolean;
  places: { place: string; bands: Partial<Record<Band, number>>; notInspected: number }[];
}

interface FrozenMedium {
  id: string;
  name: string;
  serial: string | null;
  label: string | null;
  holder: string | null;
  register: string;
  encryption: string | null;
  lastSeenAt: number | null;
  lastUser: string | null;
  filesWritten: number;
  places: { hostname: string; user: string | null; lastAt: number; times: number }[];
}

/** Reads it all in the transaction that opens the incident, so that it is one moment. */
export async function lastKnownState(
  store: Store,
  { computerId, mediumLine }: { computerId?: string | undefined; mediumLine?: string | undefined },
  now: number,
): Promise<LastKnownState> {
  const computer = computerId === undefined ? undefined : await frozenComputer(store, computerId);
  const row = mediumLine === undefined ? undefined : await mediaLine(store, mediumLine);
  const medium = row && (await frozenMedium(store, row));
  return { at: now, ...(computer && { computer }), ...(medium && { medium }) };
}

async function frozenComputer(store: Store, id: string): Promise<FrozenComputer | undefined> {
  const computer = await computerById(store, id);
  if (!computer) return undefined;
  const { no } = computer;
  const details = await detailsOf(store, no);
  const { head_link } = await store
    .selectFrom('computers')
    .select('head_link')
    .where('no', '=', no)
    .executeTakeFirstOrThrow();
  return {
    id,
    hostname: computer.hostname,
    make: [computer.inventory?.manufacturer, computer.inventory?.model].filter(Boolean).join(' '),
    serial: computer.inventory?.serial ?? null,
    os: computer.os,
    owner: details.owner,
    assetOwner: details.iao,
    location: details.location,
    lastSeenAt: computer.lastSeenAt,
    agentVersion: computer.agentVersion,
    policyVersion: computer.policyVersion,
    events: { seq: computer.headSeq, head: head_link.toString('hex') },
    drives: (await drivesOf(store, no)).map(({ facts, at }) => ({
      name: facts.name,
      use: facts.use,
      encryption: facts.encryption,
      method: facts.method ?? null,
      since: at,
    })),
    users: (await usersOf(store, no)).map(({ user, last }) => ({ user, lastAt: last })),
    media: (await devicesOf(store, no)).map((device) => ({
      name: [device.vendor, device.product].filter(Boolean).join(' ') || device.class,
      encryption: device.encryption,
      lastAt: device.last_at,
    })),
    documents: await frozenDocuments(store, no),
  };
}

async function frozenDocuments(store: Store, computerNo: number): Promise<FrozenDocuments | null> {
  const row = await store
    .selectFrom('events')
    .select(['at', 'line'])
    .where('computer_no', '=', computerNo)
    .where('kind', '=', 'documents.swept')
    .where('line', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row?.line) return null;
  // Checked against its schema before it was stored.
  const { files, isComplete, places } = (JSON.parse(row.line) as PortcullisEvent).data as EventData<'documents.swept'>;
  return { at: row.at, files, isComplete, places };
}

async function frozenMedium(store: Store, row: MediaRow): Promise<FrozenMedium> {
  return {
    id: row.id,
    name: [row.vendor, row.product].filter(Boolean).join(' ') || (row.label ?? row.class ?? 'A medium'),
    serial: row.serial,
    label: row.label,
    holder: row.holder,
    register: row.state,
    encryption: row.encryption,
    lastSeenAt: row.last_at,
    lastUser: row.last_user,
    filesWritten: row.files_written,
    places: (await placesOf(store, row.id)).map((place) => ({
      hostname: place.hostname,
      user: place.last_user,
      lastAt: place.last_at,
      times: place.times,
    })),
  };
}

export function frozenIn({ frozen }: { frozen: string | null }): LastKnownState | undefined {
  return frozen === null ? undefined : (JSON.parse(frozen) as LastKnownState);
}
