import type { DeviceClass } from '#shared/device/facts.ts';
import type { StorageUnit } from '../watcher.ts';

/**
 * What an interface makes of a device, the most telling first: a thing that holds data is that, whatever else it is.
 * The names a device gives itself do not count.
 */
const byInterface: readonly [prefix: string, DeviceClass][] = [
  ['08:', 'usb-storage'],
  ['06:', 'phone'],
  ['02:06:', 'network'],
  ['02:0d:', 'network'],
  ['02:0e:', 'network'],
  ['e0:01:03', 'network'],
  ['ef:04:01', 'network'],
  ['07:', 'printer'],
  ['0b:', 'smartcard'],
  ['01:', 'audio'],
  ['03:', 'hid'],
  ['09:', 'hub'],
];

/**
 * @param speaksMtp an interface calls itself MTP: the media transfer protocol has no class of its own, so that
 * phones use the vendor-specific one and this word, which is part of the protocol and no product name
 */
export function usbClass(interfaces: readonly string[], speaksMtp: boolean): DeviceClass {
  const isStorage = interfaces.some((one) => one.startsWith('08:'));
  if (speaksMtp && !isStorage) return 'phone';
  const found = byInterface.find(([prefix]) => interfaces.some((one) => one.startsWith(prefix)))?.[1] ?? 'other';
  // A camera offers pictures and nothing else; a phone has more interfaces beside them.
  return found === 'phone' && interfaces.length === 1 ? 'camera' : found;
}

export interface UsbDisk extends StorageUnit {
  hasMedium: boolean;
}

/**
 * Storage by what became of it: a disk that calls its medium fixed is an external disk; one slot without a card gives a
 * card reader away, unless a CD beside it says that it is a locked stick; a disc drive has nothing but discs. A stick
 * is also what no disk is known of yet, so that it is treated with most care first.
 */
export function storageClass(interfaces: readonly string[], disks: readonly UsbDisk[]): DeviceClass {
  const plain = disks.filter((disk) => disk.kind === 'disk');
  // Subclass 04 is the command set of floppy drives, 02 that of old disc drives, which have no plain disk.
  if (interfaces.some((one) => one.startsWith('08:04:'))) return 'floppy';
  if (plain.length === 0 && interfaces.some((one) => one.startsWith('08:02:'))) return 'optical';
  if (disks.length > 0 && plain.length === 0) return 'optical';
  if (plain.length > 0 && plain.every((disk) => !disk.removable)) return 'external-disk';
  const isReader = plain.length === disks.length && plain.some((disk) => disk.removable && !disk.hasMedium);
  return isReader ? 'memory-card' : 'usb-storage';
}
