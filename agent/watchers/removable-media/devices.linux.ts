import type { DeviceFacts } from '#shared/device/facts.ts';
import { cleanText } from '#shared/text.ts';
import { attachmentOf } from '../../platform/attachment.linux.ts';
import type { BlockDevice, BlockDevices } from '../../platform/block.linux.ts';
import { totalBytes } from '../told-bytes.ts';
import type { UsbDevice } from './usb.linux.ts';
import { storageClass, usbClass } from './usb-class.ts';

/** A device with the whole disks it offers. */
export interface Found {
  device: DeviceFacts;
  disks: BlockDevice[];
}

/** What a memory card says of itself, by the name of its disk. */
export interface Card {
  product?: string;
  serial?: string;
}

/** A card that has no driver, because it was refused or is not decided yet, and therefore no disk. */
export interface WaitingCard extends Card {
  /** Name its disk will have. */
  disk: string;
}

/** Package images of snapd: each package is a loop device, dozens on an ordinary desktop, and only root puts them there. */
const packageImages = '/var/lib/snapd/snaps/';

/**
 * Joins USB devices and disks into physical things.
 * @param hasMedium whether a drive with a slot holds something, as far as can be told
 */
export function findDevices(
  usb: readonly UsbDevice[],
  blocks: BlockDevices,
  cards: ReadonlyMap<string, Card>,
  hasMedium: (disk: BlockDevice) => boolean,
): Found[] {
  const disks = [...blocks.values()].filter((block) => block.disk === undefined && !block.mapper);
  const onUsb = Map.groupBy(disks, (disk) => {
    const attachment = attachmentOf(disk);
    return attachment.by === 'usb' ? attachment.port : '';
  });
  return [
    ...usb.map((device) => usbDevice(device, onUsb.get(device.port) ?? [], hasMedium)),
    ...(onUsb.get('') ?? []).flatMap((disk) => otherDevice(disk, cards.get(disk.name) ?? {}, hasMedium)),
  ];
}

/** Known by the same words as with its disk, so that it stays one device. */
export function findWaitingCards(cards: readonly WaitingCard[]): Found[] {
  return cards.map(({ disk, product, serial }) => {
    const device: DeviceFacts = {
      class: 'memory-card',
      bus: 'mmc',
      ...named('product', product),
      ...serialFacts(serial),
      interfaces: [],
      port: cleanText(disk),
    };
    return { device, disks: [] };
  });
}

function usbDevice(usb: UsbDevice, disks: BlockDevice[], hasMedium: (disk: BlockDevice) => boolean): Found {
  const base = usbClass(usb.interfaces, usb.speaksMtp);
  const offered = disks.map((disk) => ({
    kind: disk.name.startsWith('sr') ? ('optical' as const) : ('disk' as const),
    removable: disk.removable,
    hasMedium: hasMedium(disk),
  }));
  const full = disks.filter(hasMedium);
  const device: DeviceFacts = {
    class: base === 'usb-storage' ? storageClass(usb.interfaces, offered) : base,
    bus: 'usb',
    ...(usb.vendorId && { vendorId: usb.vendorId }),
    ...(usb.productId && { productId: usb.productId }),
    ...named('vendor', usb.vendor),
    ...named('product', usb.product),
    ...serialFacts(usb.serial),
    // Enough to show what it is; a device with more different ones is odd, and its class was judged by all of them.
    interfaces: usb.interfaces.slice(0, 64),
    port: usb.port,
    ...(disks.length > 0 && { sizeBytes: totalBytes(full.map((disk) => disk.sizeBytes)) }),
  };
  return { device, disks: full };
}

function otherDevice(disk: BlockDevice, card: Card, hasMedium: (disk: BlockDevice) => boolean): Found[] {
  if (!hasMedium(disk)) return [];
  const kind = kindOf(disk);
  if (!kind) return [];
  const device: DeviceFacts = {
    ...kind,
    ...named('product', card.product),
    ...serialFacts(card.serial),
    interfaces: [],
    port: placeOf(disk),
    sizeBytes: disk.sizeBytes,
  };
  return [{ device, disks: [disk] }];
}

/** A loop device is a new place with each image, so that one image put in place of another is told as such. */
function placeOf(disk: BlockDevice): string {
  const isNumbered = disk.name.startsWith('loop') && disk.sequence !== undefined;
  return cleanText(isNumbered ? `${disk.name}:${disk.sequence}` : disk.name);
}

function kindOf(disk: BlockDevice): Pick<DeviceFacts, 'class' | 'bus'> | undefined {
  switch (attachmentOf(disk).by) {
    case 'mmc':
      return { class: 'memory-card', bus: 'mmc' };
    case 'optical':
      return { class: 'optical', bus: busOf(disk) };
    case 'floppy':
      return { class: 'floppy', bus: 'floppy' };
    case 'firewire':
      return { class: 'external-disk', bus: 'firewire' };
    case 'outside':
      return { class: 'external-disk', bus: 'nvme' };
    case 'removable':
      return { class: 'other', bus: busOf(disk) };
    case 'loop':
      return disk.backing && !disk.backing.startsWith(packageImages) ? { class: 'other', bus: 'virtual' } : undefined;
    case 'usb':
    case 'fixed':
      return undefined;
  }
}

function busOf(disk: BlockDevice): DeviceFacts['bus'] {
  return disk.folder.includes('/ata') ? 'ata' : 'scsi';
}

/** Linux invents no serials, so that one is the device's own or there is none. */
function serialFacts(serial: string | undefined): Pick<DeviceFacts, 'serial' | 'serialTrust'> {
  const clean = cleanText(serial ?? '');
  const isBlank = /^(0x)?[0\s]*$/.test(clean);
  return { ...(clean && { serial: clean }), serialTrust: isBlank ? 'blank' : 'device' };
}

function named<K extends 'vendor' | 'product'>(key: K, text: string | undefined): { [P in K]?: string } {
  const clean = cleanText(text ?? '');
  return clean ? ({ [key]: clean } as { [P in K]?: string }) : {};
}
