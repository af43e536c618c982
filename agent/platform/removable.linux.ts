import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Mount } from './mounts.linux.ts';

/** Device mapper on device mapper on a partition: more floors than this are a mistake in the tree. */
const mostFloors = 8;

/** Whether what is mounted lies on a medium that can be carried away. */
export type IsRemovable = (mount: Mount) => Promise<boolean>;

/**
 * Judges by the block device's ancestors in sysfs: anything on USB, a memory card, a loop device (an image file), a
 * drive that calls its medium removable, and whatever stands upon one of these, such as an opened LUKS container. The
 * soldered memory of small laptops (eMMC) is none. A device that cannot be looked up counts as fixed.
 */
export function removableBySysfs(sys = '/sys'): IsRemovable {
  return async (mount) => {
    const device = await deviceFolder(mount, sys);
    return device !== undefined && (await isCarried(device, mostFloors));
  };
}

/** Btrfs and others show a made-up device number; then the name of the source leads to the device. */
async function deviceFolder({ device, source }: Mount, sys: string): Promise<string | undefined> {
  if (!device.startsWith('0:')) return resolved(`${sys}/dev/block/${device}`);
  if (!source.startsWith('/dev/')) return undefined;
  const node = await resolved(source);
  return node === undefined ? undefined : resolved(`${sys}/class/block/${basename(node)}`);
}

async function isCarried(folder: string, floors: number): Promise<boolean> {
  if (/\/usb\d+\/|\/fw\d+\/|\/block\/(?:loop|sr|fd|nbd)\d+/.test(`${folder}/`)) return true;
  if (/\/block\/mmcblk\d+/.test(folder)) return (await diskWord(folder, 'device/type')) !== 'MMC';
  if ((await diskWord(folder, 'removable')) === '1') return true;
  if (floors === 0) return false;
  for (const name of await readdir(`${folder}/slaves`).catch(() => [])) {
    const below = await resolved(`${folder}/slaves/${name}`);
    if (below !== undefined && (await isCarried(below, floors - 1))) return true;
  }
  return false;
}

/** A partition has no attributes of the medium; its disk, the folder above, has. */
async function diskWord(folder: string, attribute: string): Promise<string | undefined> {
  for (const place of [folder, `${folder}/..`]) {
    const text = await readFile(`${place}/${attribute}`, 'utf8').catch(() => undefined);
    if (text !== undefined) return text.trim();
  }
  return undefined;
}

async function resolved(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
