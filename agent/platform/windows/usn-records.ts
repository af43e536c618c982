/** One change of a file as the journal of NTFS or ReFS keeps it. */
export interface UsnRecord {
  /** Its place in the journal. */
  usn: bigint;
  /** What happened, bits of `usnReasons`. */
  reason: number;
  /** Last part of the path. */
  name: string;
  isFolder: boolean;
  /** Numbers of the file and of the folder it lies in, within their volume. */
  file: bigint;
  parent: bigint;
}

/** USN_REASON of winioctl.h, as far as they tell of a save. */
export const usnReasons = {
  overwritten: 0x1,
  extended: 0x2,
  created: 0x100,
  deleted: 0x200,
  newName: 0x2000,
  closed: 0x8000_0000,
} as const;

const folderAttribute = 0x10;
/** Where the members stand in a record: of version 2 with numbers of 64 bits, of version 3 with 128. */
const layouts = {
  2: { file: 8, parent: 16, width: 8, usn: 24, reason: 40, attributes: 52, nameLength: 56, nameOffset: 58, least: 60 },
  3: { file: 8, parent: 24, width: 16, usn: 40, reason: 56, attributes: 68, nameLength: 72, nameOffset: 74, least: 76 },
} as const;

/**
 * Pure. What FSCTL_READ_USN_JOURNAL gave: where to go on reading, and the records. Records of other versions are passed
 * over; one whose length cannot be right ends the list.
 */
export function parseUsnRecords(bytes: Buffer): { next: bigint; records: UsnRecord[] } {
  if (bytes.length < 8) return { next: 0n, records: [] };
  const records: UsnRecord[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < 8 || length % 8 !== 0 || at + length > bytes.length) break;
    records.push(...parseRecord(bytes.subarray(at, at + length)));
    at += length;
  }
  return { next: bytes.readBigInt64LE(0), records };
}

function parseRecord(bytes: Buffer): UsnRecord[] {
  const version = bytes.readUInt16LE(4);
  const layout = version === 2 || version === 3 ? layouts[version] : undefined;
  if (!layout || bytes.length < layout.least) return [];
  const [start, length] = [bytes.readUInt16LE(layout.nameOffset), bytes.readUInt16LE(layout.nameLength)];
  if (start < layout.least || start + length > bytes.length || length % 2 !== 0) return [];
  return [
    {
      usn: bytes.readBigInt64LE(layout.usn),
      reason: bytes.readUInt32LE(layout.reason),
      name: bytes.toString('utf16le', start, start + length),
      isFolder: (bytes.readUInt32LE(layout.attributes) & folderAttribute) !== 0,
      file: wideNumber(bytes, layout.file, layout.width),
      parent: wideNumber(bytes, layout.parent, layout.width),
    },
  ];
}

function wideNumber(bytes: Buffer, at: number, width: 8 | 16): bigint {
  const low = bytes.readBigUInt64LE(at);
  return width === 8 ? low : low | (bytes.readBigUInt64LE(at + 8) << 64n);
}
