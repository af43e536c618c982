import { pino } from 'pino';
import type { Clock } from '#shared/clock.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import type { Change, WatcherContext } from '../../agent/watchers/watcher.ts';

export interface FakeContext extends WatcherContext {
  /** Everything recorded so far, in order. */
  readonly changes: Change[];
  /** How often the coverage was said to be another. */
  coverageChanges: number;
  /** The policy in force; set it to change it. */
  policyInForce: Policy | null;
  /** What the collector told; set it to change it. */
  standingTold: Standing | null;
  /** What was last remembered, as it would come back from disk; set it to begin elsewhere. */
  memory: unknown;
  readonly clock: Clock & { time: number };
}

/** A context that records in memory and is silent. Time stands still unless `clock.time` (milliseconds) is set. */
export function fakeContext(
  start: Partial<Pick<FakeContext, 'memory' | 'policyInForce'>> & { time?: number } = {},
): FakeContext {
  const clock = { time: start.time ?? Date.UTC(2026, 10, 21, 9), now: () => clock.time, monotonic: () => clock.time };
  const context: FakeContext = {
    changes: [],
    coverageChanges: 0,
    policyInForce: start.policyInForce ?? null,
    standingTold: null,
    memory: start.memory,
    clock,
    log: pino({ level: 'silent' }),
    policy: () => context.policyInForce,
    standing: () => context.standingTold,
    record(changes, memory) {
      context.changes.push(...structuredClone(changes as Change[]));
      if (memory !== undefined) context.memory = JSON.parse(JSON.stringify(memory));
    },
    recall: () => context.memory,
    coverageChanged() {
      context.coverageChanges += 1;
    },
  };
  return context;
}
