import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes of a disk. */
export interface DiskSpace {
  free: number;
  all: number;
}
export type ReadDiskSpace = (folder: string) => Promise<DiskSpace>;

/** What the collector's own user may still use. */
export const diskSpace: ReadDiskSpace = async (folder) => {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, all: blocks * bsize };
};

const mebibyte = 1024 * 1024;
/** Kept back for the console, its audit trail and a clean end: people must get in to make room. */
const leastBytes = 256 * mebibyte;

/** Pure: no more events are taken. A disk that is small altogether keeps a hundredth back. */
export function isFull({ free, all }: DiskSpace): boolean {
  return free < Math.min(leastBytes, all / 100);
}

/** Pure: somebody should make room. */
export function isNearlyFull({ free, all }: DiskSpace): boolean {
  return free / all < 0.1;
}

/** Knows whether there is room for events, without asking the disk at each. */
export interface DiskRoom {
  isFull(): boolean;
  /** Looks now. */
  look(): Promise<void>;
}

/** @param turned told when it became full, and when there is room again */
export function diskRoom(storeFile: string, read: ReadDiskSpace, turned: (full: boolean) => void): DiskRoom {
  let full = false;
  return {
    isFull: () => full,
    async look() {
      const now = isFull(await read(dirname(storeFile)));
      if (now !== full) turned(now);
      full = now;
    },
  };
}
