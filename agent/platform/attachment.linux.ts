import type { BlockDevice } from './block.linux.ts';

/**
 * How a disk can be taken away from the computer, or `fixed` when it belongs to it. Judged by where it hangs: the
 * removable flag alone calls every external hard disk fixed.
 */
export type Attachment =
  | { by: 'usb'; port: string }
  | { by: 'mmc' | 'optical' | 'floppy' | 'firewire' | 'outside' | 'removable' | 'loop' | 'fixed' };

/** A USB device in a sysfs path: bus, then the chain of ports. */
const usbDevice = /^\d+-\d+(\.\d+)*$/;

/** Port of the USB device that something in the tree of devices hangs on. */
export function usbPortOf(folder: string): string | undefined {
  return folder.split('/').findLast((part) => usbDevice.test(part));
}

export function attachmentOf(disk: BlockDevice): Attachment {
  if (disk.name.startsWith('loop')) return { by: 'loop' };
  if (disk.name.startsWith('mmcblk')) return { by: disk.cardType === 'SD' ? 'mmc' : 'fixed' };
  const port = usbPortOf(disk.folder);
  if (port) return { by: 'usb', port };
  if (/^sr\d/.test(disk.name)) return { by: 'optical' };
  if (/^fd\d/.test(disk.name)) return { by: 'floppy' };
  if (/\/fw\d+(\.\d+)?\//.test(disk.folder)) return { by: 'firewire' };
  if (disk.outside) return { by: 'outside' };
  return { by: disk.removable && disk.name.startsWith('sd') ? 'removable' : 'fixed' };
}
