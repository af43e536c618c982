import { describe, expect, it } from 'vitest';
import { storageClass, type UsbDisk, usbClass } from '../../../../agent/watchers/removable-media/usb-class.ts';

describe('class of a USB device', () => {
  it.each([
    ['stick', ['08:06:50'], 'usb-storage'],
    ['disk with two transports', ['08:06:50', '08:06:62'], 'usb-storage'],
    ['stick that is also a keyboard', ['03:01:01', '08:06:50'], 'usb-storage'],
    ['printer with a card slot', ['07:01:02', '08:06:50'], 'usb-storage'],
    ['camera', ['06:01:01'], 'camera'],
    ['iPhone', ['06:01:01', 'ff:fe:02', 'ff:fd:01'], 'phone'],
    ['phone that shares its network', ['06:01:01', 'e0:01:03', '0a:00:00'], 'phone'],
    ['network adapter', ['02:06:00', '0a:00:00'], 'network'],
    ['RNDIS by wireless class', ['e0:01:03', '0a:00:00'], 'network'],
    ['RNDIS by miscellaneous class', ['ef:04:01', '0a:00:00'], 'network'],
    ['headset with volume keys', ['01:01:00', '01:02:00', '03:00:00'], 'audio'],
    ['keyboard', ['03:01:01', '03:00:00'], 'hid'],
    ['printer', ['07:01:02'], 'printer'],
    ['smartcard reader', ['0b:00:00'], 'smartcard'],
    ['hub', ['09:00:00'], 'hub'],
    ['camera that only makes video', ['0e:01:00', '0e:02:00'], 'other'],
    ['Bluetooth', ['e0:01:01'], 'other'],
    ['serial adapter', ['ff:ff:ff'], 'other'],
    ['nothing at all', [], 'other'],
  ])('%s', (_, interfaces, expected) => {
    expect(usbClass(interfaces, false)).toBe(expected);
  });

  it('takes the vendor interface that speaks MTP for a phone', () => {
    expect(usbClass(['ff:ff:00'], true)).toBe('phone');
    expect(usbClass(['06:01:01'], true)).toBe('phone');
  });

  it('takes storage beside MTP for storage', () => {
    expect(usbClass(['ff:ff:00', '08:06:50'], true)).toBe('usb-storage');
  });
});

describe('class of USB storage by its disks', () => {
  const stick: UsbDisk = { kind: 'disk', removable: true, hasMedium: true };
  const slot: UsbDisk = { ...stick, hasMedium: false };
  const fixed: UsbDisk = { ...stick, removable: false };
  const disc: UsbDisk = { ...stick, kind: 'optical' };

  it.each<[string, string[], UsbDisk[], string]>([
    ['no disk yet', ['08:06:50'], [], 'usb-storage'],
    ['removable medium', ['08:06:50'], [stick], 'usb-storage'],
    ['fixed medium', ['08:06:62'], [fixed], 'external-disk'],
    ['fixed medium beside a removable one', ['08:06:50'], [fixed, stick], 'usb-storage'],
    ['disc drive', ['08:06:50'], [disc], 'optical'],
    ['stick with a disc for its software', ['08:06:50'], [stick, disc], 'usb-storage'],
    ['locked stick: empty beside its disc', ['08:06:50'], [slot, disc], 'usb-storage'],
    ['empty reader', ['08:06:50'], [slot], 'memory-card'],
    ['reader with one card in two slots', ['08:06:50'], [stick, slot], 'memory-card'],
    ['floppy drive', ['08:04:00'], [stick], 'floppy'],
    ['old disc drive', ['08:02:50'], [], 'optical'],
    ['old disc drive with a disc', ['08:02:50'], [disc], 'optical'],
    ['stick that calls itself a disc drive', ['08:02:50'], [stick], 'usb-storage'],
  ])('%s', (_, interfaces, disks, expected) => {
    expect(storageClass(interfaces, disks)).toBe(expected);
  });
});
