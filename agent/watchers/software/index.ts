import { isDeepStrictEqual } from 'node:util';
import Type from 'typebox';
import { checker, exactObject } from '#shared/schema.ts';
import { reconcilingWatcher, type Source } from '../reconcile.ts';
import type { Change, Watcher, WatcherContext } from '../watcher.ts';
import { judging } from './approval.ts';
import { compareSnapshots, type Snapshot, snapshotProperties } from './snapshot.ts';
import { judgeAnew, Verdicts } from './verdicts.ts';

/** The operating system's half of the software watcher. */
export interface SoftwareInventory extends Source<Snapshot> {
  /** Forgets what was read, so that the next look reads everything again. */
  forget(): void;
}

const minute = 60_000;
/** How often to look where no policy says it. */
const usualIntervalMinutes = 60;

/** What is installed, and what was last said of the titles of which something was said. */
const Remembered = exactObject({ ...snapshotProperties(), verdicts: Type.Optional(Verdicts) });
type Remembered = Type.Static<typeof Remembered>;

/**
 * Watches which titles are installed, and what is decided of those that are. What it remembers is the list itself with
 * what was said of each, so a crash neither repeats a change nor loses one; changes made while the agent was down are
 * told at the next start, and so is a decision that came meanwhile.
 */
export function software(inventory: SoftwareInventory, context: WatcherContext): Watcher {
  return reconcilingWatcher<Remembered>(
    {
      name: 'software',
      source: inventory,
      memory: checker(Remembered),
      diff: (before, now, { now: at }) => compared(before, now, at).changes,
      remember: (before, now, at) => compared(before, now, at).after,
      mustKeep: (before, after) => !isDeepStrictEqual(before.verdicts, after.verdicts),
      everyMilliseconds: () => (context.policy()?.software.intervalMinutes ?? usualIntervalMinutes) * minute,
      settleMilliseconds: 1000,
    },
    { ...context, record: recordOrForget },
  );

  function compared(before: Remembered | undefined, seen: Snapshot, now: number): Compared {
    const approved = context.policy()?.software.approved;
    const standing = context.standing();
    const judge = judging({ approved, standing, now });
    const told = compareSnapshots(before, seen, judge);
    const { verdicts: former = [], ...formerTitles } = before ?? {};
    const titles: Snapshot = { ...formerTitles, ...seen };
    const isKnown = approved !== undefined && standing?.software !== undefined;
    const { verdicts, changes } = judgeAnew(titles, former, told, judge, isKnown);
    // Without any, an older agent can go on from this memory, too.
    return { changes: [...told, ...changes], after: { ...titles, ...(verdicts.length > 0 && { verdicts }) } };
  }

  function recordOrForget(...told: Parameters<WatcherContext['record']>): void {
    try {
      context.record(...told);
    } catch (error) {
      inventory.forget();
      throw error;
    }
  }
}

interface Compared {
  changes: Change[];
  after: Remembered;
}
