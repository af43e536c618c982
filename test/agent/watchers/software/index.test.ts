import { afterEach, expect, it, vi } from 'vitest';
import type { Software } from '#shared/events/software.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { type SoftwareInventory, software } from '../../../../agent/watchers/software/index.ts';
import type { Snapshot } from '../../../../agent/watchers/software/snapshot.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';

afterEach(() => {
  vi.useRealTimers();
});

function inventoryWith(snapshots: Snapshot[]): SoftwareInventory {
  return {
    look: vi.fn(() => Promise.resolve({ ok: true as const, seen: snapshots.shift() ?? {} })),
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => [],
    forget: () => undefined,
  };
}

const editor: Software = { source: 'dpkg', name: 'editor', version: '1' };
const policy = (approved: Policy['software']['approved'], intervalMinutes = 60) =>
  ({ software: { approved, intervalMinutes } }) as unknown as Policy;

it('asks the policy in force at the moment of the finding', async () => {
  const context = fakeContext();
  const watcher = software(
    inventoryWith([{ dpkg: [] }, { dpkg: [editor] }, { dpkg: [] }, { dpkg: [editor] }]),
    context,
  );
  await watcher.start();
  await watcher.check();
  context.policyInForce = policy([{ source: 'dpkg', name: 'edit*' }]);
  await watcher.check();
  await watcher.check();
  await watcher.stop();
  expect(context.changes.flatMap(({ data }) => ('approval' in data ? data.approval : []))).toEqual([
    'unapproved',
    'approved',
  ]);
});

it('looks as often as the policy says', async () => {
  vi.useFakeTimers();
  const context = fakeContext({ policyInForce: policy([], 5) });
  const inventory = inventoryWith([]);
  const watcher = software(inventory, context);
  await watcher.start();
  await vi.advanceTimersByTimeAsync(5 * 60_000 + 1);
  expect(inventory.look).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(inventory.look).toHaveBeenCalledTimes(3);
  await watcher.stop();
});

it('begins anew with a baseline when what it remembers is damaged', async () => {
  const context = fakeContext({ memory: { dpkg: 'not a list' } });
  const watcher = software(inventoryWith([{ dpkg: [editor] }]), context);
  await watcher.start();
  await watcher.stop();
  expect(context.changes.map(({ kind }) => kind)).toEqual(['software.listed']);
  expect(context.memory).toEqual({ dpkg: [editor] });
});
