import { existsSync, type FSWatcher, watch } from 'node:fs';
import { errorCode } from '#shared/errors.ts';
import { usbPortOf } from '../platform/attachment.linux.ts';
import { attribute, deviceFolder, entries, type LinuxRoots } from '../platform/sysfs.linux.ts';
import { markFile } from './marks.linux.ts';

export interface ReflexParts {
  roots: LinuxRoots;
  /** Sets the read-only flag of a node at once. @throws when the node cannot be opened (yet) */
  setReadOnly(node: string): void;
}

/** A disk, or a partition of it. */
const blockNode = /^(sd[a-z]+|mmcblk\d+)(p?\d+)?$/;
const card = /^mmc\d+:[0-9a-f]{4}$/;
/** The kernel shows the node of a disk a moment before it lets anybody open it. */
const notYet = ['ENXIO', 'ENOENT', 'ENODEV'];
const longestMilliseconds = 2_000;

/**
 * Makes disks and cards without the mark `writable` read-only as soon as their node appears. Udev's rule does the same,
 * but hears of a disk only after its partitions were read, and needs a process for it; until then root could write.
 * An opening made now waits in the kernel until the partitions are read and is then served first, so that the flag
 * stands when the kernel tells everybody else. Blocks meanwhile, and therefore lives in a thread of its own.
 */
export function readOnlyReflex({ roots, setReadOnly }: ReflexParts): { stop(): void } {
  let isStopped = false;

  function meet(name: string): void {
    const disk = blockNode.exec(name)?.[1];
    const folder = disk === undefined ? undefined : deviceFolder(roots.sys, `block/${disk}`);
    const place = folder === undefined ? undefined : placeOf(folder);
    if (place === undefined || existsSync(markFile(roots.run, 'writable', place))) return;
    attempt(name, performance.now() + longestMilliseconds);
  }

  function attempt(name: string, until: number): void {
    if (isStopped) return;
    try {
      setReadOnly(`${roots.dev}/${name}`);
      for (const part of partitionsOf(name)) setReadOnly(`${roots.dev}/${part}`);
    } catch (error) {
      // Gone again, or one that cannot be opened at all: udev and the plan do it, or tell that they could not.
      if (notYet.includes(errorCode(error)) && performance.now() < until) setImmediate(attempt, name, until);
    }
  }

  function partitionsOf(name: string): string[] {
    return entries(`${roots.sys}/block/${name}`).filter((entry) => entry.startsWith(name));
  }

  function placeOf(folder: string): string | undefined {
    const slot = folder.split('/').find((part) => card.test(part));
    // Soldered flash says that it is MMC and belongs to the computer.
    const isCard = slot !== undefined && attribute(`${roots.sys}/bus/mmc/devices/${slot}/type`) === 'SD';
    return isCard ? slot : usbPortOf(folder);
  }

  const watching: FSWatcher = watch(roots.dev, (event, name) => {
    if (event === 'rename' && name !== null) meet(name);
  });
  return {
    stop() {
      isStopped = true;
      watching.close();
    },
  };
}
