import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { FilePath, FileSignal } from '../platform/file-signals.ts';

/** A folder can be moved again while its new path is looked at; more often than this in a row it is not. */
const mostMovesFollowed = 8;

/** Looks where a signal said, and if the file is not there, where its folder went. */
export async function findFile(
  signal: FilePath & Partial<Pick<FileSignal, 'locate'>>,
): Promise<(FilePath & { stats: Stats }) | undefined> {
  let place: FilePath = signal;
  for (let moves = 0; moves < mostMovesFollowed; moves++) {
    const { path, raw } = place;
    const stats = await lstat(raw ?? path).catch(() => undefined);
    if (stats) return { path, ...(raw ? { raw } : {}), stats };
    const now = signal.locate?.();
    if (!now || now.path === path) return undefined;
    place = now;
  }
  return undefined;
}

/**
 * When the file came to hold what it holds here: written, or copied here with an older time kept. A time to come is a
 * wrong clock or a lie and says nothing.
 */
export function timeOf(stats: Stats, now: number): number {
  return stats.mtimeMs <= now ? Math.max(stats.mtimeMs, stats.birthtimeMs) : stats.birthtimeMs;
}
