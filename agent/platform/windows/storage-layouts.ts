/** What a storage device says of itself (STORAGE_DEVICE_DESCRIPTOR of winioctl.h). Its words may be anything. */
export interface StorageDescriptor {
  bus: StorageBus;
  /** The medium can be taken out. */
  removable: boolean;
  vendor?: string;
  product?: string;
  serial?: string;
}

/** STORAGE_BUS_TYPE by number; a number not named here is `unknown`. */
const buses = {
  1: 'scsi',
  2: 'atapi',
  3: 'ata',
  4: 'firewire',
  6: 'fibre',
  7: 'usb',
  8: 'raid',
  9: 'iscsi',
  10: 'sas',
  11: 'sata',
  12: 'sd',
  13: 'mmc',
  14: 'virtual',
  15: 'file',
  16: 'spaces',
  17: 'nvme',
} as const;
export type StorageBus = (typeof buses)[keyof typeof buses] | 'unknown';

const descriptorLength = 36;

/** Pure. Undefined when the buffer is too short to be one. */
export function parseStorageDescriptor(bytes: Buffer): StorageDescriptor | undefined {
  if (bytes.length < descriptorLength) return undefined;
  const number = bytes.readUInt32LE(28);
  const vendor = wordAt(bytes, bytes.readUInt32LE(12));
  const product = wordAt(bytes, bytes.readUInt32LE(16));
  const serial = wordAt(bytes, bytes.readUInt32LE(24));
  return {
    bus: (buses as Record<number, StorageBus>)[number] ?? 'unknown',
    removable: bytes.readUInt8(10) !== 0,
    ...(vendor && { vendor }),
    ...(product && { product }),
    ...(serial && { serial }),
  };
}

/** Text of one byte a letter, ended by a zero. Offset 0, or one beyond the buffer, means that there is none. */
function wordAt(bytes: Buffer, offset: number): string | undefined {
  if (offset < descriptorLength || offset >= bytes.length) return undefined;
  const end = bytes.indexOf(0, offset);
  return bytes.toString('latin1', offset, end < 0 ? bytes.length : end).trim() || undefined;
}

/** Which disk, and which part of it, a volume is (STORAGE_DEVICE_NUMBER). */
export interface StorageNumber {
  /** FILE_DEVICE_DISK 7, FILE_DEVICE_CD_ROM 2. */
  deviceType: number;
  number: number;
}

export function parseStorageNumber(bytes: Buffer): StorageNumber | undefined {
  if (bytes.length < 12) return undefined;
  return { deviceType: bytes.readUInt32LE(0), number: bytes.readUInt32LE(4) };
}

const mostExtents = 64;

/** Numbers of the disks a volume lies on (VOLUME_DISK_EXTENTS). */
export function parseDiskExtents(bytes: Buffer): number[] {
  if (bytes.length < 8) return [];
  const count = Math.min(bytes.readUInt32LE(0), mostExtents, Math.floor((bytes.length - 8) / 24));
  return Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + index * 24));
}

/** Size of a disk in bytes (DISK_GEOMETRY_EX). */
export function parseDiskSize(bytes: Buffer): number | undefined {
  if (bytes.length < 32) return undefined;
  const size = bytes.readBigInt64LE(24);
  return size > 0n && size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : undefined;
}

/** Whether a disk is read-only by its attributes (GET_DISK_ATTRIBUTES). */
export function parseDiskAttributes(bytes: Buffer): { readOnly: boolean; offline: boolean } | undefined {
  if (bytes.length < 16) return undefined;
  const attributes = bytes.readBigUInt64LE(8);
  return { readOnly: (attributes & 2n) !== 0n, offline: (attributes & 1n) !== 0n };
}

/** SET_DISK_ATTRIBUTES: read-only or not, until the disk is gone. */
export function diskAttributes(readOnly: boolean): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.writeUInt32LE(40, 0);
  bytes.writeBigUInt64LE(readOnly ? 2n : 0n, 8);
  bytes.writeBigUInt64LE(2n, 16);
  return bytes;
}
