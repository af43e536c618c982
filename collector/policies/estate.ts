import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import type { EventOf } from '#shared/events/kinds.ts';
import type { Store } from '../store/tables.ts';
import { factsText, parsedFacts } from './facts-text.ts';

/** Events of each kind that are looked at: by a day's work of some hundred computers, more than a fortnight. */
const mostEvents = 20_000;

interface Seen {
  computerNo: number;
  seq: number;
  at: number;
  /** The part of the line that tells the device. */
  facts: string;
}

/**
 * Devices that are connected in the estate, as far as the newest events tell: what was attached to a computer and not
 * removed from it since. One entry for each device on each computer. Never reads more than a fixed number of events,
 * by the index of kinds.
 */
export async function connectedDevices(store: Store, limit = mostEvents): Promise<DeviceFacts[]> {
  const attached = await newest(store, 'media.attached', limit);
  const removed = await newest(store, 'media.removed', limit);
  const active = await activeComputers(store);
  const device = rememberingDevices();
  // What was attached before the removals that are known begin may have been removed unseen.
  const horizon = removed.length < limit ? Number.NEGATIVE_INFINITY : (removed.at(-1)?.at ?? 0);
  const gone = new Map<string, number>();
  for (const one of removed) {
    const name = `${one.computerNo} ${device(one.facts).key}`;
    gone.set(name, Math.max(one.seq, gone.get(name) ?? 0));
  }
  const present = new Map<string, DeviceFacts>();
  for (const one of attached.filter(({ at, computerNo }) => at >= horizon && active.has(computerNo))) {
    const { key, facts } = device(one.facts);
    const name = `${one.computerNo} ${key}`;
    // Newest first: what is known of a device already is newer.
    if (!present.has(name) && one.seq > (gone.get(name) ?? 0)) present.set(name, facts);
  }
  return [...present.values()];
}

async function activeComputers(store: Store): Promise<Set<number>> {
  const rows = await store.selectFrom('computers').select('no').where('state', '=', 'active').execute();
  return new Set(rows.map(({ no }) => no));
}

async function newest(store: Store, kind: 'media.attached' | 'media.removed', limit: number): Promise<Seen[]> {
  const rows = await store
    .selectFrom('events')
    .select(['computer_no', 'seq', 'at', 'line'])
    .where('kind', '=', kind)
    .orderBy('at', 'desc')
    .limit(limit)
    .execute();
  return rows.flatMap(({ computer_no: computerNo, seq, at, line }) =>
    line === null ? [] : [{ computerNo, seq, at, facts: factsText(line) }],
  );
}

/** Reads equal facts once. */
function rememberingDevices(): (facts: string) => { key: string; facts: DeviceFacts } {
  const known = new Map<string, { key: string; facts: DeviceFacts }>();
  return (text) => {
    const before = known.get(text);
    if (before) return before;
    // Checked against the schema of its kind before it was stored.
    const { data } = parsedFacts(text) as Pick<EventOf<'media.removed'>, 'data'>;
    const made = { key: deviceKey(data.device), facts: data.device };
    known.set(text, made);
    return made;
  };
}
