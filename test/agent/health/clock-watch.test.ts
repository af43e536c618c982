import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClockMark,
  clockMoved,
  clockThreshold,
  clockWatch,
  isCorrection,
} from '../../../agent/health/clock-watch.ts';
import type { Memory } from '../../../agent/spool/spool.ts';
import type { Change } from '../../../agent/watchers/watcher.ts';

const minute = 60_000;
const start = Date.parse('2026-11-30T09:00:00Z');
const span = fc.integer({ min: 0, max: 400 * 24 * 60 * minute });
const move = fc.integer({ min: -(400 * 24 * 60 * minute), max: 400 * 24 * 60 * minute });

describe('a clock', () => {
  it('that runs was not moved, however long it ran, and one that was set was by that much', () => {
    fc.assert(
      fc.property(span, span, move, (uptime, passed, moved) => {
        const before = { at: start, uptime, bootId: 'one' };
        const after = { at: start + passed + moved, uptime: uptime + passed, bootId: 'one' };
        expect(clockMoved(before, after)).toBe(moved);
        // Another start of the computer: only what went back shows, and never more than it was.
        const other = clockMoved(before, { ...after, bootId: 'two' });
        expect(other).toBe(Math.min(0, passed + moved));
      }),
    );
  });

  it('is put right by a move that brings it to the collector’s, and by no other', () => {
    fc.assert(
      fc.property(move, move, (ahead, moved) => {
        if (isCorrection(moved, ahead)) expect(Math.abs(ahead - moved)).toBeLessThanOrEqual(minute);
        expect(isCorrection(moved, undefined)).toBe(false);
        if (Math.abs(ahead) > minute) expect(isCorrection(ahead, ahead)).toBe(true);
        if (Math.abs(moved) > 3 * minute) expect(isCorrection(moved, 0)).toBe(false);
      }),
    );
  });
});

/** A computer whose clocks the test holds. */
function computer() {
  let now: ClockMark = { at: start, uptime: 1000, bootId: 'one' };
  const memories = new Map<string, unknown>();
  const told: Change[] = [];
  const run = () =>
    clockWatch({
      mark: () => now,
      recall: (name) => memories.get(name),
      record(changes: readonly Change[], { name, value }: Memory) {
        told.push(...changes);
        memories.set(name, JSON.parse(JSON.stringify(value)));
      },
    });
  return {
    run,
    told,
    writes: () => memories.size,
    pass: (milliseconds: number) => {
      now = { ...now, at: now.at + milliseconds, uptime: now.uptime + milliseconds };
    },
    set: (milliseconds: number) => {
      now = { ...now, at: now.at + milliseconds };
    },
    restart: (milliseconds: number) => {
      now = { at: now.at + milliseconds, uptime: 1000, bootId: `${now.bootId}+` };
    },
  };
}

const tampered = (because: RegExp) => [
  { kind: 'agent.tampered', data: { what: 'clock', because: expect.stringMatching(because) } },
];

describe('the watch', () => {
  it.each([
    ['forward', 2 * 60 * minute, /forward by 7200 seconds/],
    ['back', -2 * 60 * minute, /back by 7200 seconds/],
  ])('tells once that the clock was put %s', (_way, moved, says) => {
    const one = computer();
    const watch = one.run();
    watch.look();
    watch.heard(0);
    one.pass(minute);
    one.set(moved);
    watch.look();
    one.pass(minute);
    watch.look();
    expect(one.told).toEqual(tampered(says));
  });

  it('says nothing of what time services correct, of a sleep, or of a clock that is put right', () => {
    const one = computer();
    const watch = one.run();
    watch.look();
    one.set(clockThreshold - 1);
    watch.look();
    one.pass(9 * 60 * minute);
    watch.look();
    watch.heard(45 * minute);
    one.set(45 * minute);
    watch.look();
    expect(one.told).toEqual([]);
    one.set(-45 * minute);
    watch.look();
    expect(one.told).toEqual(tampered(/back by 2700 seconds/));
  });

  it('notices a clock that was moved while the agent did not run', () => {
    const one = computer();
    one.run().stop();
    one.pass(minute);
    one.set(30 * minute);
    one.run().look();
    expect(one.told).toEqual(tampered(/forward by 1800 seconds/));
  });

  it('notices across a start of the computer a clock that went back, and no other', () => {
    const one = computer();
    one.run().stop();
    one.restart(20 * 24 * 60 * minute);
    one.run().look();
    expect(one.told).toEqual([]);
    one.restart(-60 * minute);
    one.run().look();
    expect(one.told).toEqual(tampered(/back by 3600 seconds/));
  });
});
