import { type DeviceFacts, deviceKey, type VolumeFacts } from '#shared/device/facts.ts';
import { cleanText } from '#shared/text.ts';
import type { DiskInfo, ListedDisk, ListedVolume } from '../../platform/darwin/disks.ts';
import { isVolume, type Storage } from '../../platform/darwin/storage.ts';
import type { UsbDevice, UsbSlot } from '../../platform/darwin/usb.ts';
import { encryptionOf } from '../../platform/encryption.darwin.ts';
import type { Attached } from './index.ts';
import { storageClass, type UsbDisk, usbClass } from './usb-class.ts';

/** Pure. One physical thing is one row, however many disks and containers macOS makes of it. */
export function findMedia(usb: readonly UsbDevice[], storage: Storage): Attached[] {
  const onUsb = usb.map((device) => usbThing(device, storage));
  const claimed = new Set(usb.flatMap(({ slots }) => slots.flatMap(idsOf)));
  const others = storage.disks.flatMap((disk) => (claimed.has(disk.id) ? [] : otherDisk(disk, storage)));
  const found = [...onUsb, ...others];
  return [...new Map(found.map((one) => [deviceKey(one.device) + one.device.port, one])).values()];
}

function idsOf({ disk, derived }: UsbSlot): string[] {
  return [...(disk ? [disk.id] : []), ...derived];
}

function usbThing(device: UsbDevice, storage: Storage): Attached {
  const { interfaces, slots } = device;
  const sizes = slots.flatMap(({ disk }) => disk?.sizeBytes ?? []);
  const base = usbClass(interfaces, device.speaksMtp);
  const vendor = cleanText(device.vendor ?? '');
  const product = cleanText(device.product ?? '');
  const facts: DeviceFacts = {
    class: base === 'usb-storage' ? storageClass(interfaces, slots.map(unitOf)) : base,
    bus: 'usb',
    vendorId: hex(device.vendorId),
    productId: hex(device.productId),
    ...(vendor && { vendor }),
    ...(product && { product }),
    ...serialOf(device.serial),
    interfaces: [...new Set(interfaces)].slice(0, 64),
    port: `0x${device.location.toString(16).padStart(8, '0')}`,
    ...(sizes.length > 0 && { sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }),
  };
  return { device: facts, volumes: volumesOn(slots.flatMap(idsOf), storage) };
}

function unitOf({ kind, disk }: UsbSlot): UsbDisk {
  return { kind, removable: disk?.isRemovable ?? true, hasMedium: disk !== undefined };
}

function hex(id: number): string {
  return (id & 0xffff).toString(16).padStart(4, '0');
}

/** macOS shows what the device reports and makes up none. */
function serialOf(text: string | undefined): Pick<DeviceFacts, 'serial' | 'serialTrust'> {
  const serial = cleanText(text ?? '');
  if (serial === '') return { serialTrust: 'blank' };
  return { serial, serialTrust: /^(0x)?[0\s]*$/i.test(serial) ? 'blank' : 'device' };
}

/** What is outside, or can be taken out, and hangs on no USB. */
function otherDisk(disk: ListedDisk, storage: Storage): Attached[] {
  const info = storage.info.get(disk.id);
  const kind = info && disk.stores.length === 0 && !disk.isInternal ? kindOf(info) : undefined;
  if (!info || !kind || isMadeByMacos(disk, storage)) return [];
  const product = cleanText(info.product ?? '');
  const device: DeviceFacts = {
    ...kind,
    ...(product && { product }),
    serialTrust: 'blank',
    interfaces: [],
    port: cleanText(info.place ?? disk.id),
    ...(disk.sizeBytes !== undefined && { sizeBytes: disk.sizeBytes }),
  };
  return [{ device, volumes: volumesOn([disk.id], storage) }];
}

