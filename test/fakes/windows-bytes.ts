/** Structures of winioctl.h, written from the documented layouts of 64-bit Windows: none was recorded on a computer. */

/** STORAGE_DEVICE_DESCRIPTOR with its words behind it. */
export function storageDescriptor(
  bus: number,
  removable: boolean,
  words: { vendor?: string; product?: string; serial?: string },
): Buffer {
  const head = Buffer.alloc(36);
  const texts: Buffer[] = [];
  let end = head.length;
  const place = (offset: number, word: string | undefined) => {
    if (word === undefined) return;
    const bytes = Buffer.from(`${word}\0`, 'latin1');
    head.writeUInt32LE(end, offset);
    texts.push(bytes);
    end += bytes.length;
  };
  head.writeUInt8(removable ? 1 : 0, 10);
  place(12, words.vendor);
  place(16, words.product);
  place(24, words.serial);
  head.writeUInt32LE(36, 0);
  head.writeUInt32LE(end, 4);
  head.writeUInt32LE(bus, 28);
  return Buffer.concat([head, ...texts]);
}

/** STORAGE_DEVICE_NUMBER. */
export function storageNumber(deviceType: number, number: number, partition: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(deviceType, 0);
  bytes.writeUInt32LE(number, 4);
  bytes.writeUInt32LE(partition, 8);
  return bytes;
}

/** VOLUME_DISK_EXTENTS. */
export function diskExtents(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + numbers.length * 24);
  bytes.writeUInt32LE(numbers.length, 0);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, 8 + index * 24);
  return bytes;
}

interface Change {
  usn: bigint;
  reason: number;
  name: string;
  attributes?: number;
  file: bigint;
  parent: bigint;
}

/** What FSCTL_READ_USN_JOURNAL gives: where to go on, then USN_RECORD_V2 or V3 one after the other. */
export function usnJournal(next: bigint, version: 2 | 3, changes: readonly Change[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigInt64LE(next);
  return Buffer.concat([head, ...changes.map((change) => usnRecord(version, change))]);
}

function usnRecord(version: 2 | 3, { usn, reason, name, attributes = 0x20, file, parent }: Change): Buffer {
  const width = version === 2 ? 8 : 16;
  const least = version === 2 ? 60 : 76;
  const text = Buffer.from(name, 'utf16le');
  const bytes = Buffer.alloc(Math.ceil((least + text.length) / 8) * 8);
  const after = 8 + 2 * width;
  const number = (value: bigint, at: number) => {
    bytes.writeBigUInt64LE(value & 0xffff_ffff_ffff_ffffn, at);
    if (version === 3) bytes.writeBigUInt64LE(value >> 64n, at + 8);
  };
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(version, 4);
  number(file, 8);
  number(parent, 8 + width);
  bytes.writeBigInt64LE(usn, after);
  bytes.writeUInt32LE(reason >>> 0, after + 16);
  bytes.writeUInt32LE(attributes, after + 28);
  bytes.writeUInt16LE(text.length, after + 32);
  bytes.writeUInt16LE(least, after + 34);
  text.copy(bytes, least);
  return bytes;
}
