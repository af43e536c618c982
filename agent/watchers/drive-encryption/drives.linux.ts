import type { DriveFacts } from '#shared/events/drive.ts';
import { cleanText } from '#shared/text.ts';
import { attachmentOf } from '../../platform/attachment.linux.ts';
import type { BlockDevice, BlockDevices } from '../../platform/block.linux.ts';
import { type Encryption, encryptionBelow, weakest } from '../../platform/encryption.linux.ts';
import { isNetworkFilesystem, type Mount } from '../../platform/mounts.linux.ts';
import type { Swap } from './swaps.linux.ts';

/** Everything that tells what is stored where. */
export interface Storage {
  mounts: readonly Mount[];
  swaps: readonly Swap[];
  blocks: BlockDevices;
  /** Devices of each btrfs file system, by name. */
  btrfs: readonly (readonly string[])[];
  /** Name of the device behind a path of /dev, following links. */
  nameOf(path: string): string;
}

/** File systems that manage their disks themselves, so that the mount has no device number. */
const ownDevices: ReadonlySet<string> = new Set(['btrfs', 'zfs', 'bcachefs']);

/**
 * One row for each volume of a drive that belongs to the computer, and for each swap space. Left out: other computers'
 * disks, file systems in memory, what can be unplugged (the removable media watcher has it), and image files, whose
 * bytes lie on a drive that has a row; as root or swap such an image has one all the same.
 */
export function findDrives(storage: Storage): DriveFacts[] {
  const volumes = Map.groupBy(storage.mounts.filter(isStored), (mount) => volumeName(mount, storage));
  const filesystems = [...volumes].flatMap(([name, mounts]) => filesystemRow(name, mounts, storage));
  return [...filesystems, ...storage.swaps.flatMap((swap) => swapRow(swap, storage))];
}

function isStored(mount: Mount): boolean {
  if (isNetworkFilesystem(mount.filesystem)) return false;
  if (!mount.device.startsWith('0:')) return true;
  // A live system's root is an overlay; elsewhere an overlay's layers lie on file systems that have their own rows.
  return ownDevices.has(mount.filesystem) || (mount.filesystem === 'overlay' && mount.mountPoint === '/');
}

function volumeName(mount: Mount, { blocks, nameOf }: Storage): string {
  const numbered = [...blocks.values()].find((block) => block.device === mount.device);
  return numbered?.name ?? (mount.source.startsWith('/dev/') ? nameOf(mount.source) : mount.source);
}

function filesystemRow(name: string, mounts: readonly Mount[], storage: Storage): DriveFacts[] {
  const [first] = mounts;
  const block = storage.blocks.get(name);
  if (!first) return [];
  const isRoot = mounts.some((mount) => mount.mountPoint === '/');
  // A stick pulled out while in use leaves its mount behind, with nothing under it.
  if (!block && first.source.startsWith('/dev/') && !isRoot) return [];
  if (block && !belongsToComputer(block, storage.blocks, isRoot)) return [];
  const filesystem = cleanText(first.filesystem);
  return [
    {
      name: cleanText(name),
      use: 'filesystem',
      ...(filesystem && { filesystem }),
      mountPoints: placesOf(mounts),
      ...(block && { sizeBytes: block.sizeBytes }),
      ...encryptionOf(first, block, storage),
    },
  ];
}

function placesOf(mounts: readonly Mount[]): string[] {
  return [...new Set(mounts.map((mount) => cleanText(mount.mountPoint, 4096)))].sort().slice(0, 64);
}

function encryptionOf(mount: Mount, block: BlockDevice | undefined, storage: Storage): Encryption {
  if (mount.filesystem === 'overlay') return unknown('The root is an overlay; what lies under it cannot be told.');
  if (ownDevices.has(mount.filesystem) && mount.filesystem !== 'btrfs') {
    return unknown('This file system may encrypt by itself, and does not say so here.');
  }
  if (!block) return unknown('The device of the file system was not found.');
  // One file system over several devices names only one of them.
  const members = storage.btrfs.find((names) => names.includes(block.name)) ?? [block.name];
  return weakest(members.map((name) => stateOf(name, storage)));
}

function stateOf(name: string | undefined, { blocks, nameOf }: Storage): Encryption {
  const block = blocks.get(name ?? '');
  // Compressed memory moves what it cannot hold to this device as it is.
  const carrier = block && isMemory(block) && block.backing ? blocks.get(nameOf(block.backing)) : block;
  return carrier ? encryptionBelow(carrier, blocks) : unknown('A device of the file system was not found.');
}

function swapRow(swap: Swap, storage: Storage): DriveFacts[] {
  const name = swap.isFile ? carrierOf(swap.path, storage) : storage.nameOf(swap.path);
  const block = storage.blocks.get(name ?? '');
  if (block && !belongsToComputer(block, storage.blocks, true)) return [];
  return [
    {
      name: cleanText(swap.isFile ? swap.path : (name ?? swap.path)),
      use: 'swap',
      mountPoints: [],
      sizeBytes: swap.sizeBytes,
      ...stateOf(name, storage),
    },
  ];
}

/** The volume that a file lies on: that of the longest mount point above it, the last one mounted there. */
function carrierOf(path: string, storage: Storage): string | undefined {
  const above = storage.mounts
    .filter(({ mountPoint }) => path.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`))
    .toSorted((one, other) => one.mountPoint.length - other.mountPoint.length)
    .at(-1);
  return above && volumeName(above, storage);
}

function isMemory(block: BlockDevice): boolean {
  return block.name.startsWith('zram');
}

function belongsToComputer(block: BlockDevice, blocks: BlockDevices, isNeeded: boolean): boolean {
  if (isMemory(block) && !block.backing) return false;
  return disksUnder(block, blocks).some((disk) => {
    const { by } = attachmentOf(disk);
    return by === 'fixed' || (by === 'loop' && isNeeded);
  });
}

/** The disks at the bottom of a stack of volumes. */
function disksUnder(block: BlockDevice, blocks: BlockDevices, depth = 0): BlockDevice[] {
  const below = block.disk ? [block.disk] : block.slaves;
  if (below.length === 0 || depth > 16) return [block];
  return below.flatMap((name) => {
    const under = blocks.get(name);
    return under ? disksUnder(under, blocks, depth + 1) : [];
  });
}

function unknown(because: string): Encryption {
  return { encryption: 'unknown', because };
}
