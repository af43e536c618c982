import type { DeviceFacts, VolumeFacts } from '#shared/device/facts.ts';
import { networkAdapter, type Plug, phone, serialAdapter, stick, usbCase, usbDevice } from './devices.ts';
import { gadget } from './gadget.ts';

/** What people plug in, and how the agent must see it. */
export interface Case {
  name: string;
  plug: Plug;
  device: Partial<DeviceFacts>;
  /** Exactly these, in this order. */
  volumes: Partial<VolumeFacts>[];
  /** The profiles deny even connecting it. */
  isRefused?: true;
  /** How to mount the first volume that can be. */
  mount?: { node: string; type: string; readOnly?: boolean };
}

const qemuStorage: Partial<DeviceFacts> = {
  bus: 'usb',
  vendorId: '46f4',
  productId: '0001',
  interfaces: ['08:06:50'],
};

function plain(name: string, filesystem: string, label: string): Partial<VolumeFacts> {
  return { name, filesystem, label, encryption: 'plain' };
}

function stickWith(serial: string): Partial<DeviceFacts> {
  return { ...qemuStorage, class: 'usb-storage', serial, serialTrust: 'device' };
}

const storage: Case[] = [
  {
    name: 'a FAT32 stick',
    plug: stick('fat32', { serial: 'STICK0001' }),
    device: { ...stickWith('STICK0001'), vendor: 'QEMU', product: 'QEMU USB HARDDRIVE' },
    volumes: [plain('sda1', 'vfat', 'STICK')],
    mount: { node: 'sda1', type: 'vfat' },
  },
  {
    name: 'an exFAT stick',
    plug: stick('exfat', { serial: 'EXFAT0001' }),
    device: stickWith('EXFAT0001'),
    volumes: [plain('sda', 'exfat', 'EXFAT')],
    mount: { node: 'sda', type: 'exfat' },
  },
  {
    name: 'an NTFS stick',
    plug: stick('ntfs', { serial: 'NTFS0001' }),
    device: stickWith('NTFS0001'),
    volumes: [plain('sda', 'ntfs', 'NTFS')],
    mount: { node: 'sda', type: 'ntfs' },
  },
  {
    name: 'an ext4 stick',
    plug: stick('ext4', { serial: 'EXT40001' }),
    device: stickWith('EXT40001'),
    volumes: [plain('sda', 'ext4', 'EXT4')],
    mount: { node: 'sda', type: 'ext4' },
  },
  {
    name: 'a stick without partitions',
    plug: stick('fat-whole', { serial: 'WHOLE0001' }),
    device: stickWith('WHOLE0001'),
    volumes: [plain('sda', 'vfat', 'WHOLE')],
    mount: { node: 'sda', type: 'vfat' },
  },
  {
    name: 'a LUKS1 stick',
    plug: stick('luks1', { serial: 'LUKS10001' }),
    device: stickWith('LUKS10001'),
    volumes: [{ name: 'sda', filesystem: 'crypto_LUKS', encryption: 'locked', method: 'luks1' }],
  },
  {
    name: 'a LUKS2 stick',
    plug: stick('luks2', { serial: 'LUKS20001' }),
    device: stickWith('LUKS20001'),
    volumes: [{ name: 'sda', filesystem: 'crypto_LUKS', encryption: 'locked', method: 'luks2' }],
  },
  {
    name: 'a BitLocker stick',
    plug: stick('bitlocker', { serial: 'BITLOCKER0001' }),
    device: stickWith('BITLOCKER0001'),
    volumes: [{ name: 'sda', filesystem: 'BitLocker', encryption: 'locked', method: 'bitlocker' }],
  },
  {
    name: 'a stick whose content has no signature',
    plug: stick('without-signature', { serial: 'NOISE0001' }),
    device: stickWith('NOISE0001'),
    volumes: [{ name: 'sda', encryption: 'unknown' }],
  },
  {
    name: 'a hard disk in a USB case',
    plug: stick('fat32', { serial: 'HDD0001', removable: false }),
    device: { ...qemuStorage, class: 'external-disk', serial: 'HDD0001', serialTrust: 'device' },
    volumes: [plain('sda1', 'vfat', 'STICK')],
    mount: { node: 'sda1', type: 'vfat' },
  },
  {
    name: 'a disk in a UAS case',
    plug: usbCase('usb-uas', 'scsi-hd', 'fat32', { vendor: 'ACME', product: 'UASDISK', serial: 'UAS1' }),
    device: { class: 'external-disk', bus: 'usb', vendorId: '46f4', productId: '0003', interfaces: ['08:06:62'] },
    volumes: [plain('sda1', 'vfat', 'STICK')],
    mount: { node: 'sda1', type: 'vfat' },
  },
  {
    name: 'a CD drive with a disc',
    plug: usbCase('usb-bot', 'scsi-cd', 'disc'),
    device: { class: 'optical', bus: 'usb', interfaces: ['08:06:50'] },
    volumes: [plain('sr0', 'iso9660', 'DISC')],
    mount: { node: 'sr0', type: 'iso9660', readOnly: true },
  },
  {
    name: 'a CD drive without a disc',
    plug: usbCase('usb-bot', 'scsi-cd', undefined),
    device: { class: 'optical', bus: 'usb', interfaces: ['08:06:50'], sizeBytes: 0 },
    volumes: [],
  },
  {
    name: 'a stick that is also a keyboard',
    plug: gadget(
      { vendorId: '0781', productId: '5581', vendor: 'SanDisk', product: 'Ultra', serial: '4C530001230415' },
      ['storage', 'keyboard'],
    ),
    device: {
      class: 'usb-storage',
      bus: 'usb',
      vendorId: '0781',
      productId: '5581',
      vendor: 'SanDisk',
      product: 'Ultra',
      serial: '4C530001230415',
      serialTrust: 'device',
      interfaces: ['08:06:50', '03:01:01'],
    },
    volumes: [plain('sda', 'vfat', 'SMALL')],
    isRefused: true,
    mount: { node: 'sda', type: 'vfat' },
  },
  {
    name: 'a stick without a serial number',
    plug: gadget({ vendorId: '0781', productId: '5567', vendor: 'SanDisk', product: 'Blade' }, ['storage']),
    device: { class: 'usb-storage', vendorId: '0781', productId: '5567', serialTrust: 'blank' },
    volumes: [plain('sda', 'vfat', 'SMALL')],
  },
];

