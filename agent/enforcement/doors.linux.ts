import { attribute, entries } from '../platform/sysfs.linux.ts';
import type { Kept } from './kept.linux.ts';
import type { Writer } from './writer.linux.ts';

/**
 * Settings of the kernel that decide whether a new device is let in by itself. In enforcement all of them are closed,
 * the one for buses that come later, such as a dock's, included.
 */
export function doorsOf(sys: string): string[] {
  return [...readDoors(sys).keys()];
}

function readDoors(sys: string): Map<string, string> {
  const buses = entries(`${sys}/bus/usb/devices`).filter((name) => /^usb\d+$/.test(name));
  const all = [
    'module/usbcore/parameters/authorized_default',
    ...buses.flatMap((bus) => [
      `bus/usb/devices/${bus}/authorized_default`,
      `bus/usb/devices/${bus}/interface_authorized_default`,
    ]),
    'bus/mmc/drivers_autoprobe',
  ];
  return new Map(
    all.flatMap((door): [string, string][] => {
      const value = attribute(`${sys}/${door}`);
      return value === undefined ? [] : [[door, value]];
    }),
  );
}

export interface Closing {
  /** Doors that were closed by the agent before and stood open now. */
  undone: string[];
  /** Doors that would not close. */
  stuck: string[];
}

/**
 * Closes every door that is open. What stood there is kept first, on disk, by `keep`.
 * @throws what `keep` throws, and then nothing more is closed
 */
export async function closeDoors(sys: string, kept: Kept, keep: () => void, write: Writer): Promise<Closing> {
  const found = readDoors(sys);
  const open = [...found.keys()].filter((door) => found.get(door) !== '0');
  const undone = open.filter((door) => kept.doors[door] !== undefined);
  const fresh = open.filter((door) => kept.doors[door] === undefined);
  for (const door of fresh) kept.doors[door] = found.get(door) ?? '1';
  if (fresh.length > 0) keep();
  const stuck: string[] = [];
  for (const door of open) {
    const fault = await write(`${sys}/${door}`, '0');
    if (fault !== undefined || attribute(`${sys}/${door}`) !== '0') stuck.push(door);
  }
  return { undone, stuck };
}

/** Gives every door the value it had; those of a bus that is gone are passed over. */
export async function restoreDoors(sys: string, { doors }: Kept, write: Writer): Promise<void> {
  for (const [door, value] of Object.entries(doors)) {
    if (attribute(`${sys}/${door}`) !== undefined) await write(`${sys}/${door}`, value);
  }
}
