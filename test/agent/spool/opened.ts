import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Clock } from '#shared/clock.ts';
import { lineHash, nextLink } from '#shared/events/chain.ts';
import { newKeyPair } from '#shared/identity.ts';
import type { GapLine } from '#shared/protocol/protocol.ts';
import { openSpoolDatabase } from '../../../agent/spool/database.ts';
import { sequenceReserve } from '../../../agent/spool/reserve.ts';
import { type Draft, type Lease, type Spool, type SpoolBounds, spool } from '../../../agent/spool/spool.ts';

export const { publicKey } = newKeyPair();
export const start = Date.UTC(2026, 10, 21, 9);
export const roomy: SpoolBounds = { bytes: 1024 * 1024 * 1024, age: 90 * 24 * 60 * 60 * 1000 };

export interface Opened {
  spool: Spool;
  database: Database.Database;
  clock: Clock & { time: number };
}

/** A real spool on a real file, put together as agent/main.ts does it. */
export function openSpool(folder: string, bounds = roomy, time = start): Opened {
  const clock = { time, now: () => clock.time, monotonic: () => clock.time };
  const database = openSpoolDatabase(join(folder, 'spool.sqlite'), time);
  // What a power cut leaves is not told by these tests, and waiting for the disk would be most of their time.
  database.pragma('synchronous = OFF');
  const reserve = sequenceReserve(join(folder, 'sequence.json'));
  const restartAfter = reserve.read().reservedTo;
  const run = () => ({ bootId: 'boot-1', uptimeMs: 1 });
  return { spool: spool(database, { publicKey, bounds, clock, run, reserve, restartAfter }), database, clock };
}

const kinds = {
  routine: 'software.removed',
  security: 'media.removed',
  evidence: 'agent.stopped',
} as const;

/** An event of this priority, made big by its padding. Spool and chain do not look into the data. */
export function draft(priority: keyof typeof kinds = 'security', padding = 0, at = start): Draft {
  const data = { because: 'x'.repeat(padding) };
  return { at: new Date(at).toISOString(), bootId: 'boot-1', uptimeMs: 1, kind: kinds[priority], data } as Draft;
}

export function drafts(count: number, priority: keyof typeof kinds = 'security', padding = 0): Draft[] {
  return Array.from({ length: count }, () => draft(priority, padding));
}

/** Reads a lease as a collector does: every number once, every link worked out again. @throws when it does not hold */
export function readLease({ after, head, lines }: Lease): {
  events: { seq: number; kind: string }[];
  missing: number[];
} {
  let { seq, link } = after;
  const events: { seq: number; kind: string }[] = [];
  const missing: number[] = [];
  for (const line of lines) {
    const value = JSON.parse(line) as Partial<GapLine> & { seq: number; kind: string };
    if (value.gap) {
      const { from, to } = value.gap;
      if (from !== seq + 1 || to < from) throw new Error(`gap ${from} to ${to} stands after ${seq}`);
      for (let number = from; number <= to; number += 1) missing.push(number);
      ({ to: seq, link } = value.gap);
    } else {
      if (value.seq !== seq + 1) throw new Error(`event ${value.seq} stands after ${seq}`);
      seq = value.seq;
      link = nextLink(Buffer.from(link, 'hex'), lineHash(line)).toString('hex');
      events.push(value);
    }
  }
  if (seq !== head.seq || link !== head.link) throw new Error(`the lines do not lead to head ${head.seq}`);
  return { events, missing };
}

/** Everything that can be leased now. */
export function leaseAll(from: Spool): Lease[] {
  const leases: Lease[] = [];
  for (let lease = from.lease(); lease; lease = from.lease()) leases.push(lease);
  return leases;
}

/** Everything that waits is sent, stored and acknowledged. */
export function acknowledgeAll(from: Spool): void {
  for (const { head } of leaseAll(from)) from.commit(head);
}
