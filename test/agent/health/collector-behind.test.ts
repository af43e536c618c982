import { expect, it } from 'vitest';
import { collectorBehind } from '../../../agent/health/collector-behind.ts';
import type { Memory } from '../../../agent/spool/spool.ts';
import type { Change } from '../../../agent/watchers/watcher.ts';

it('tells each loss once, also after a restart, and one that reaches further again', () => {
  const memories = new Map<string, unknown>();
  const told: Change[] = [];
  const run = () =>
    collectorBehind({
      spool: { recall: (name) => memories.get(name) },
      record(changes: readonly Change[], { name, value }: Memory) {
        told.push(...changes);
        memories.set(name, value);
      },
    });
  const behind = run();
  behind({ from: 6, to: 8 });
  behind({ from: 6, to: 8 });
  run()({ from: 6, to: 8 });
  expect(told).toEqual([{ kind: 'events.lost', data: { from: 6, to: 8, count: 3, because: 'collector-restored' } }]);
  run()({ from: 3, to: 12 });
  expect(told).toHaveLength(2);
});
