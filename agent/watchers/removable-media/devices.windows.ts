import { type DeviceFacts, deviceKey } from '#shared/device/facts.ts';
import { cleanText } from '#shared/text.ts';
import { type DeviceNode, type DeviceTree, deviceTree, setupClasses } from '../../platform/windows/device-tree.ts';
import type { StorageDescriptor, StorageNumber } from '../../platform/windows/storage-layouts.ts';
import type { Disk, Volume } from '../../platform/windows/volumes.ts';
import { totalBytes } from '../told-bytes.ts';
import { storageClass, type UsbDisk, usbClass } from './usb-class.ts';

/** Everything that tells what is plugged in, as it was read. */
export interface WindowsMedia {
  nodes: readonly DeviceNode[];
  /** What each disk, disc drive and floppy drive says of itself, by instance id in capitals. */
  disks: ReadonlyMap<string, Disk>;
  volumes: readonly Volume[];
  /** Letter of the volume Windows runs from: `C:`. */
  systemDrive: string;
}

/** One physical device, its volumes, and the devices of Windows it shows up as. */
export interface Found {
  device: DeviceFacts;
  volumes: Volume[];
  /** Storage it offers, and where it has none, what it is itself: these can be taken out of use. */
  parts: DeviceNode[];
}

const usbDevice = /^USB\\VID_([0-9A-F]{4})&PID_([0-9A-F]{4})\\([^\\]+)$/i;
const usbFunction = /^USB\\VID_[0-9A-F]{4}&PID_[0-9A-F]{4}&MI_/i;
/** Windows shows each volume of a stick a second time, as if it were a phone. */
const shadow = /^(SWD\\WPDBUSENUM|WPDBUSENUMROOT)\\/i;
const storageClasses: ReadonlySet<string> = new Set([setupClasses.disk, setupClasses.optical, setupClasses.floppy]);

interface Storage {
  node: DeviceNode;
  disk: Disk;
  volumes: Volume[];
}

/** Pure. One physical thing is one row, however many devices and volumes Windows makes of it. */
export function findMedia(media: WindowsMedia): Found[] {
  const tree = deviceTree(media.nodes);
  const storages = media.nodes.filter(isStorage).map((node) => storageOf(node, media));
  const ownerOf = ({ node }: Storage) => tree.upwards(node).find(isUsbDevice);
  const usb = media.nodes.filter(isUsbDevice).map((node) => {
    const offered = storages.filter((storage) => ownerOf(storage) === node);
    return usbThing(node, offered, tree);
  });
  const others = storages.filter((storage) => !ownerOf(storage)).flatMap((storage) => otherStorage(storage, media));
  const portable = media.nodes
    .filter((node) => isPortable(node) && !tree.upwards(node).some(isUsbDevice))
    .map(portableThing);
  const claimed = new Set(storages.flatMap(({ volumes }) => volumes));
  const rest = media.volumes.filter((volume) => !claimed.has(volume)).flatMap(looseVolume);
  const found = [...usb, ...others, ...portable, ...rest];
  return [...new Map(found.map((one) => [deviceKey(one.device) + one.device.port, one])).values()];
}

function isStorage({ classId }: DeviceNode): boolean {
  return storageClasses.has(classId);
}
function isUsbDevice({ id }: DeviceNode): boolean {
  return usbDevice.test(id);
}
function isPortable({ classId, id }: DeviceNode): boolean {
  return classId === setupClasses.portable && !shadow.test(id);
}

function storageOf(node: DeviceNode, { disks, volumes }: WindowsMedia): Storage {
  const disk = disks.get(node.id.toUpperCase()) ?? {};
  return { node, disk, volumes: volumes.filter(({ storage }) => isSame(storage, disk.storage)) };
}

function isSame(one: StorageNumber | undefined, other: StorageNumber | undefined): boolean {
  return one !== undefined && one.number === other?.number && one.deviceType === other.deviceType;
}

