import { readFileSync } from 'node:fs';
import { type Look, lookFailed } from '../watchers/watcher.ts';

/** One line of /proc/self/mountinfo, see proc(5). */
export interface Mount {
  /** `8:1`; major 0 means that no block device stands behind it (tmpfs, overlay, network). */
  device: string;
  /** Folder of the file system that is shown; `/` but for bind mounts and subvolumes. */
  root: string;
  mountPoint: string;
  filesystem: string;
  /** `/dev/sda1`, `server:/share`, `tmpfs`. */
  source: string;
  readOnly: boolean;
  /** How it is shown at this place: `ro`, `noexec`, `nosuid`. */
  options: readonly string[];
}

/** File systems that are another computer's disk. A save there is not a local save. */
const networkFilesystems: ReadonlySet<string> = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'afs',
  'ceph',
  '9p',
  'ncpfs',
  'davfs',
  'lustre',
  'glusterfs',
  'virtiofs',
  'fuse.sshfs',
  'fuse.davfs2',
  'fuse.gvfsd-fuse',
  'fuse.rclone',
  'fuse.glusterfs',
  'fuse.s3fs',
  'fuse.curlftpfs',
  'fuse.smbnetfs',
]);

export function isNetworkFilesystem(filesystem: string): boolean {
  return networkFilesystems.has(filesystem);
}

/** The kernel answers from its own memory, whatever hangs. */
export function readMounts(proc = '/proc'): Look<Mount[]> {
  try {
    return { ok: true, seen: parseMounts(readFileSync(`${proc}/self/mountinfo`, 'utf8')) };
  } catch (error) {
    return lookFailed(error, 'The list of mounts could not be read');
  }
}

export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , device, root, mountPoint, options] = before?.split(' ') ?? [];
    const [filesystem, source, superOptions] = after?.split(' ') ?? [];
    if (!device || !root || !mountPoint || !filesystem || source === undefined) return [];
    const readOnly = [options, superOptions].some((list) => list?.split(',').includes('ro') ?? false);
    return [
      {
        device,
        root: fromOctal(root),
        mountPoint: fromOctal(mountPoint),
        filesystem,
        source: fromOctal(source),
        readOnly,
        options: options?.split(',') ?? [],
      },
    ];
  });
}

/** The kernel writes blank, tab, newline and backslash as three octal digits of the byte. */
export function fromOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
