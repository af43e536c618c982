import { lstat } from 'node:fs/promises';
import type { Clock } from '#shared/clock.ts';
import { timeOf } from '../find-file.ts';
import { rescan } from '../rescan.ts';
import type { Interest } from './interest.ts';
import type { SaveSignal } from './source.ts';

const mostFoldersInLine = 500;
/** However often signals are lost, the disks are walked at most so often, in milliseconds. */
const restBetweenRescans = 30_000;
const settleMilliseconds = 2_000;

export interface Searching {
  clock: Clock;
  interest(): Interest;
  roots(): string[];
  /** Documents whose time is later than this may be missing from the record. */
  upTo(): number;
  found(signal: SaveSignal): void;
  /** Records everything that was found. */
  settle(): Promise<void>;
  /** Told after each whole rescan whether it saw everything. */
  rescanned(complete: boolean): void;
}
export interface Searches {
  /** Rescans everything, now; resolves when what was found is recorded. */
  everything(): Promise<void>;
  /** Rescans everything before long. */
  everythingSoon(): void;
  /** Looks through one folder. */
  folder(path: string, how: 'moved' | 'touched'): void;
  /** Whether saves may be missing from the record until a rescan is over. */
  missing(): boolean;
  stop(): Promise<void>;
}

/** One walk at a time: over everything after signals were lost, or over a folder that came as a whole. */
export function searches(searching: Searching): Searches {
  const folders: { path: string; how: 'moved' | 'touched' }[] = [];
  const stopping = new AbortController();
  /** `wanted`: a rescan is owed. `due`: it is to begin. `running`: it has begun and may still be cut short. */
  const owed = { wanted: false, due: false, running: false };
  let lastRescan = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;

  function work(): Promise<void> {
    working ??= workThrough().finally(() => {
      working = undefined;
      if (owed.wanted) later();
    });
    return working;
  }

  function workUnwatched(): void {
    work().catch(() => undefined);
  }

  async function workThrough(): Promise<void> {
    while (!stopping.signal.aborted) {
      const folder = folders.shift();
      if (folder) await walk([folder.path], (path) => searching.found({ path, how: folder.how }));
      else if (owed.due) await rescanAll();
      else return;
    }
  }

  async function rescanAll(): Promise<void> {
    const floor = searching.upTo();
    Object.assign(owed, { wanted: false, due: false, running: true });
    const complete = await walk(searching.roots(), async (path) => {
      const stats = await lstat(path).catch(() => undefined);
      if (stats && timeOf(stats, searching.clock.now()) > floor) searching.found({ path, how: 'found' });
    });
    await searching.settle();
    lastRescan = searching.clock.monotonic();
    if (stopping.signal.aborted) return;
    owed.running = false;
    searching.rescanned(complete);
  }

  function walk(roots: readonly string[], found: (path: string) => void | Promise<void>): Promise<boolean> {
    const interest = searching.interest();
    return rescan({
      roots: roots.filter(interest.enters),
      enters: interest.enters,
      isWanted: (name) => interest.extensionOf(name) !== null,
      found: (path) => (interest.placeOf(path) === null ? undefined : found(path)),
      signal: stopping.signal,
    });
  }

  function later(): void {
    if (stopping.signal.aborted || timer) return;
    const rest = lastRescan + restBetweenRescans - searching.clock.monotonic();
    timer = setTimeout(
      () => {
        timer = undefined;
        owed.due = owed.wanted;
        workUnwatched();
      },
      Math.max(settleMilliseconds, rest),
    );
  }

  return {
    async everything() {
      do {
        owed.wanted = true;
        owed.due = true;
        await work();
      } while (owed.due && !stopping.signal.aborted);
    },
    everythingSoon() {
      owed.wanted = true;
      later();
    },
    folder(path, how) {
      if (!searching.interest().enters(path)) return;
      if (folders.length >= mostFoldersInLine) return this.everythingSoon();
      folders.push({ path, how });
      workUnwatched();
    },
    missing: () => owed.wanted || owed.running,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
