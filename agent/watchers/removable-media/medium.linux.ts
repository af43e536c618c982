import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { BlockDevice } from '../../platform/block.linux.ts';
import type { LinuxRoots } from '../../platform/sysfs.linux.ts';

/** Opening a floppy drive makes its motor run, so that it is asked this seldom. */
const floppyMilliseconds = 60_000;

export interface MediumFinder {
  /** Whether a drive holds a medium, by what is known at this moment. */
  hasMedium(disk: BlockDevice): boolean;
  stop(): void;
}

/**
 * Tells full drives from empty ones. Most say so by their size. A floppy drive only tells when it is opened, which may
 * take seconds, so that it is asked in the background and `found` is called when the answer is another one.
 * @param now milliseconds that only grow
 */
export function mediumFinder({ dev, run }: LinuxRoots, now: () => number, found: () => void): MediumFinder {
  const floppies = new Map<string, { askedAt: number; isIn: boolean }>();
  let stopped = false;

  async function ask(name: string, before: boolean): Promise<void> {
    floppies.set(name, { askedAt: now(), isIn: before });
    const isIn = await canOpen(`${dev}/${name}`);
    floppies.set(name, { askedAt: now(), isIn });
    if (isIn !== before && !stopped) found();
  }

  function floppyHasMedium(name: string): boolean {
    const known = floppies.get(name);
    if (!known || now() - known.askedAt >= floppyMilliseconds) void ask(name, known?.isIn ?? false);
    return known?.isIn ?? false;
  }

  return {
    hasMedium(disk) {
      if (/^fd\d/.test(disk.name)) return floppyHasMedium(disk.name);
      return disk.sizeBytes > 0 && !(disk.name.startsWith('sr') && isKnownEmpty(run, disk));
    },
    stop() {
      stopped = true;
    },
  };
}

const emptyDriveBytes = 0x1fffff * 512;

/** A disc drive shows one GiB while it is empty. Udev knows better where it runs; else the size has to do. */
function isKnownEmpty(run: string, disk: BlockDevice): boolean {
  try {
    return !readFileSync(udevEntry(run, disk), 'utf8').includes('E:ID_CDROM_MEDIA=1');
  } catch {
    return disk.sizeBytes === emptyDriveBytes;
  }
}

/** What udev has found out about a disk; absent where it does not run. */
export function udevEntry(run: string, disk: BlockDevice): string {
  return `${run}/udev/data/b${disk.device}`;
}

async function canOpen(node: string): Promise<boolean> {
  try {
    const handle = await open(node, 'r');
    await handle.close();
    return true;
  } catch {
    return false;
  }
}
