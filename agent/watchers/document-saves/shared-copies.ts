import { lstat } from 'node:fs/promises';
import type { Inspections } from '../../identifiers/inspections.ts';

const mostWaiting = 500;
const mostKnown = 5_000;

/**
 * Remembers, by keyed marks, what this computer opens and saves in shared places, so that of a copy elsewhere it can be
 * said whether the original is there. One file after the other; more than can wait are let go, and counted as missed.
 */
export function sharedCopies(inspections: Pick<Inspections, 'noteShared' | 'sharedMissed'>) {
  const waiting = new Set<string>();
  const known = new Set<string>();
  let working = false;

  async function work(): Promise<void> {
    for (const path of waiting) {
      waiting.delete(path);
      const stats = await lstat(path).catch(() => undefined);
      const version = stats?.isFile() ? `${stats.dev}:${stats.ino}:${stats.mtimeMs}:${stats.size}` : undefined;
      if (!stats || version === undefined || known.has(version)) continue;
      await inspections.noteShared(path, stats.size);
      known.add(version);
      for (const oldest of known) if (known.size > mostKnown) known.delete(oldest);
    }
    working = false;
  }

  return {
    seen(path: string): void {
      if (waiting.size < mostWaiting) waiting.add(path);
      else inspections.sharedMissed(true);
      if (working) return;
      working = true;
      work().catch(() => {
        working = false;
        inspections.sharedMissed(true);
      });
    },
  };
}
