import { unzipSync } from 'fflate';
import { zipOf } from '../fakes/corpus/office-open.ts';
import { below, pick, type Random } from './chance.ts';
import { cut, extremeNumbers, extremes, flipBytes, repeatPiece, swapNumbers } from './mutate-bytes.ts';

/** A damaged copy of a document: of its structure where it has one that is known, of its bytes otherwise. */
export function mutateDocument(bytes: Buffer, random: Random): Buffer {
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
