import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import type { Actor } from '#shared/events/event.ts';
import { type Band, bandOf } from '#shared/identifiers/inspection.ts';
import { londonOffset } from '#shared/policy/london.ts';
import type { ChangeOf } from '../watchers/watcher.ts';

/** Where a file went that left this computer. */
export interface Transfer {
  place: 'removable' | 'cloud-sync';
  device?: DeviceFacts;
  volume?: VolumeFacts;
  actor?: Actor;
}

/** A file that was written there, with who is in it. */
export interface Transferred {
  transfer: Transfer;
  band: Band;
  isBulk: boolean;
  /** Digests of the people in it, by the key of the day. */
  people: readonly string[];
  bulkFrom: number;
  drill: boolean;
  /** The day, as `dayOf` names it. */
  day: string;
}

export interface BulkTally {
  /** @returns what is to be told, if the number was reached by this file */
  add(transferred: Transferred): ChangeOf<'identifiers.bulk-reached'> | undefined;
}

const mostUsers = 1000;

/** The day by the clock in London: `2026-11-21`. */
export function dayOf(now: number): string {
  return new Date(now + londonOffset(now)).toISOString().slice(0, 10);
}

/**
 * Counts distinct people by user and day, in memory only: digests of people are kept nowhere else, so that after a
 * restart of the agent the day's count begins anew.
 */
export function bulkTally(): BulkTally {
  let day = '';
  const users = new Map<string, { people: Set<string>; told: boolean }>();

  function ofUser({ user, uid, sid }: Actor = {}): { people: Set<string>; told: boolean } {
    const name = user ?? sid ?? String(uid ?? '');
    const known = users.get(name);
    if (known) return known;
    const fresh = { people: new Set<string>(), told: false };
    if (users.size < mostUsers) users.set(name, fresh);
    return fresh;
  }

  return {
    add(transferred) {
      const { transfer, isBulk, people, bulkFrom } = transferred;
      if (transferred.day !== day) users.clear();
      day = transferred.day;
      const user = ofUser(transfer.actor);
      for (const person of people) if (user.people.size < bulkFrom) user.people.add(person);
      const isReached = user.people.size >= bulkFrom && !user.told;
      if (isBulk || isReached) user.told = true;
      if (isBulk) return reached('file', transferred.band, transferred);
      return isReached ? reached('user-day', bandOf(user.people.size), transferred) : undefined;
    },
  };
}

function reached(
  scope: 'file' | 'user-day',
  band: Band,
  { transfer, bulkFrom, drill }: Transferred,
): ChangeOf<'identifiers.bulk-reached'> {
  const { actor, ...where } = transfer;
  return {
    kind: 'identifiers.bulk-reached',
    data: { scope, band, bulkFrom, drill, ...where, authorisation: 'unknown' },
    ...(actor && { actor }),
  };
}
