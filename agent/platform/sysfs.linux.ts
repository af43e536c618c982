import { closeSync, existsSync, openSync, read, readdirSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { promisify } from 'node:util';

/** Where Linux keeps what is known of devices. Parameters, so that tests use recorded trees. */
export interface LinuxRoots {
  sys: string;
  proc: string;
  dev: string;
  run: string;
}

const readBytes = promisify(read);
/** No attribute of the kernel is longer than a page. */
const attributeBytes = 4096;

export const linuxRoots: LinuxRoots = { sys: '/sys', proc: '/proc', dev: '/dev', run: '/run' };

/**
 * One attribute, without the newline at its end; undefined when it is absent or empty. Synchronous, which is ten
 * times cheaper: only for what the kernel answers from its own memory, never for what may wait for a device.
 */
export function attribute(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '') || undefined;
  } catch {
    return undefined;
  }
}

/** The same for attributes whose reading takes the lock of a device, which a hostile one can hold for long. */
export async function slowAttribute(path: string): Promise<string | undefined> {
  try {
    // Only the reading itself can take long; the file being so short, it is one call instead of four.
    const file = openSync(path, 'r');
    try {
      const { buffer, bytesRead } = await readBytes(file, Buffer.allocUnsafe(attributeBytes), 0, attributeBytes, null);
      return buffer.toString('utf8', 0, bytesRead).replace(/\n$/, '') || undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/**
 * An attribute that is no text; undefined when it is absent or empty. The kernel calls such a one larger than it is, and
 * Node would set as much aside for it.
 */
export function binaryAttribute(path: string): Uint8Array | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      return wholeOf(file);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** The kernel gives a page at a time, and less than that at the end. */
function wholeOf(file: number): Uint8Array | undefined {
  const pages: Uint8Array[] = [];
  let read = attributeBytes;
  while (read === attributeBytes) {
    const page = Buffer.allocUnsafe(attributeBytes);
    read = readSync(file, page);
    if (read > 0) pages.push(page.subarray(0, read));
  }
  return pages.length > 1 ? Buffer.concat(pages) : pages[0];
}

/** Names in a folder, in a stable order; none when there is no such folder. */
export function entries(folder: string): string[] {
  // Asking first is cheaper than the error, and a folder that is not there is the ordinary case.
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Where a link of sysfs leads, without the root: `/devices/pci0000:00/…/usb1/1-4`. */
export function deviceFolder(sys: string, link: string): string | undefined {
  try {
    return realpathSync.native(`${sys}/${link}`).slice(realpathSync.native(sys).length);
  } catch {
    return undefined;
  }
}
