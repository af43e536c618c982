import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { PortcullisError } from '#shared/errors.ts';
import { guid } from './files.ts';

/** VT_LPSTR of 39 bytes: the package's code, a GUID in braces. */
const beforeCode = Buffer.from([0x1e, 0, 0, 0, 39, 0, 0, 0]);
const codeLength = 38;
/** VT_FILETIME: tenths of microseconds since 1601. */
const beforeTime = Buffer.from([0x40, 0, 0, 0]);
const year2020 = 132_223_104_000_000_000n;
const year2050 = 141_690_816_000_000_000n;
const year1970 = 116_444_736_000_000_000n;

/**
 * wixl gives every package a code by chance and the time of its making. Here the code comes from what is inside, so that the
 * same content has the same code, and no other has it, as Windows Installer wants it; the time is that of the commit.
 * @param moment in seconds since 1970
 * @throws PortcullisError `toolFailed` when the package does not look as wixl makes it
 */
export function makeReproducible(file: string, moment: number): void {
  const bytes = readFileSync(file);
  const times = placesAfter(bytes, beforeTime, isTime);
  const [code = 0, ...otherCodes] = placesAfter(bytes, beforeCode, isCode);
  if (times.length !== 2 || code === 0 || otherCodes.length > 0) {
    throw new PortcullisError('toolFailed', 'The summary of the package does not look as wixl used to make it.');
  }
  for (const at of times) bytes.writeBigUInt64LE(BigInt(moment) * 10_000_000n + year1970, at);
  bytes.fill(0, code, code + codeLength);
  bytes.write(`{${guid('package', createHash('sha256').update(bytes).digest('hex'))}}`, code, 'latin1');
  writeFileSync(file, bytes);
}

function placesAfter(bytes: Buffer, mark: Buffer, isIt: (bytes: Buffer, at: number) => boolean): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) {
    if (isIt(bytes, at + mark.length)) places.push(at + mark.length);
  }
  return places;
}

function isTime(bytes: Buffer, at: number): boolean {
  if (at + 8 > bytes.length) return false;
  const time = bytes.readBigUInt64LE(at);
  return time > year2020 && time < year2050;
}

function isCode(bytes: Buffer, at: number): boolean {
  return /^\{[0-9A-F-]{36}\}$/.test(bytes.toString('latin1', at, at + codeLength));
}
