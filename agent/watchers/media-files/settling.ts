import type { Clock } from '#shared/clock.ts';
import type { FilePath, FileSignal } from '../../platform/file-signals.ts';
import type { Medium } from './source.ts';

/** A file that was written, once it is quiet. */
export interface Written {
  signal: FilePath & Partial<Pick<FileSignal, 'actor' | 'locate'>>;
  /** Where it was written, as known at that moment: later the medium may be gone. */
  medium: Medium;
  /** A look through the medium came upon it. `unread`: it was told as written before, and has no verdict yet. */
  found?: 'new' | 'unread';
}

export interface SettlingOptions {
  /** A write is over when its file was quiet for so long, in milliseconds. */
  quietMilliseconds: number;
  /** However busy a file is, it waits no longer than this, in milliseconds. */
  longestMilliseconds: number;
  /** More files than this do not wait: all are handed out. */
  most: number;
}
/** Short, because a medium is pulled out the moment its light goes off. */
export const usualSettling: SettlingOptions = { quietMilliseconds: 500, longestMilliseconds: 2_000, most: 5_000 };

export interface Settling {
  add(written: Written): void;
  /** Lets a write that waits follow its file to another name. False when none waits under `from`. */
  rename(from: FilePath, to: FileSignal): boolean;
  /** Forgets a write whose file was deleted again. False when none waits. */
  drop(file: FilePath): boolean;
  /** Hands out at once what waits and fits. */
  release(fits?: (file: FilePath) => boolean): void;
  stop(): void;
}

interface Waiting {
  written: Written;
  /** Monotonic times in milliseconds. */
  first: number;
  due: number;
}

/** Gathers the several writes and renames by which a program puts a file down. */
export function settling(clock: Clock, handOut: (written: Written[]) => void, options: SettlingOptions): Settling {
  const { quietMilliseconds, longestMilliseconds, most } = options;
  const waiting = new Map<string, Waiting>();
  let timer: NodeJS.Timeout | undefined;

  function put(written: Written, before: Waiting | undefined): void {
    const now = clock.monotonic();
    const first = before?.first ?? now;
    const due = Math.min(now + quietMilliseconds, first + longestMilliseconds);
    waiting.set(keyOf(written.signal), { written: withActor(written, before?.written), first, due });
    if (waiting.size > most) take(() => true);
    timer ??= setTimeout(tick, quietMilliseconds);
  }

  function take(isDue: (one: Waiting) => boolean): void {
    const due = [...waiting].filter(([, one]) => isDue(one));
    for (const [key] of due) waiting.delete(key);
    if (due.length > 0) handOut(due.map(([, { written }]) => written));
  }

  function tick(): void {
    const now = clock.monotonic();
    take(({ due }) => due <= now);
    const next = [...waiting.values()].reduce((first, { due }) => Math.min(first, due), Number.POSITIVE_INFINITY);
    timer = Number.isFinite(next) ? setTimeout(tick, Math.max(next - now, 1)) : undefined;
  }

  return {
    add: (written) => put(written, waiting.get(keyOf(written.signal))),
    rename(from, to) {
      const before = waiting.get(keyOf(from));
      waiting.delete(keyOf(from));
      if (before) put({ ...before.written, signal: to }, before);
      return before !== undefined;
    },
    drop: (file) => waiting.delete(keyOf(file)),
    release: (fits = () => true) => take(({ written }) => fits(written.signal)),
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

function keyOf({ id, path }: FilePath): string {
  return id ?? path;
}

/** Who wrote first wrote the file; a program that only puts it into place may have another user. */
function withActor(now: Written, before: Written | undefined): Written {
  const actor = now.signal.actor ?? before?.signal.actor;
  return actor ? { ...now, signal: { ...now.signal, actor } } : now;
}
