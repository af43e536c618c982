import { below, pick, type Random } from './chance.ts';

export function flipBytes(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  for (let left = 1 + below(random, 20); left > 0; left--) copy[below(random, copy.length)] = below(random, 256);
  return copy;
}

export function cut(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, below(random, bytes.length));
}

export function repeatPiece(bytes: Buffer, random: Random): Buffer {
  const from = below(random, bytes.length);
  const piece = bytes.subarray(from, from + 1 + below(random, 2_000));
  const at = below(random, bytes.length);
  return Buffer.concat([
    bytes.subarray(0, at),
    ...Array.from({ length: 1 + below(random, 5) }, () => piece),
    bytes.subarray(at),
  ]);
}

export const extremes = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Sizes, counts and places are the numbers a reader trusts. */
export function extremeNumbers(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let left = 1 + below(random, 4); left > 0 && copy.length >= 4; left--)
    copy.writeUInt32LE(pick(extremes, random), below(random, copy.length - 3));
  return copy;
}

/** In formats that write their numbers out, such as PDF and markup. */
export function swapNumbers(bytes: Buffer, random: Random): Buffer {
  const chance = 0.02;
  const text = bytes.toString('latin1').replace(/\d+/g, (number) => {
    if (random() > chance) return number;
    return pick(['0', '1', '2', '3', '-1', '99999999999', '4294967295', number + number], random);
  });
  return Buffer.from(text, 'latin1');
}

/** Bytes that mean something to a parser of text, or break it. */
const tokens = [
  '\0',
  '\n',
  '\r\n',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '<',
  '>',
  '&',
  "'",
  '\ufeff',
  '\u2028',
  '\u202e',
]
  .map((text) => Buffer.from(text))
  .concat([Buffer.from([0xff]), Buffer.from([0xc0, 0x80]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('\\ud800')]);

export function insertToken(bytes: Buffer, random: Random): Buffer {
  const at = below(random, bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), pick(tokens, random), bytes.subarray(at)]);
}

/** One or more of the ways above, for bytes of which nothing is known. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  for (let left = 1 + below(random, 3); left > 0; left--)
    mutated = pick([flipBytes, cut, repeatPiece, extremeNumbers, insertToken], random)(mutated, random);
  return mutated;
}

/** The same for text, whose lines have a meaning too. */
export function mutateLines(text: string, random: Random): string {
  const lines = text.split('\n');
  for (let left = 1 + below(random, 4); left > 0; left--) {
    const at = below(random, lines.length);
    const other = pick([...lines, ''], random);
    pick(
      [
        () => lines.splice(at, 1),
        () => lines.splice(at, 0, other),
        () => lines.splice(at, 1, other),
        () => lines.splice(at, 1, insertToken(Buffer.from(lines[at] ?? ''), random).toString('latin1')),
      ],
      random,
    )();
  }
  return lines.join('\n');
}
