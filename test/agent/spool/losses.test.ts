import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { type Loss, mergeLosses } from '../../../agent/spool/losses.ts';
import type { Draft } from '../../../agent/spool/spool.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { draft, leaseAll, openSpool, readLease, start } from './opened.ts';

const bounds = { bytes: 4000, age: 60_000 };

function lostBefore(count: number): Draft {
  const data = { from: 1, to: count, count, because: 'spool-damaged' as const };
  return { at: new Date(start).toISOString(), bootId: 'boot-1', uptimeMs: 1, kind: 'events.lost', data };
}

function lossesIn(lines: readonly string[]): Loss[] {
  const events = lines.map((line) => JSON.parse(line) as PortcullisEvent);
  return events.flatMap((event) => (event.kind === 'events.lost' ? [event.data] : []));
}

const step = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  priority: fc.constantFrom('routine' as const, 'security' as const, 'evidence' as const, 'evidence' as const),
  padding: fc.integer({ min: 0, max: 500 }),
  later: fc.constantFrom(0, 0, 10_000, 70_000),
});

describe('a spool that nobody empties', () => {
  it('tells at every moment of every number that it let go, and counts each once', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), fc.nat(50), (steps, lost) => {
        using folder = tempFolder();
        const { spool, clock } = openSpool(folder.path, bounds);
        // A loss of another cause, told in the first event of all: the first to be pushed out.
        if (lost > 0) spool.enqueue([lostBefore(lost)]);
        for (const { count, priority, padding, later } of steps) {
          clock.time += later;
          spool.enqueue(Array.from({ length: count }, () => draft(priority, padding, clock.time)));
          spool.trim();
          const leases = leaseAll(spool);
          const missing = leases.flatMap((lease) => readLease(lease).missing);
          const told = lossesIn(leases.flatMap(({ lines }) => lines));
          const untold = missing.filter((seq) => !told.some(({ from, to }) => from <= seq && seq <= to));
          expect(untold).toEqual([]);
          expect(told.reduce((sum, one) => sum + one.count, 0)).toBe(missing.length + lost);
          const damaged = told.filter(({ because }) => because === 'spool-damaged');
          expect(damaged).toEqual(lost > 0 ? [lostBefore(lost).data] : []);
          spool.rollback(spool.stored());
        }
        spool.close();
      }),
      { numRuns: 40 },
    );
  });

  it('says how far back a loss may have been told by a damaged event that it lets go', () => {
    using folder = tempFolder();
    const { spool, database } = openSpool(folder.path, bounds);
    spool.enqueue([draft('evidence')]);
    // On its way, and so not to be let go: the range cannot begin here by itself.
    spool.lease();
    spool.enqueue([lostBefore(1)]);
    database.exec(`UPDATE event SET line = substr(line, 1, 60) WHERE seq = 2`);
    spool.enqueue(Array.from({ length: 8 }, () => draft('evidence', 500)));
    const told = lossesIn(leaseAll(spool).flatMap(({ lines }) => lines));
    expect(told).toMatchObject([{ from: 1, because: 'spool-full' }]);
    spool.close();
  });
});

describe('losses that are merged', () => {
  const loss = fc.record(
    {
      from: fc.integer({ min: 1, max: 1000 }),
      to: fc.integer({ min: 1, max: 1000 }),
      count: fc.nat(1000),
      because: fc.constantFrom('spool-full' as const, 'too-old' as const, 'spool-damaged' as const),
      priority: fc.constantFrom('routine' as const, 'evidence' as const),
      since: fc.constantFrom('2026-11-20T10:00:00.000Z', '2026-11-21T10:00:00.000Z'),
    },
    { requiredKeys: ['from', 'to', 'count', 'because'] },
  );

  it('cover what each of them did, for its cause, and count as many', () => {
    fc.assert(
      fc.property(fc.array(loss), (losses) => {
        const merged = mergeLosses(losses);
        for (const one of losses)
          expect(merged).toContainEqual(
            expect.objectContaining({ because: one.because, ...(one.priority && { priority: one.priority }) }),
          );
        for (const { from, to, because, priority, since } of losses) {
          const whole = merged.find((one) => one.because === because && one.priority === priority);
          expect(whole?.from).toBeLessThanOrEqual(from);
          expect(whole?.to).toBeGreaterThanOrEqual(to);
          if (since !== undefined) expect(whole?.since && whole.since <= since).toBe(true);
        }
        const sum = (of: readonly Loss[]) => of.reduce((total, { count }) => total + count, 0);
        expect(sum(merged)).toBe(sum(losses));
        expect(mergeLosses(merged)).toEqual(merged);
      }),
    );
  });
});
