import type { Described } from './guest/plug.ts';
import type { Machine } from './machine.ts';

/** GUIDs of what devices offer to programs, and of what they are. */
const offers = {
  usb: 'a5dcbf10-6530-11d2-901f-00c04fb951ed',
  disk: '53f56307-b6bf-11d0-94f2-00a0c91efb8b',
  portable: '6ac27878-a6fa-4155-ba85-f98f491d4f33',
} as const;
const classes = {
  usb: '36fc9e60-c465-11cf-8056-444553540000',
  disk: '4d36e967-e325-11ce-bfc1-08002be10318',
  portable: 'eec5ad98-8080-425f-922a-dabf3de3f69a',
} as const;

const hub = 'USB\\ROOT_HUB30\\1';
const stickId = 'USB\\VID_0951&PID_1666\\001A92053B6A';
const diskId = 'USBSTOR\\DISK&VEN_KINGSTON&PROD_DT_101&REV_1.00\\001A92053B6A&0';
const phoneId = 'USB\\VID_04E8&PID_6860\\R58N12345AB';

const stick: Described = {
  id: stickId,
  classId: classes.usb,
  name: 'USB-Massenspeichergerät',
  hardwareIds: ['USB\\VID_0951&PID_1666&REV_0110', 'USB\\VID_0951&PID_1666'],
  compatibleIds: ['USB\\Class_08&SubClass_06&Prot_50', 'USB\\Class_08&SubClass_06', 'USB\\Class_08'],
  parent: hub,
};
const stickDisk: Described = {
  id: diskId,
  classId: classes.disk,
  name: 'Kingston DT 101 USB Device',
  hardwareIds: ['USBSTOR\\DiskKingstonDT_101'],
  compatibleIds: ['USBSTOR\\Disk', 'GenDisk'],
  parent: stickId,
};
const phone: Described = {
  id: phoneId,
  classId: classes.portable,
  name: 'Téléphone',
  hardwareIds: ['USB\\VID_04E8&PID_6860'],
  compatibleIds: ['USB\\MS_COMP_MTP', 'USB\\Class_06&SubClass_01&Prot_01'],
  parent: hub,
};

/** A removable drive, or a disc, by the mount manager. */
export function drive(machine: Machine, letter: string, type: 'removable' | 'optical', files: Record<string, string>) {
  const folder = machine.folder(letter, files);
  return {
    plug: () => machine.ask('plugDrive', { letter, folder, type: type === 'optical' ? 5 : 2 }),
    // With another type the letter would stay.
    unplug: () => machine.ask('plugDrive', { letter, folder: '', type: 0 }),
  };
}

/** A stick: its volume by Wine's own hot-plug code, which makes the second disk of it; the devices by the driver. */
export function memoryStick(machine: Machine, files: Record<string, string>) {
  const folder = machine.folder('stick', files);
  const show = async (present: boolean) => {
    await machine.ask('plugDevice', { interfaceClass: offers.usb, id: stickId, present });
    await machine.ask('plugDevice', { interfaceClass: offers.disk, id: diskId, present, disk: 1 });
  };
  return {
    async plug() {
      machine.udisks('Add', 'sdb1', '/dev/loop5', folder, 'thumb', 'SERIAL1');
      await machine.ask('describeDevice', stick);
      await machine.ask('describeDevice', stickDisk);
      await show(true);
    },
    async unplug() {
      await show(false);
      for (const id of [diskId, stickId]) await machine.ask('forgetDevice', { id });
      machine.udisks('Remove', 'sdb1');
    },
    diskId,
  };
}

export function mtpPhone(machine: Machine) {
  const show = (present: boolean) =>
    machine.ask('plugDevice', { interfaceClass: offers.portable, id: phoneId, present });
  return {
    async plug() {
      await machine.ask('describeDevice', phone);
      await show(true);
    },
    async unplug() {
      await show(false);
      await machine.ask('forgetDevice', { id: phoneId });
    },
  };
}
