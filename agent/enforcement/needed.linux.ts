import type { BlockDevice, BlockDevices } from '../platform/block.linux.ts';
import type { Mount } from '../platform/mounts.linux.ts';
import { fromOctal } from '../platform/mounts.linux.ts';
import { attribute, type LinuxRoots } from '../platform/sysfs.linux.ts';

/** Places in the tree without which the computer does not work; a stick mounted below them is not meant. */
const systemPlaces: ReadonlySet<string> = new Set([
  '/',
  '/boot',
  '/boot/efi',
  '/efi',
  '/usr',
  '/usr/local',
  '/opt',
  '/srv',
  '/etc',
  '/var',
  '/var/lib',
  '/var/log',
  '/var/tmp',
  '/home',
  '/root',
  '/nix',
  '/cdrom',
  '/run/live/medium',
  '/run/initramfs/live',
]);

/**
 * The disks, partitions and volumes that hold the running system, its swap space or the agent: each with all that it
 * is made of, down to the disk that an image file lies on.
 */
export function neededBlocks(
  roots: LinuxRoots,
  blocks: BlockDevices,
  mounts: readonly Mount[],
  ownPaths: readonly string[],
): Set<string> {
  const needed = new Set<string>();
  const places = mounts.filter(
    (mount) => systemPlaces.has(mount.mountPoint) || ownPaths.some((path) => mountHolding(path, mounts) === mount),
  );
  const waiting = [...places.flatMap((mount) => blockOf(mount, blocks) ?? []), ...swapsOf(roots.proc, blocks)];
  for (let block = waiting.pop(); block; block = waiting.pop()) {
    if (needed.has(block.name)) continue;
    needed.add(block.name);
    waiting.push(...foundationsOf(block, blocks, mounts));
  }
  return needed;
}

function foundationsOf(block: BlockDevice, blocks: BlockDevices, mounts: readonly Mount[]): BlockDevice[] {
  const below = [...block.slaves, ...(block.disk ? [block.disk] : [])].flatMap((name) => blocks.get(name) ?? []);
  const holder = block.backing ? mountHolding(block.backing, mounts) : undefined;
  const backed = holder ? (blockOf(holder, blocks) ?? []) : [];
  return below.concat(backed);
}

/** Btrfs shows a number of its own; only its source names the device. */
export function blockOf(mount: Mount, blocks: BlockDevices): BlockDevice | undefined {
  const all = [...blocks.values()];
  const byNumber = all.find(({ device }) => device === mount.device);
  if (byNumber || !mount.device.startsWith('0:')) return byNumber;
  return all.find(
    ({ name, mapper }) => mount.source === `/dev/${name}` || mount.source === `/dev/mapper/${mapper?.name}`,
  );
}

/** Later lines of the list cover earlier ones. */
function mountHolding(path: string, mounts: readonly Mount[]): Mount | undefined {
  const holding = mounts.filter(({ mountPoint }) => isInside(path, mountPoint));
  return holding.reduce<Mount | undefined>(
    (best, mount) => (best && best.mountPoint.length > mount.mountPoint.length ? best : mount),
    undefined,
  );
}

function isInside(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

function swapsOf(proc: string, blocks: BlockDevices): BlockDevice[] {
  const names = parseSwaps(attribute(`${proc}/swaps`) ?? '');
  return [...blocks.values()].filter(({ name, mapper }) => names.has(name) || (mapper && names.has(mapper.name)));
}

/** Last part of each path in /proc/swaps, see proc_swaps(5). */
export function parseSwaps(text: string): Set<string> {
  const paths = text
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split(/\s/)[0] || []);
  return new Set(paths.map((path) => fromOctal(path).replace(/^.*\//, '')));
}
