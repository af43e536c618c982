import { copyImage, type ImageName } from './images.ts';
import type { Machine } from './machine.ts';
import { cardReader } from './prepare/kernel.ts';

/** Something that was plugged in. */
export interface Plugged {
  /** Pulls it out, without any warning to the guest. */
  unplug(): Promise<void>;
  /** File behind the disk, on this computer. */
  image?: string;
}
export type Plug = (machine: Machine) => Promise<Plugged>;

type Properties = Record<string, string | number | boolean>;

let last = 0;
const newName = (what: string) => `${what}${++last}`;

/** A USB device that QEMU brings along, with nothing behind it. */
export function usbDevice(driver: string, properties: Properties = {}): Plug {
  return async (machine) => {
    const id = newName('device');
    await machine.qmp.execute('device_add', { driver, id, bus: 'xhci.0', ...properties });
    return { unplug: () => remove(machine, id) };
  };
}

/** A memory stick; with `removable: false` a disk in a USB case. */
export function stick(image: ImageName, properties: Properties = {}): Plug {
  return async (machine) => {
    const disk = await addImage(machine, image);
    const plug = usbDevice('usb-storage', { removable: true, drive: disk.node, ...properties });
    const { unplug } = await plug(machine);
    return {
      image: disk.file,
      async unplug() {
        await unplug();
        await disk.remove();
      },
    };
  };
}

/** A SCSI disk or drive in a USB case: UAS as fast cases speak it, or the older bulk-only way. */
export function usbCase(
  bridge: 'usb-uas' | 'usb-bot',
  unit: 'scsi-hd' | 'scsi-cd',
  image: ImageName | undefined,
  properties: Properties = {},
): Plug {
  return async (machine) => {
    const { qmp } = machine;
    const id = newName('case');
    const disk = image && (await addImage(machine, image));
    await qmp.execute('device_add', { driver: bridge, id, bus: 'xhci.0' });
    const place = { id: `${id}-unit`, bus: `${id}.0`, 'scsi-id': 0, lun: 0 };
    await qmp.execute('device_add', { driver: unit, ...place, ...(disk && { drive: disk.node }), ...properties });
    // Its disks are in; only now does the guest see the case.
    await qmp.execute('qom-set', { path: `/machine/peripheral/${id}`, property: 'attached', value: true });
    return {
      ...(disk && { image: disk.file }),
      async unplug() {
        await remove(machine, id);
        await disk?.remove();
      },
    };
  };
}

/** A phone that offers the files of a folder here. */
export function phone(): Plug {
  return (machine) => usbDevice('usb-mtp', { rootdir: `${machine.lab.images}/files`, readonly: true })(machine);
}

/** A serial adapter with nothing at its end. */
export function serialAdapter(): Plug {
  return async (machine) => {
    const chardev = newName('line');
    await machine.qmp.execute('chardev-add', { id: chardev, backend: { type: 'null', data: {} } });
    const { unplug } = await usbDevice('usb-serial', { chardev, 'always-plugged': true })(machine);
    return {
      async unplug() {
        await unplug();
        await machine.qmp.execute('chardev-remove', { id: chardev });
      },
    };
  };
}

/** A network adapter whose cable leads nowhere. */
export function networkAdapter(): Plug {
  return async (machine) => {
    const netdev = newName('net');
    await machine.qmp.execute('netdev_add', { type: 'user', id: netdev, restrict: true });
    const { unplug } = await usbDevice('usb-net', { netdev })(machine);
    return {
      async unplug() {
        await unplug();
        await machine.qmp.execute('netdev_del', { id: netdev });
      },
    };
  };
}

/** Puts a disk into the floppy drive, which tells the guest nothing. */
export function floppyDisk(): Plug {
  return async (machine) => {
    const disk = await addImage(machine, 'floppy');
    await machine.qmp.execute('blockdev-open-tray', { id: 'floppy', force: true });
    await machine.qmp.execute('blockdev-insert-medium', { id: 'floppy', 'node-name': disk.node });
    await machine.qmp.execute('blockdev-close-tray', { id: 'floppy' });
    return {
      image: disk.file,
      async unplug() {
        await machine.qmp.execute('blockdev-open-tray', { id: 'floppy', force: true });
        await machine.qmp.execute('blockdev-remove-medium', { id: 'floppy' });
        await disk.remove();
      },
    };
  };
}

/** Starts the card reader, whose card is in already; pulling the card out is for good in one machine. */
export function memoryCard(): Plug {
  return async ({ guest, qmp }) => {
    // QEMU does not save where the reader's registers are; found anew, it is given a place anew.
    await guest.sh('echo 1 > /sys/bus/pci/devices/0000:00:04.0/remove; echo 1 > /sys/bus/pci/rescan');
    await guest.run(['/sbin/modprobe', cardReader]);
    return {
      async unplug() {
        await qmp.execute('blockdev-open-tray', { id: 'sd', force: true });
        await qmp.execute('blockdev-remove-medium', { id: 'sd' });
      },
    };
  };
}

async function remove({ qmp }: Machine, id: string): Promise<void> {
  const isIt = (data: Record<string, unknown>) => data.device === id;
  await qmp.until('DEVICE_DELETED', isIt, () => qmp.execute('device_del', { id }));
}

async function addImage(machine: Machine, name: ImageName) {
  const { qmp, lab, folder } = machine;
  const file = copyImage(lab, name, folder);
  const node = newName('disk');
  const source = { driver: 'file', filename: file, locking: 'off' };
  await qmp.execute('blockdev-add', { driver: 'raw', 'node-name': node, file: source });
  return { file, node, remove: () => qmp.execute('blockdev-del', { 'node-name': node }) };
}
