import { closeSync, openSync, writeSync } from 'node:fs';

const mebibyte = 1 << 20;
const sign = '-FVE-FS-';

/** Writes what tells a BitLocker volume into a file of at least 32 MiB: its boot sector and three copies of its metadata. */
export function writeBitLockerSigns(path: string): void {
  const places = [16, 20, 24].map((offset) => BigInt(offset * mebibyte));
  const file = openSync(path, 'r+');
  try {
    writeSync(file, bootSector(places), 0, 512, 0);
    for (const place of places) writeSync(file, metadata(places), 0, 512, Number(place));
  } finally {
    closeSync(file);
  }
}

function bootSector(places: readonly bigint[]): Buffer {
  const sector = Buffer.alloc(512);
  sector.set([0xeb, 0x58, 0x90]);
  sector.write(sign, 3, 'latin1');
  sector.writeUInt16LE(512, 11);
  sector.writeUInt8(8, 13);
  sector.set(Buffer.from('3bd66749292ed84a8399f6a339e3d001', 'hex'), 160);
  for (const [index, place] of places.entries()) sector.writeBigUInt64LE(place, 176 + index * 8);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

function metadata(places: readonly bigint[]): Buffer {
  const block = Buffer.alloc(512);
  block.write(sign, 0, 'latin1');
  block.writeUInt16LE(4, 8);
  block.writeUInt16LE(2, 10);
  for (const [index, place] of places.entries()) block.writeBigUInt64LE(place, 32 + index * 8);
  return block;
}
