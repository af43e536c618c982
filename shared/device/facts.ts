import Type from 'typebox';
import { Count, exactObject, oneOf, Text } from '../schema.ts';

/**
 * What a thing is, judged by its interfaces and never by its name. `other` is anything a rule has no word for, for
 * example a loop device; it is shown and counted, not passed over.
 */
export const deviceClasses = [
  'usb-storage',
  'external-disk',
  'optical',
  'floppy',
  'memory-card',
  'phone',
  'camera',
  'audio',
  'hid',
  'hub',
  'printer',
  'network',
  'smartcard',
  'other',
] as const;
export type DeviceClass = (typeof deviceClasses)[number];

export const buses = ['usb', 'mmc', 'scsi', 'ata', 'nvme', 'firewire', 'floppy', 'virtual', 'unknown'] as const;

/**
 * How far a serial number can be believed.
 * `device`: the device reported it. `generated`: the operating system made it up, it changes with the port.
 * `blank`: none, or only zeros and blanks. `shared`: another device was seen with the same one.
 */
export const serialTrusts = ['device', 'generated', 'blank', 'shared'] as const;

/** Four hexadecimal digits in lower case, as USB vendors and products are written. */
const UsbId = Type.String({ pattern: '^[0-9a-f]{4}$' });
/** USB interface as class:subclass:protocol in hexadecimal, for example `08:06:50` for a memory stick. */
const Interface = Type.String({ pattern: '^[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}$' });

/**
 * One physical thing: a stick with its partitions and its fake CD-ROM is one device. A fact that is absent is
 * unknown. Vendor, product and serial come from the device itself and may say anything: they are cleaned
 * (`cleanText`), never trusted.
 */
export const DeviceFacts = exactObject(
  {
    class: oneOf(deviceClasses),
    bus: oneOf(buses),
    vendorId: Type.Optional(UsbId),
    productId: Type.Optional(UsbId),
    vendor: Type.Optional(Text),
    product: Type.Optional(Text),
    serial: Type.Optional(Text),
    serialTrust: oneOf(serialTrusts),
    interfaces: Type.Array(Interface, { maxItems: 64 }),
    /** Where it is plugged in, in the system's words: `1-4.2` on Linux. Tells two blank serials apart. */
    port: Type.Optional(Text),
    sizeBytes: Type.Optional(Count),
  },
  { description: 'One physical device' },
);
export type DeviceFacts = Type.Static<typeof DeviceFacts>;

/**
 * `locked`: encrypted and not opened. `suspended`: encrypted, but the key lies open beside it. `unknown`: could not
 * be told, which is never taken for encrypted.
 */
export const encryptionStates = ['encrypted', 'plain', 'locked', 'suspended', 'unknown'] as const;
export type EncryptionState = (typeof encryptionStates)[number];

export const encryptionMethods = [
  'luks1',
  'luks2',
  'bitlocker',
  'dm-crypt',
  'veracrypt',
  'filevault',
  'hardware',
] as const;
export type EncryptionMethod = (typeof encryptionMethods)[number];

/** `us`: the organisation holds the key. `other`: somebody else encrypted it. */
export const encryptionOwners = ['us', 'other'] as const;

/** One filesystem or encrypted container on a device. An absent fact is unknown. */
export const VolumeFacts = exactObject(
  {
    /** The system's name for it, without folder: `sdb1`. Names the part for as long as it is attached, no longer. */
    name: Text,
    label: Type.Optional(Text),
    filesystem: Type.Optional(Text),
    sizeBytes: Type.Optional(Count),
    encryption: oneOf(encryptionStates),
    method: Type.Optional(oneOf(encryptionMethods)),
    /** Whose key it is encrypted with, where the system or the media register tells. */
    encryptedBy: Type.Optional(oneOf(encryptionOwners)),
    mountPoint: Type.Optional(Type.String({ maxLength: 4096 })),
    readOnly: Type.Optional(Type.Boolean()),
  },
  { description: 'One filesystem or encrypted container' },
);
export type VolumeFacts = Type.Static<typeof VolumeFacts>;

/**
 * The words that name one physical device for as long as its identity can be told: by serial where the device has
 * its own, by place where it has not.
 */
export function deviceKey(device: DeviceFacts): string {
  const model = `${device.bus}:${device.vendorId ?? ''}:${device.productId ?? ''}`;
  return device.serialTrust === 'device' && device.serial !== undefined
    ? `${model}:serial:${device.serial}`
    : `${model}:port:${device.port ?? ''}`;
}
