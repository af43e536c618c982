import { closeSync, constants, readlinkSync } from 'node:fs';
import { PortcullisError } from '#shared/errors.ts';

/** Files of whole mounts, told when a program closes them, on any file system: network drives, too. */
export interface OpenSignals {
  /** @throws when this mount cannot be marked */
  mark(mountPoint: string): void;
  close(): void;
}

const init = { closeOnExec: 0x1, nonBlocking: 0x2 } as const;
const markFlags = { add: 0x1, mount: 0x10 } as const;
const masks = { closeWrite: 0x8, closeNoWrite: 0x10, overflow: 0x4000 } as const;
/** Layout of `struct fanotify_event_metadata`, in bytes. */
const layout = { length: 24, version: 3, maskAt: 8, fdAt: 16, pidAt: 20 } as const;
const closeOnExec = 0x8_0000;
const currentFolder = -100;
const restMilliseconds = 50;
const bufferBytes = 4096;

/**
 * The older form of fanotify, which hands over an open file with each event. Each is closed at once, so that nothing is
 * kept from being unmounted; what this process closes itself is not told.
 * @throws PortcullisError without root, or when koffi is not there for this computer
 */
export async function openSignals(heard: { closed(path: string): void; lost(): void }): Promise<OpenSignals> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const calls = {
    init: libc.func('int fanotify_init(unsigned int flags, unsigned int event_flags)'),
    mark: libc.func('int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int folder, const char *path)'),
    read: libc.func('intptr_t read(int fd, void *buffer, size_t length)'),
  };
  const fd: number = calls.init(init.closeOnExec | init.nonBlocking, constants.O_RDONLY | closeOnExec);
  if (fd < 0) throw new PortcullisError('EPERM', 'fanotify_init');
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  let resting: NodeJS.Timeout | undefined;

  const wake = () => {
    poll.stop();
    for (let length = read(); length > 0; length = read()) take(buffer.subarray(0, length));
    resting = setTimeout(() => poll.start({ readable: true }, wake), restMilliseconds);
  };
  const read = () => Math.max(Number(calls.read(fd, buffer, buffer.length)), 0);
  const poll = koffi.node.poll(fd, { readable: true }, wake);

  function take(events: Buffer): void {
    for (const { mask, file, pid } of parseOpenEvents(events)) {
      if (mask & masks.overflow) heard.lost();
      const path = file < 0 ? undefined : pathOf(file);
      if (path !== undefined && pid !== process.pid) heard.closed(path);
    }
  }

  return {
    mark(mountPoint) {
      const mask = BigInt(masks.closeWrite | masks.closeNoWrite);
      if (calls.mark(fd, markFlags.add | markFlags.mount, mask, currentFolder, mountPoint) === 0) return;
      throw new PortcullisError('fanotify_mark', 'The mount cannot be marked.');
    },
    close() {
      clearTimeout(resting);
      poll.close();
      closeSync(fd);
    },
  };
}

/** Pure, and safe on any bytes: what makes no sense ends the list. */
export function parseOpenEvents(buffer: Buffer): { mask: number; file: number; pid: number }[] {
  const events = [];
  for (let at = 0; at + layout.length <= buffer.length; ) {
    const length = buffer.readUInt32LE(at);
    if (length < layout.length || buffer[at + 4] !== layout.version) break;
    const mask = buffer.readUInt32LE(at + layout.maskAt);
    events.push({ mask, file: buffer.readInt32LE(at + layout.fdAt), pid: buffer.readInt32LE(at + layout.pidAt) });
    at += length;
  }
  return events;
}

function pathOf(file: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${file}`);
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}
