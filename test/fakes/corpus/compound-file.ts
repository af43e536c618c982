/** What is in a compound file: streams, and storages with more of the same. */
export interface Storage {
  [name: string]: Buffer | Storage;
}

const sectorBytes = 512;
const none = 0xffffffff;
const endOfChain = 0xfffffffe;
const tableSector = 0xfffffffd;

interface Entry {
  name: string;
  type: 1 | 2 | 5;
  content: Buffer;
  child: number;
  right: number;
  first: number;
}

/** A compound file with every stream in sectors of its own. */
export function compoundFile(content: Storage): Buffer {
  const entries: Entry[] = [
    { name: 'Root Entry', type: 5, content: Buffer.alloc(0), child: none, right: none, first: endOfChain },
  ];
  addAll(entries, 0, content);
  const sectors: Buffer[] = [];
  const chain: number[] = [];
  for (const entry of entries) entry.first = place(entry.content, sectors, chain);
  const directory = place(Buffer.concat(entries.map(record)), sectors, chain);
  // The table also holds the sectors it is in itself.
  const tables = Math.ceil((chain.length + 1) / (sectorBytes / 4 - 1));
  const firstTable = chain.length;
  for (let index = 0; index < tables; index++) chain.push(tableSector);
  const table = Buffer.alloc(tables * sectorBytes, 0xff);
  for (const [sector, next] of chain.entries()) table.writeUInt32LE(next, sector * 4);
  return Buffer.concat([header(directory, firstTable, tables), ...sectors, table]);
}

function addAll(entries: Entry[], parent: number, storage: Storage): void {
  let previous: Entry | undefined;
  for (const [name, inner] of Object.entries(storage)) {
    const isStream = Buffer.isBuffer(inner);
    const entry: Entry = {
      name,
      type: isStream ? 2 : 1,
      content: isStream ? inner : Buffer.alloc(0),
      child: none,
      right: none,
      first: endOfChain,
    };
    const index = entries.push(entry) - 1;
    const above = entries[parent];
    if (previous) previous.right = index;
    else if (above) above.child = index;
    previous = entry;
    if (!isStream) addAll(entries, index, inner);
  }
}

function place(content: Buffer, sectors: Buffer[], chain: number[]): number {
  const count = Math.ceil(content.length / sectorBytes);
  if (count === 0) return endOfChain;
  const first = chain.length;
  for (let index = 0; index < count; index++) {
    const sector = Buffer.alloc(sectorBytes);
    content.copy(sector, 0, index * sectorBytes);
    sectors.push(sector);
    chain.push(index + 1 < count ? first + index + 1 : endOfChain);
  }
  return first;
}

function record({ name, type, content, child, right, first }: Entry): Buffer {
  const bytes = Buffer.alloc(128);
  const nameBytes = bytes.write(name, 'utf16le');
  bytes.writeUInt16LE(nameBytes + 2, 64);
  bytes[66] = type;
  for (const [at, value] of [
    [68, none],
    [72, right],
    [76, child],
    [116, first],
    [120, content.length],
  ] as const)
    bytes.writeUInt32LE(value, at);
  return bytes;
}

function header(directory: number, firstTable: number, tables: number): Buffer {
  const bytes = Buffer.alloc(sectorBytes);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(bytes);
  bytes.writeUInt16LE(0x3e, 24);
  bytes.writeUInt16LE(3, 26);
  bytes.writeUInt16LE(0xfffe, 28);
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt16LE(6, 32);
  bytes.writeUInt32LE(tables, 44);
  bytes.writeUInt32LE(directory, 48);
  // Streams below this size would share sectors: none does.
  bytes.writeUInt32LE(0, 56);
  for (const at of [60, 68]) bytes.writeUInt32LE(endOfChain, at);
  for (let index = 0; index < 109; index++)
    bytes.writeUInt32LE(index < tables ? firstTable + index : none, 76 + index * 4);
  return bytes;
}
