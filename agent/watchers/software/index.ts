import { reconcilingWatcher, type Source } from '../reconcile.ts';
import type { Watcher, WatcherContext } from '../watcher.ts';
import { compareSnapshots, merge, type Snapshot, snapshotChecker } from './snapshot.ts';

/** The operating system's half of the software watcher. */
export interface SoftwareInventory extends Source<Snapshot> {
  /** Forgets what was read, so that the next look reads everything again. */
  forget(): void;
}

const minute = 60_000;
/** How often to look where no policy says it. */
const usualIntervalMinutes = 60;

/**
 * Watches which titles are installed. What it remembers is the list itself, so a crash neither repeats a change nor
 * loses one; changes made while the agent was down are told at the next start.
 */
export function software(inventory: SoftwareInventory, context: WatcherContext): Watcher {
  return reconcilingWatcher<Snapshot>(
    {
      name: 'software',
      source: inventory,
      memory: snapshotChecker(),
      diff: (before, now) =>
        compareSnapshots(before, now, {
          approved: context.policy()?.software.approved,
          standing: context.standing(),
          now: context.clock.now(),
        }),
      remember: merge,
      everyMilliseconds: () => (context.policy()?.software.intervalMinutes ?? usualIntervalMinutes) * minute,
      settleMilliseconds: 1000,
    },
    { ...context, record: recordOrForget },
  );

  function recordOrForget(...told: Parameters<WatcherContext['record']>): void {
    try {
      context.record(...told);
    } catch (error) {
      inventory.forget();
      throw error;
    }
  }
}
