import type { DeviceClass } from '#shared/device/facts.ts';
import type { Access } from './enforcement.ts';

/** Mass storage, still images (cameras and phones), and what makers define themselves, such as MTP and adb. */
const carriers = /^(08|06|ff):/;

/** Classes whose own work needs interfaces of their maker's and which hold nothing that could be carried away. */
const harmless: ReadonlySet<DeviceClass> = new Set(['audio', 'network', 'hid', 'hub', 'smartcard']);

/** Whether files could come and go by an interface. */
export function carriesFiles(deviceClass: DeviceClass, triple: string): boolean {
  if (deviceClass === 'printer') return triple.startsWith('07:');
  return !harmless.has(deviceClass) && carriers.test(triple);
}

/** Audio, input, hubs, smart cards, video: no driver makes a disk of these. */
const diskless = /^(01|03|09|0b|0e):/;

/** Whether no disk can be behind a device, so that none need be looked for. */
export function hasNoDisk(interfaces: readonly string[]): boolean {
  return interfaces.length > 0 && interfaces.every((triple) => diskless.test(triple));
}

export function isMassStorage(triple: string): boolean {
  return triple.startsWith('08:');
}

/** The older of the two ways in which SCSI commands travel. */
export function isBulkOnly(triple: string): boolean {
  return isMassStorage(triple) && triple.endsWith(':50');
}

/** The newer one, USB attached SCSI. */
export function isUas(triple: string): boolean {
  return isMassStorage(triple) && triple.endsWith(':62');
}

/** What an interface has to be for some access. Only disks can be shown without being written to. */
export function mayOpen(deviceClass: DeviceClass, triple: string, access: Access): boolean {
  if (!carriesFiles(deviceClass, triple) || access === 'full') return true;
  return access !== 'refused' && isMassStorage(triple);
}

/** The vendor-specific triple behind which MTP hides; its name is readable only once the device is configured. */
export function mayBeMtp(triple: string): boolean {
  return triple === 'ff:ff:00';
}

export const isKeyboard = (triple: string) => triple === '03:01:01';
export const isPointer = (triple: string) => triple === '03:01:02';
/** Hubs and smart-card readers. */
export const isOnFloor = (triple: string) => /^(09|0b):/.test(triple);
