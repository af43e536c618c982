import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Where Linux keeps what is known of devices. Parameters, so that tests use recorded trees. */
export interface LinuxRoots {
  sys: string;
  proc: string;
  dev: string;
  run: string;
}

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
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.replace(/\n$/, '') || undefined;
}

/** Names in a folder, in a stable order; none when there is no such folder. */
export function entries(folder: string): string[] {
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