const others: Case[] = [
  {
    name: 'a phone (MTP)',
    plug: phone(),
    device: { class: 'phone', bus: 'usb', vendorId: '46f4', productId: '0004', interfaces: ['06:01:01'] },
    volumes: [],
  },
  {
    name: 'a sound adapter',
    plug: usbDevice('usb-audio', { audiodev: 'silence' }),
    device: { class: 'audio', vendorId: '46f4', productId: '0002', interfaces: ['01:01:04', '01:02:00'] },
    volumes: [],
  },
  {
    name: 'a keyboard',
    plug: usbDevice('usb-kbd'),
    device: { class: 'hid', vendorId: '0627', productId: '0001', interfaces: ['03:01:01'] },
    volumes: [],
  },
  {
    name: 'a mouse',
    plug: usbDevice('usb-mouse'),
    device: { class: 'hid', vendorId: '0627', productId: '0001', interfaces: ['03:01:02'] },
    volumes: [],
  },
  {
    name: 'a drawing tablet',
    plug: usbDevice('usb-tablet'),
    device: { class: 'hid', vendorId: '0627', productId: '0001', interfaces: ['03:00:00'] },
    volumes: [],
  },
  {
    name: 'a network adapter',
    plug: networkAdapter(),
    device: { class: 'network', vendorId: '0525', productId: 'a4a2' },
    volumes: [],
  },
  {
    name: 'a serial adapter',
    plug: serialAdapter(),
    device: { class: 'other', vendorId: '0403', productId: '6001', interfaces: ['ff:ff:ff'] },
    volumes: [],
  },
  {
    name: 'a hub',
    plug: usbDevice('usb-hub'),
    device: { class: 'hub', interfaces: ['09:00:00'] },
    volumes: [],
  },
  {
    name: 'a smartcard reader',
    plug: usbDevice('usb-ccid'),
    device: { class: 'smartcard', vendorId: '08e6', productId: '4433', interfaces: ['0b:00:00'] },
    volumes: [],
  },
];

/** One of each class and set of interfaces, for `--short`. */
function oneOfEachKind(cases: readonly Case[]): Case[] {
  const kind = ({ device }: Case) => `${device.class} ${device.interfaces?.join()}`;
  return [...Map.groupBy(cases, kind).values()].flatMap(([first]) => first ?? []);
}

const all: readonly Case[] = [...storage, ...others];
export const catalogue = process.env.PORTCULLIS_VM_SHORT === undefined ? all : oneOfEachKind(all);
