import { lstat } from 'node:fs/promises';
import type { Clock } from '#shared/clock.ts';
import { timeOf } from '../find-file.ts';
import { nameHash } from '../name-hash.ts';
import { rescan } from '../rescan.ts';
import type { Versions } from './naming.ts';
import type { Session } from './session.ts';
import type { Written } from './settling.ts';
import type { Medium } from './source.ts';

/** A large disk is gone through in part only: what is written to it from now on is signalled anyway. */
const limits = { mostFolders: 5_000, deepest: 64, workMilliseconds: 20 };

export interface MediumSearch {
  nameKey: Buffer;
  versions: Versions;
  clock: Clock;
  found(written: Written): void;
  signal: AbortSignal;
}

/**
 * Goes through a medium for files that came to hold what they hold after `floor` (wall-clock, in milliseconds), or that
 * have no verdict yet. Of all others it notes the version, so that opening one is not taken for writing it.
 */
export async function searchMedium(
  { nameKey, versions, clock, found, signal }: MediumSearch,
  medium: Medium,
  floor: number,
  unread: Session['unread'],
): Promise<void> {
  const wanted = new Set(unread.map((file) => file.nameHash));
  const look = async (path: string) => {
    const stats = await lstat(path).catch(() => undefined);
    if (!stats) return;
    const mark = nameHash(nameKey, { path });
    if (wanted.has(mark)) found({ signal: { path }, medium, found: 'unread' });
    else if (timeOf(stats, clock.now()) <= floor) versions.know(mark, stats);
    else if (!versions.isKnown(mark, stats)) found({ signal: { path }, medium, found: 'new' });
  };
  await rescan({ roots: [medium.root], enters: () => true, isWanted: () => true, found: look, signal }, limits);
}
