import type { Clock } from '#shared/clock.ts';
import type { FilePath } from '../../platform/file-signals.ts';
import type { SaveSignal } from './source.ts';

/** All signals of one path that belong to one save. */
export interface PendingSave {
  signal: SaveSignal;
  /** Wall-clock time of the first signal, in milliseconds. */
  since: number;
  /** Monotonic times in milliseconds: when the first signal came, and when to wait no longer. */
  first: number;
  due: number;
}

export interface PendingOptions {
  /** A save is over when its path was quiet for so long, in milliseconds. */
  quietMilliseconds: number;
  /** Saves that are over within so long of those handed out before go together, in milliseconds: one write for several. */
  togetherMilliseconds: number;
  /** However busy a path is, it waits no longer than this after a sign that a save was finished, in milliseconds. */
  longestMilliseconds: number;
  /** The same for a path that may still be in the middle of its first write, such as a download. */
  longestUnfinishedMilliseconds: number;
  /** More paths than this do not wait: the earliest go first. */
  most: number;
}
export const usualPending: PendingOptions = {
  quietMilliseconds: 1000,
  togetherMilliseconds: 500,
  longestMilliseconds: 10_000,
  longestUnfinishedMilliseconds: 300_000,
  most: 10_000,
};

export interface PendingSaves {
  add(signal: SaveSignal): void;
  /** Lets a waiting or vanished save follow its file to another name. False when there was none under `from`. */
  rename(from: FilePath, signal: SaveSignal): boolean;
  /** Takes back a save whose file was not there: the signal of its new name may still be on the way. */
  vanished(save: PendingSave): void;
  /** Hands everything out at once. */
  release(): void;
  /** Wall-clock time of the earliest signal still waiting. */
  earliest(): number | undefined;
  stop(): void;
}

/** Most vanished saves are files that were deleted, most renames no saves; only the latest of both can meet. */
const mostKept = 1000;

/** Stronger signs replace weaker ones: a file written and then touched was written. */
const strength = { found: 0, touched: 1, appeared: 2, written: 3, moved: 4 } as const;

/** Gathers the several writes and renames of one save, and hands each save out once when its path has become quiet. */
export function pendingSaves(
  clock: Clock,
  handOut: (saves: PendingSave[]) => void,
  options: PendingOptions = usualPending,
): PendingSaves {
  const { quietMilliseconds, togetherMilliseconds, most } = options;
  const waiting = new Map<string, PendingSave>();
  const gone = new Map<string, PendingSave>();
  /** Renames of files that were not waiting: a save that was handed out may be looked for under its old name just then. */
  const renamed = new Map<string, { signal: SaveSignal; at: number }>();
  let timer: NodeJS.Timeout | undefined;

  function put(signal: SaveSignal, before: PendingSave | undefined): void {
    const now = clock.monotonic();
    const first = before?.first ?? now;
    const merged = before ? merge(before.signal, signal) : signal;
    const due = Math.max(Math.min(now + quietMilliseconds, first + longestWait(merged, options)), now);
    waiting.set(keyOf(signal), { signal: merged, since: before?.since ?? clock.now(), first, due });
    if (waiting.size > most) handOutEarliest();
    timer ??= setTimeout(tick, quietMilliseconds);
  }

  function handOutEarliest(): void {
    take([...waiting.keys()].slice(0, Math.ceil(most / 10)));
  }

  function take(keys: Iterable<string>): void {
    const saves: PendingSave[] = [];
    for (const key of keys) {
      const save = waiting.get(key);
      if (save && waiting.delete(key)) saves.push(save);
    }
    if (saves.length > 0) handOut(saves);
  }

  function tick(): void {
    const now = clock.monotonic();
    const over: string[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [key, { due }] of waiting) {
      if (due <= now) over.push(key);
      else next = Math.min(next, due);
    }
    const rest = over.length > 0 ? togetherMilliseconds : 1;
    timer = Number.isFinite(next) ? setTimeout(tick, Math.max(next - now, rest)) : undefined;
    take(over);
  }

  return {
    add: (signal) => put(signal, waiting.get(keyOf(signal))),
    rename(from, signal) {
      const key = keyOf(from);
      const before = waiting.get(key) ?? gone.get(key);
      waiting.delete(key);
      gone.delete(key);
      if (before) put(signal, before);
      else keep(renamed, key, { signal, at: clock.monotonic() });
      return before !== undefined;
    },
    vanished(save) {
      const key = keyOf(save.signal);
      const rename = renamed.get(key);
      // An earlier rename was of another file: while this save waited, it would have followed.
      if (rename && rename.at >= save.first) put(rename.signal, save);
      else keep(gone, key, save);
    },
    release: () => take([...waiting.keys()]),
    earliest() {
      let found: number | undefined;
      for (const { since } of waiting.values()) found = Math.min(found ?? since, since);
      return found;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Anew at the end, so that what goes first is the oldest. */
function keep<V>(kept: Map<string, V>, key: string, value: V): void {
  kept.delete(key);
  kept.set(key, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) return;
    kept.delete(oldest);
  }
}

function keyOf({ id, path }: FilePath): string {
  return id ?? path;
}

function longestWait({ how }: SaveSignal, options: PendingOptions): number {
  const unfinished = how === 'touched' || how === 'appeared';
  return unfinished ? options.longestUnfinishedMilliseconds : options.longestMilliseconds;
}

function merge(before: SaveSignal, now: SaveSignal): SaveSignal {
  const { how: _how, actor: _actor, ...rest } = now;
  const actor = now.actor ?? before.actor;
  const how = strength[now.how] >= strength[before.how] ? now.how : before.how;
  return { ...rest, how, ...(actor ? { actor } : {}) };
}
