import type { ByteSource } from './byte-source.ts';
import { Unread } from './unread.ts';

/** A stream or a storage (folder) of a compound file, the container of old Office documents and Outlook messages. */
export interface CompoundEntry {
  name: string;
  size: number;
  /** In a storage: what is in it. */
  children: readonly CompoundEntry[];
  /** The bytes of a stream, at most `longest` of them. */
  bytes(longest?: number): Buffer;
}

/** [MS-CFB]: sectors chained by a table, small streams packed into one large one. */
const signature = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const endOfChain = 0xfffffffe;
const lastSector = 0xfffffffa;
const none = 0xffffffff;
const entryBytes = 128;
const shortSectorBytes = 64;
const mostEntries = 10_000;
const deepest = 16;

export function isCompoundFile(start: Buffer): boolean {
  return start.subarray(0, signature.length).equals(signature);
}

/** The root storage. @throws Unread when its tables lead nowhere or in circles */
export function openCompoundFile(source: ByteSource): CompoundEntry {
  const header = source.read(0, 512);
  if (header.length < 512 || !isCompoundFile(header)) throw new Unread('failed', 'It is damaged.');
  const sectorBytes = 1 << header.readUInt16LE(30);
  if (sectorBytes !== 512 && sectorBytes !== 4096) throw new Unread('failed', 'It is damaged.');
  const sectors: Sectors = {
    bytes: sectorBytes,
    longest: source.size,
    read: (sector) => source.read((sector + 1) * sectorBytes, sectorBytes),
    next: tableOf(source, header, sectorBytes),
  };
  const directory = streamOf(sectors, header.readUInt32LE(48), mostEntries * entryBytes);
  return tree(directory, sectors, header);
}

interface Sectors {
  bytes: number;
  /** No stream is longer than the file, whatever it says. */
  longest: number;
  read(sector: number): Buffer;
  /** The chain: for each sector the one after it. */
  next: (sector: number) => number;
}

/** The table of chains lies in sectors of its own, the numbers of which are in the header and in a list after it. */
function tableOf(source: ByteSource, header: Buffer, sectorBytes: number): Sectors['next'] {
  const places: number[] = [];
  for (let at = 76; at < 512; at += 4) places.push(header.readUInt32LE(at));
  const mostTables = Math.ceil(source.size / sectorBytes / (sectorBytes / 4)) + 1;
  let list = header.readUInt32LE(68);
  while (list < lastSector && places.length < mostTables + 109) {
    const sector = source.read((list + 1) * sectorBytes, sectorBytes);
    if (sector.length < sectorBytes) break;
    for (let at = 0; at < sectorBytes - 4; at += 4) places.push(sector.readUInt32LE(at));
    list = sector.readUInt32LE(sectorBytes - 4);
  }
  const tables = places.map((place) => (place < lastSector ? place : undefined));
  const loaded = new Map<number, Buffer>();
  return (sector) => {
    const index = Math.floor(sector / (sectorBytes / 4));
    const place = tables[index];
    if (place === undefined) return endOfChain;
    const table = loaded.get(index) ?? source.read((place + 1) * sectorBytes, sectorBytes);
    loaded.set(index, table);
    const at = (sector % (sectorBytes / 4)) * 4;
    return at + 4 <= table.length ? table.readUInt32LE(at) : endOfChain;
  };
}

/** The bytes of a chain. One that runs in circles ends too. */
function streamOf(sectors: Sectors, first: number, size: number): Buffer {
  const longest = Math.min(size, sectors.longest);
  const pieces: Buffer[] = [];
  let length = 0;
  for (let sector = first; sector < lastSector && length < longest; sector = sectors.next(sector)) {
    const piece = sectors.read(sector);
    if (piece.length === 0) break;
    pieces.push(piece);
    length += piece.length;
  }
  return Buffer.concat(pieces, Math.min(length, longest));
}

function tree(directory: Buffer, sectors: Sectors, header: Buffer): CompoundEntry {
  const cutoff = header.readUInt32LE(56);
  const shortTable = streamOf(sectors, header.readUInt32LE(60), header.readUInt32LE(64) * sectors.bytes);
  const records = Array.from({ length: Math.floor(directory.length / entryBytes) }, (_, index) =>
    recordOf(directory.subarray(index * entryBytes, (index + 1) * entryBytes)),
  );
  const [root] = records;
  if (!root) throw new Unread('failed', 'It is damaged.');
  let shortStream: Buffer | undefined;
  const shortSectors: Sectors = {
    bytes: shortSectorBytes,
    longest: sectors.longest,
    read(sector) {
      shortStream ??= streamOf(sectors, root.first, root.size);
      return shortStream.subarray(sector * shortSectorBytes, (sector + 1) * shortSectorBytes);
    },
    next: (sector) => (sector * 4 + 4 <= shortTable.length ? shortTable.readUInt32LE(sector * 4) : endOfChain),
  };
  const seen = new Set<number>();
  const entryOf = (record: DirectoryRecord, depth: number): CompoundEntry => ({
    name: record.name,
    size: record.size,
    children: depth < deepest ? childrenOf(record.child).map((child) => entryOf(child, depth + 1)) : [],
    bytes: (longest = Number.POSITIVE_INFINITY) =>
      streamOf(record.size < cutoff ? shortSectors : sectors, record.first, Math.min(record.size, longest)),
  });
  // Siblings form a binary tree, read here without trusting it to be one.
  const childrenOf = (first: number): DirectoryRecord[] => {
    const found: DirectoryRecord[] = [];
    const waiting = [first];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const record = records[index];
      if (!record || seen.has(index)) continue;
      seen.add(index);
      found.push(record);
      waiting.push(record.left, record.right);
    }
    return found;
  };
  return entryOf(root, 0);
}

interface DirectoryRecord {
  name: string;
  size: number;
  first: number;
  left: number;
  right: number;
  child: number;
}

function recordOf(bytes: Buffer): DirectoryRecord {
  const nameBytes = Math.min(bytes.readUInt16LE(64), 64);
  return {
    name: bytes.toString('utf16le', 0, Math.max(0, nameBytes - 2)),
    left: bytes.readUInt32LE(68),
    right: bytes.readUInt32LE(72),
    child: bytes[66] === 2 ? none : bytes.readUInt32LE(76),
    first: bytes.readUInt32LE(116),
    size: bytes.readUInt32LE(120),
  };
}

/** A direct child by its name, whatever its case. */
export function childOf(storage: CompoundEntry, name: string): CompoundEntry | undefined {
  return storage.children.find((child) => child.name.toLowerCase() === name.toLowerCase());
}