function usbThing(node: DeviceNode, offered: readonly Storage[], tree: DeviceTree): Found {
  const [, vendorId = '', productId = '', instance = ''] = usbDevice.exec(node.id) ?? [];
  const functions = tree.below(node).filter(({ id }) => usbFunction.test(id));
  const own = [node, ...functions];
  const interfaces = [...new Set(own.flatMap(interfacesOf))];
  const isMtp = own.some((one) => speaksMtp(one, interfaces));
  const sizes = offered.flatMap(({ disk }) => disk.sizeBytes ?? []);
  const words = offered.map(wordsOf).find(({ vendor, product }) => vendor ?? product) ?? {};
  const reported = node.reportedName && cleanText(node.reportedName);
  const product = reported || words.product;
  const base = usbClass(interfaces, isMtp);
  const isStorageThing = base === 'usb-storage' || (base === 'other' && offered.length > 0);
  const device: DeviceFacts = {
    class: isStorageThing ? storageClass(interfaces, offered.map(unitOf)) : base,
    bus: 'usb',
    vendorId: vendorId.toLowerCase(),
    productId: productId.toLowerCase(),
    ...(words.vendor && { vendor: words.vendor }),
    ...(product && { product }),
    ...instanceSerial(instance),
    interfaces: interfaces.slice(0, 64),
    port: cleanText(node.location ?? node.id),
    ...(sizes.length > 0 && { sizeBytes: totalBytes(sizes) }),
  };
  const functionsOut = functions.length > 0 ? functions : [node];
  const portable = own.filter(isPortable);
  const parts = offered.length > 0 ? offered.map((one) => one.node) : portable.length > 0 ? portable : functionsOut;
  return { device, volumes: offered.flatMap(({ volumes }) => volumes), parts };
}

/** `USB\Class_08&SubClass_06&Prot_50`; Windows leaves out what a device leaves open. */
function interfacesOf({ compatibleIds }: DeviceNode): string[] {
  return compatibleIds.flatMap((id) => {
    const [, kind, below, protocol] =
      /^USB\\Class_([0-9A-F]{2})&SubClass_([0-9A-F]{2})&Prot_([0-9A-F]{2})$/i.exec(id) ?? [];
    // Class 00 says that the interfaces tell; ef:02:01 that several belong together.
    if (!kind || kind === '00' || id.toUpperCase().startsWith('USB\\CLASS_EF&SUBCLASS_02')) return [];
    return [`${kind}:${below}:${protocol}`.toLowerCase()];
  });
}

/** By Microsoft's word for it, which is the device's own, or because Windows took it for a phone and nothing else tells. */
function speaksMtp(node: DeviceNode, interfaces: readonly string[]): boolean {
  const ids = [...node.compatibleIds, ...node.hardwareIds];
  if (ids.some((id) => /^USB\\MS_COMP_MTP$/i.test(id))) return true;
  return isPortable(node) && !interfaces.some((triple) => triple.startsWith('06:'));
}

function unitOf({ node, disk, volumes }: Storage): UsbDisk {
  const wasAsked = disk.storage !== undefined || disk.descriptor !== undefined;
  const isFull = disk.sizeBytes !== undefined || volumes.some(({ content }) => content !== undefined);
  return {
    kind: node.classId === setupClasses.optical ? 'optical' : 'disk',
    removable: disk.descriptor?.removable ?? true,
    hasMedium: isFull || !wasAsked,
  };
}

/** A serial that Windows made up has an ampersand in second place; see the page on instance ids in its driver documents. */
function instanceSerial(instance: string): Pick<DeviceFacts, 'serial' | 'serialTrust'> {
  const serial = cleanText(instance);
  if (instance[1] === '&') return { serial, serialTrust: 'generated' };
  return { serial, serialTrust: isBlank(serial) ? 'blank' : 'device' };
}

function isBlank(serial: string): boolean {
  return /^(0x)?[0\s]*$/i.test(serial);
}

/** From what the device answered, else from the name Windows made of the answer: `DISK&VEN_KINGSTON&PROD_DT_101&REV_1`. */
function wordsOf({ node, disk }: Storage): { vendor?: string; product?: string } {
  const named = (key: string) => new RegExp(`&${key}_([^&\\\\]+)`, 'i').exec(node.id)?.[1]?.replaceAll('_', ' ');
  const vendor = cleanText(disk.descriptor?.vendor ?? named('VEN') ?? '');
  const product = cleanText(disk.descriptor?.product ?? named('PROD') ?? '');
  return { ...(vendor && { vendor }), ...(product && { product }) };
}

