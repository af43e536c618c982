import { unzipSync } from 'fflate';
import { zipOf } from '../fakes/corpus/office-open.ts';

export type Random = () => number;

/** A damaged copy of a document: of its structure where it has one that is known, of its bytes otherwise. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  const isZip = bytes.readUInt16LE(0) === 0x4b50;
  const isCompound = bytes.readUInt16LE(0) === 0xcfd0;
  const ways = [
    flipBytes,
    cut,
    repeatPiece,
    extremeNumbers,
    swapNumbers,
    ...(isZip ? [insideZip, insideZip] : []),
    ...(isCompound ? [chains, chains] : []),
  ];
  let mutated = bytes;
  for (let left = 1 + below(random, 3); left > 0 && mutated.length > 16; left--)
    mutated = pick(ways, random)(mutated, random);
  return mutated;
}

export const below = (random: Random, limit: number) => Math.floor(random() * limit);

export function pick<T>(from: readonly T[], random: Random): T {
  const one = from[below(random, from.length)];
  if (one === undefined) throw new RangeError('There is nothing to pick from.');
  return one;
}

function flipBytes(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + below(random, 20); left > 0; left--) copy[below(random, copy.length)] = below(random, 256);
  return copy;
}

function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, below(random, bytes.length));
}

function repeatPiece(bytes: Buffer, random: Random): Buffer {
  const from = below(random, bytes.length);
  const piece = bytes.subarray(from, from + 1 + below(random, 2_000));
  const at = below(random, bytes.length);
  return Buffer.concat([
    bytes.subarray(0, at),
    ...Array.from({ length: 1 + below(random, 5) }, () => piece),
    bytes.subarray(at),
  ]);
}

const extremes = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Sizes, counts and places are the numbers a reader trusts. */
function extremeNumbers(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + below(random, 4); left > 0 && copy.length >= 4; left--)
    copy.writeUInt32LE(pick(extremes, random), below(random, copy.length - 3));
  return copy;
}

/** In formats that write their numbers out, such as PDF and markup. */
function swapNumbers(bytes: Buffer, random: Random): Buffer {
  const chance = 0.02;
  const text = bytes.toString('latin1').replace(/\d+/g, (number) => {
    if (random() > chance) return number;
    return pick(['0', '1', '2', '3', '-1', '99999999999', '4294967295', number + number], random);
  });
  return Buffer.from(text, 'latin1');
}

/** A part is damaged and the archive around it made anew, so that the reader of the format sees the damage. */
function insideZip(bytes: Buffer, random: Random): Buffer {
  const parts = unzipOr(bytes);
  const names = Object.keys(parts);
  if (names.length === 0) return bytes;
  const name = pick(names, random);
  const part = Buffer.from(parts[name] ?? []);
  if (part.length === 0) return bytes;
  return zipOf({ ...parts, [name]: pick([flipBytes, cut, repeatPiece, swapNumbers, tags], random)(part, random) });
}

function unzipOr(bytes: Buffer): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter: ({ originalSize }) => originalSize < 4_000_000 });
  } catch {
    return {};
  }
}

/** Elements are left out, doubled, or take one another's place. */
function tags(bytes: Buffer, random: Random): Buffer {
  const pieces = bytes.toString('latin1').split(/(?=<)/);
  for (let left = 1 + below(random, 10); left > 0; left--) {
    const at = below(random, pieces.length);
    pieces.splice(
      at,
      below(random, 2),
      ...Array.from({ length: below(random, 4) }, () => pick([...pieces, ''], random)),
    );
  }
  return Buffer.from(pieces.join(''), 'latin1');
}

/** Sectors of a compound file are chained to other sectors. */
function chains(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length < 1024) return copy;
  const table = (copy.readUInt32LE(76) + 1) * 512;
  for (let left = 1 + below(random, 8); left > 0; left--) {
    const at = random() < 0.7 ? table + below(random, 128) * 4 : 24 + below(random, 120) * 4;
    if (at + 4 <= copy.length) copy.writeUInt32LE(random() < 0.3 ? pick(extremes, random) : below(random, 60), at);
  }
  return copy;
}
