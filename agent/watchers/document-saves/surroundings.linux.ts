import { readFile } from 'node:fs/promises';
import { parsePasswd } from '../../platform/accounts.linux.ts';
import { isNetworkFilesystem, type Mount, parseMounts } from '../../platform/mounts.linux.ts';
import { type IsRemovable, removableBySysfs } from '../../platform/removable.linux.ts';
import { findHomes, readHome } from './homes.linux.ts';
import type { MountKind, Surroundings } from './places.ts';

/** Where Linux keeps what must be known; other roots in tests. */
export interface SurroundingsRoots {
  proc?: string;
  passwd?: string;
  /** Folder of the homes, or the homes themselves, for tests that make their own. */
  homes?: string | readonly string[];
  isRemovable?: IsRemovable;
}

export interface LinuxSurroundings extends Surroundings {
  /** Account names by user id, of local accounts. */
  users: ReadonlyMap<number, string>;
  mounts: readonly LinuxMount[];
  /** The text the mounts were read from, to see cheaply whether it changed. */
  mountText: string;
}
export interface LinuxMount extends Mount {
  kind: MountKind;
}

/** File systems whose files are kept equal with a store elsewhere, so that a save is a transfer. */
const cloudFilesystems: ReadonlySet<string> = new Set([
  ...['fuse.rclone', 'fuse.onedriver', 'fuse.google-drive-ocamlfuse', 'fuse.pcloud', 'fuse.insync', 'fuse.dropbox'],
]);
const diskFilesystems: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'jfs', 'nilfs2', 'reiserfs', 'bcachefs', 'zfs', 'ecryptfs'],
  ...[
    'vfat',
    'exfat',
    'msdos',
    'ntfs',
    'ntfs3',
    'fuseblk',
    'hfsplus',
    'udf',
    'overlay',
    'fuse.gocryptfs',
    'fuse.encfs',
  ],
]);
const memoryFilesystems: ReadonlySet<string> = new Set(['tmpfs', 'ramfs']);

/** Text that changes when a file system comes, goes or changes its place. */
export async function readMountText(proc = '/proc'): Promise<string> {
  return readFile(`${proc}/self/mountinfo`, 'utf8');
}

/** @throws when the list of mounts cannot be read; all else has a stand-in. */
export async function readSurroundings(roots: SurroundingsRoots = {}): Promise<LinuxSurroundings> {
  const mountText = await readMountText(roots.proc);
  const accounts = parsePasswd(await readFile(roots.passwd ?? '/etc/passwd', 'utf8').catch(() => ''));
  const listed = typeof roots.homes === 'string' || roots.homes === undefined ? undefined : roots.homes;
  const paths = listed ?? (await findHomes(accounts, roots.homes as string | undefined));
  return {
    homes: await Promise.all(paths.map(readHome)),
    users: new Map(accounts.map(({ uid, name }) => [uid, name])),
    mounts: await kindsOf(parseMounts(mountText), roots.isRemovable ?? removableBySysfs()),
    mountText,
  };
}

/** Deepest first; of two mounts on one point the later hides the earlier. */
async function kindsOf(mounts: readonly Mount[], isRemovable: IsRemovable): Promise<LinuxMount[]> {
  const visible = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const kinds = [...visible.values()].map(async (mount) => ({ ...mount, kind: await kindOf(mount, isRemovable) }));
  return (await Promise.all(kinds)).sort((a, b) => b.mountPoint.length - a.mountPoint.length);
}

async function kindOf(mount: Mount, isRemovable: IsRemovable): Promise<MountKind> {
  const { filesystem, mountPoint } = mount;
  if (cloudFilesystems.has(filesystem)) return 'cloud';
  if (isNetworkFilesystem(filesystem)) return 'network';
  if (memoryFilesystems.has(filesystem)) return 'memory';
  // The computer started from it: whatever the bus, it is this computer's disk.
  if (mountPoint === '/') return 'disk';
  if (await isRemovable(mount)) return 'removable';
  return diskFilesystems.has(filesystem) ? 'disk' : 'system';
}
