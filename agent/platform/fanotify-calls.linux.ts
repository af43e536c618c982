import { closeSync, constants, fstatSync, openSync, readlinkSync, statSync } from 'node:fs';
import { PortcullisError } from '#shared/errors.ts';
import { masks } from './fanotify-events.ts';

/** The system calls of fanotify(7), for one group of marks. */
export interface Fanotify {
  /**
   * Marks the whole file system on which a path lies, for writes and renames and, where wanted, deletions.
   * @throws when this kind of file system cannot be marked
   */
  mark(path: string, also?: { deletions: boolean }): void;
  /** Whether the kernel tells where a renamed file was before (Linux 5.17 and later). */
  tellsOldNames(): boolean;
  /** Fills the buffer with whole events and answers their length; 0 when there are none. */
  read(buffer: Buffer): number;
  /**
   * Calls `ready`, which must not throw, when there is something to read: at once, and then again after a rest of a
   * few milliseconds, so that a storm of events comes in few large reads instead of one wake-up each.
   */
  onReadable(ready: () => void): void;
  /** File system id as events carry it, one character per byte. */
  filesystemOf(path: string): string;
  /** Path of the folder that a handle names, as bytes; undefined if it is gone or cannot be reached by a path. */
  folderOf(mountPoint: string, handle: Buffer): Buffer | undefined;
  close(): void;
}

const init = { closeOnExec: 0x1, nonBlocking: 0x2, reportFolder: 0x400, reportName: 0x800 } as const;
const markFlags = { add: 0x1, filesystem: 0x100 } as const;
/** open(2) flags that Node has no constants for: only a place in the tree, opened without touching it. */
const openPath = 0x20_0000;
const closeOnExec = 0x8_0000;
const currentFolder = -100;
const mountFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const restMilliseconds = 10;
/** `f_fsid` within `struct statfs`, which is the same on every 64-bit Linux. */
/** A handle of eight zero bytes: well-formed, and no folder's. */
const noHandle = Buffer.from('08000000010000000000000000000000', 'hex');
const statfsBytes = 256;
const fsidAt = 56;

/** @throws PortcullisError with the system's code, `EPERM` without root, or when koffi is not there for this computer */
export async function openFanotify(): Promise<Fanotify> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const calls = {
    init: libc.func('int fanotify_init(unsigned int flags, unsigned int event_flags)'),
    mark: libc.func('int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int folder, const char *path)'),
    read: libc.func('intptr_t read(int fd, void *buffer, size_t length)'),
    openByHandle: libc.func('int open_by_handle_at(int mount, void *handle, int flags)'),
    statfs: libc.func('int statfs(const char *path, void *out)'),
  };
  // Newer kernels let anyone make a group, but only root mark file systems and open folders by handle.
  const mount = openSync('/', mountFlags);
  const refused =
    calls.openByHandle(mount, noHandle, openPath | closeOnExec) < 0 && koffi.errno() === koffi.os.errno.EPERM;
  closeSync(mount);
  if (refused) throw new PortcullisError('EPERM', 'open_by_handle_at: EPERM');
  const fd: number = calls.init(init.closeOnExec | init.nonBlocking | init.reportFolder | init.reportName, 0);
  if (fd < 0) throw failed('fanotify_init');
  let poll: InstanceType<typeof koffi.node.PollHandle> | undefined;
  let resting: NodeJS.Timeout | undefined;
  let rename: number = masks.rename;

  function failed(call: string): PortcullisError {
    const number = koffi.errno();
    const code = Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
    return new PortcullisError(code, `${call}: ${code}`);
  }

  function tryMark(path: string, more: number): number {
    const mask = BigInt(masks.closeWrite | rename | masks.onFolder | more);
    return calls.mark(fd, markFlags.add | markFlags.filesystem, mask, currentFolder, path);
  }

  return {
    mark(path, { deletions } = { deletions: false }) {
      const more = deletions ? masks.deleted : 0;
      if (tryMark(path, more) === 0) return;
      if (rename === masks.rename && koffi.errno() === koffi.os.errno.EINVAL) {
        rename = masks.movedTo;
        if (tryMark(path, more) === 0) return;
        rename = masks.rename;
      }
      throw failed('fanotify_mark');
    },
    tellsOldNames: () => rename === masks.rename,
    read: (buffer) => Math.max(Number(calls.read(fd, buffer, buffer.length)), 0),
    onReadable(ready) {
      const wake = () => {
        poll?.stop();
        ready();
        resting = setTimeout(() => poll?.start({ readable: true }, wake), restMilliseconds);
      };
      poll = koffi.node.poll(fd, { readable: true }, wake);
    },
    filesystemOf(path) {
      const out = Buffer.alloc(statfsBytes);
      if (calls.statfs(path, out) !== 0) throw failed('statfs');
      return out.toString('latin1', fsidAt, fsidAt + 8);
    },
    folderOf: (mountPoint, handle) => folderByHandle(mountPoint, handle, calls.openByHandle),
    close() {
      clearTimeout(resting);
      poll?.close();
      poll = undefined;
      closeSync(fd);
    },
  };
}

/** Nothing stays open between two calls, so that no file system is kept from being unmounted. */
function folderByHandle(
  mountPoint: string,
  handle: Buffer,
  openByHandle: (mount: number, handle: Buffer, flags: number) => number,
): Buffer | undefined {
  const opened: number[] = [];
  try {
    const mount = openSync(mountPoint, mountFlags);
    opened.push(mount);
    const folder = openByHandle(mount, handle, openPath | closeOnExec);
    if (folder < 0) return undefined;
    opened.push(folder);
    return pathOfOpen(folder);
  } catch {
    return undefined;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/**
 * A folder that is deleted, or outside of what is mounted here, has a text for a path that leads nowhere or elsewhere.
 * So has one that is being moved this very moment: that one is asked for again.
 */
function pathOfOpen(fd: number): Buffer | undefined {
  const meant = fstatSync(fd);
  for (let attempt = 0; attempt < 5 && meant.nlink > 0; attempt++) {
    const path = readlinkSync(`/proc/self/fd/${fd}`, 'buffer');
    const reached = statSync(path, { throwIfNoEntry: false });
    if (reached?.ino === meant.ino && reached.dev === meant.dev) return path;
  }
  return undefined;
}