function otherStorage(storage: Storage, { systemDrive }: WindowsMedia): Found[] {
  const { node, disk, volumes } = storage;
  const kind = volumes.some(({ name }) => name === systemDrive) ? undefined : kindOf(storage);
  if (!kind) return [];
  const serial = cleanText(disk.descriptor?.serial ?? '');
  const device: DeviceFacts = {
    ...kind,
    ...wordsOf(storage),
    ...(serial && { serial }),
    serialTrust: isBlank(serial) ? 'blank' : 'device',
    interfaces: [],
    port: cleanText(node.id),
    ...(disk.sizeBytes !== undefined && { sizeBytes: disk.sizeBytes }),
  };
  return [{ device, volumes, parts: [node] }];
}

/** Undefined for what belongs to the computer, and for a drive without a medium. */
function kindOf({ node, disk, volumes }: Storage): Pick<DeviceFacts, 'class' | 'bus'> | undefined {
  const bus = disk.descriptor?.bus ?? 'unknown';
  const isFull = disk.sizeBytes !== undefined || volumes.some(({ content }) => content !== undefined);
  if (node.classId === setupClasses.optical) return isFull ? { class: 'optical', bus: busOf(bus) } : undefined;
  if (node.classId === setupClasses.floppy) return isFull ? { class: 'floppy', bus: 'floppy' } : undefined;
  if (bus === 'sd' || bus === 'mmc' || /^SD\\/i.test(node.id)) {
    return isFull && node.removalPolicy !== 1 ? { class: 'memory-card', bus: 'mmc' } : undefined;
  }
  if (bus === 'firewire' || /^(SBP2|1394)\\/i.test(node.id)) return { class: 'external-disk', bus: 'firewire' };
  if (bus === 'usb') return { class: 'external-disk', bus: 'usb' };
  if (bus === 'virtual' || bus === 'file') return { class: 'other', bus: 'virtual' };
  // Windows says of a bay inside the case, too, that its disk may be taken out in order; only one that may go at any
  // time is outside.
  if (bus === 'nvme' && node.removalPolicy === 3) return { class: 'external-disk', bus: 'nvme' };
  return disk.descriptor?.removable && isFull ? { class: 'other', bus: busOf(bus) } : undefined;
}

function busOf(bus: StorageDescriptor['bus']): DeviceFacts['bus'] {
  switch (bus) {
    case 'ata':
    case 'atapi':
    case 'sata':
      return 'ata';
    case 'usb':
    case 'nvme':
    case 'firewire':
      return bus;
    case 'virtual':
    case 'file':
    case 'spaces':
      return 'virtual';
    case 'sd':
    case 'mmc':
      return 'mmc';
    case 'unknown':
      return 'unknown';
    case 'scsi':
    case 'fibre':
    case 'raid':
    case 'iscsi':
    case 'sas':
      return 'scsi';
  }
}

function portableThing(node: DeviceNode): Found {
  const product = cleanText(node.reportedName ?? '');
  const device: DeviceFacts = {
    class: 'phone',
    bus: 'unknown',
    ...(product && { product }),
    serialTrust: 'blank',
    interfaces: [],
    port: cleanText(node.id),
  };
  return { device, volumes: [], parts: [node] };
}

/** A drive whose device Windows does not list, as some drivers make them. Without a medium it is nothing. */
function looseVolume(volume: Volume): Found[] {
  const { type, name, content, fault, descriptor } = volume;
  if ((type !== 'removable' && type !== 'optical') || (content === undefined && isEmpty(fault))) return [];
  const isFloppy = type === 'removable' && /^[AB]:$/.test(name) && volume.storage === undefined;
  const device: DeviceFacts = {
    class: type === 'optical' ? 'optical' : isFloppy ? 'floppy' : 'other',
    bus: isFloppy ? 'floppy' : busOf(descriptor?.bus ?? 'unknown'),
    serialTrust: 'blank',
    interfaces: [],
    port: cleanText(name),
    ...(content?.sizeBytes !== undefined && { sizeBytes: content.sizeBytes }),
  };
  return [{ device, volumes: [volume], parts: [] }];
}

/** No medium, or a drive that cannot even be asked. */
function isEmpty(fault: string | undefined): boolean {
  return fault === undefined || ['win32-21', 'win32-1112', 'ENOENT', 'EACCES', 'ENOSYS', 'EINVAL'].includes(fault);
}