/** Undefined for what belongs to the computer. */
export function kindOf({
  bus,
  isInside,
  hasRemovableMedium,
  isOptical,
}: DiskInfo): Pick<DeviceFacts, 'class' | 'bus'> | undefined {
  if (bus === 'Disk Image') return { class: 'other', bus: 'virtual' };
  if (isOptical) return { class: 'optical', bus: busOf(bus) };
  if (bus === 'Secure Digital') return { class: 'memory-card', bus: 'mmc' };
  if (isInside === false) return { class: 'external-disk', bus: busOf(bus) };
  return hasRemovableMedium ? { class: 'other', bus: busOf(bus) } : undefined;
}

/** Words of Disk Arbitration, which are not translated. */
function busOf(bus: string | undefined): DeviceFacts['bus'] {
  switch (bus) {
    case 'USB':
      return 'usb';
    case 'FireWire':
      return 'firewire';
    case 'PCI':
    case 'PCI-Express':
    case 'Thunderbolt':
      return 'nvme';
    case 'ATA':
    case 'ATAPI':
    case 'SATA':
      return 'ata';
    case 'SAS':
    case 'SCSI':
    case 'Fibre Channel Interface':
      return 'scsi';
    default:
      return 'unknown';
  }
}

/** Images that macOS and its developer tools mount for themselves; people's are mounted below /Volumes. */
function isMadeByMacos(disk: ListedDisk, storage: Storage): boolean {
  const places = volumesOn([disk.id], storage).flatMap(({ mountPoint }) => mountPoint ?? []);
  return places.length > 0 && places.every((place) => /^\/(System|private|Library)\//.test(place));
}

/** Volumes on these disks: partitions, a file system without partitions, and what the containers on them hold. */
export function volumesOn(ids: readonly string[], storage: Storage): VolumeFacts[] {
  const own = storage.disks.filter(({ id }) => ids.includes(id));
  const parts = own.flatMap(({ partitions }) => partitions.map(({ id }) => id));
  const containers = storage.disks.filter(
    ({ id, stores }) => !ids.includes(id) && stores.some((store) => parts.includes(store) || ids.includes(store)),
  );
  const volumes = [...own, ...containers].flatMap((disk) => [
    ...disk.partitions.filter(isVolume),
    ...disk.volumes,
    ...(isFilesystem(disk) ? [disk] : []),
  ]);
  const isOpen = own.some((disk) => storage.coreStorage.has(disk.id));
  const closed = own.flatMap(({ partitions }) =>
    isOpen ? [] : partitions.filter(({ content }) => content === 'Apple_CoreStorage'),
  );
  return [...volumes.map((volume) => volumeFacts(volume, storage)), ...closed.map(closedVolume)];
}

function isFilesystem({ partitions, volumes, stores, mountPoint, label }: ListedDisk): boolean {
  return partitions.length === 0 && volumes.length === 0 && stores.length === 0 && (mountPoint ?? label) !== undefined;
}

function volumeFacts(volume: ListedVolume, storage: Storage): VolumeFacts {
  const info = storage.info.get(volume.id);
  const label = cleanText(volume.label ?? info?.label ?? '');
  const sizeBytes = info?.sizeBytes ?? volume.sizeBytes;
  const { because: _why, ...encryption } = encryptionOf(volume.id, storage);
  return {
    name: cleanText(volume.id),
    ...(label && { label }),
    ...(info?.filesystem !== undefined && { filesystem: cleanText(info.filesystem) }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...encryption,
    ...(volume.mountPoint !== undefined && { mountPoint: cleanText(volume.mountPoint, 4096) }),
    ...(volume.mountPoint !== undefined && info?.isWritable !== undefined && { readOnly: !info.isWritable }),
  };
}

/** CoreStorage shows what it holds only once it is opened. */
function closedVolume({ id, sizeBytes }: ListedVolume): VolumeFacts {
  return {
    name: cleanText(id),
    filesystem: 'corestorage',
    ...(sizeBytes !== undefined && { sizeBytes }),
    encryption: 'locked',
    method: 'filevault',
  };
}
