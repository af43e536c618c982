import { below, pick, type Random } from './chance.ts';
import { extremes } from './mutate-bytes.ts';

/** Bytes that are put in the place of others, or from a place on nothing any more. */
interface Edit {
  at: number;
  hex: string;
  /** The file ends here. */
  cut?: true;
}

/** What is done to a file that is too large to be kept itself, and that is another in every run. */
export interface Damage {
  edits: Edit[];
  /** Statements, of a database. */
  sql?: string[];
  /** Within a part of an archive, of which the rest is packed anew around it. */
  part?: string;
  inner?: Edit[];
}

export function applied(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const copy = Buffer.from(bytes);
  let end = copy.length;
  for (const { at, hex, cut } of edits) {
    const place = Math.max(0, Math.floor(at)) % Math.max(copy.length, 1);
    Buffer.from(hex, 'hex').copy(copy, place);
    if (cut) end = Math.min(end, place);
  }
  return copy.subarray(0, end);
}

export function damageOf(
  random: Random,
  { length, statements, parts }: { length: number; statements?: readonly string[]; parts?: readonly string[] },
): Damage {
  const way = random();
  if (statements && way < 0.5) {
    const sql = Array.from({ length: 1 + below(random, 2) }, () => pick(statements, random));
    return { edits: random() < 0.1 ? editsOf(length, random) : [], sql };
  }
  if (parts && way < 0.4) return { edits: [], part: pick(parts, random), inner: editsOf(4000, random) };
  return { edits: way < 0.98 ? editsOf(length, random) : [] };
}

function editsOf(length: number, random: Random): Edit[] {
  return Array.from({ length: 1 + below(random, 4) }, () => {
    // The beginning of a database and the end of an archive say what and where the rest is.
    const at = pick(
      [below(random, length), below(random, Math.min(length, 200)), length - 1 - below(random, Math.min(length, 400))],
      random,
    );
    const number = Buffer.alloc(4);
    number.writeUInt32BE(pick(extremes, random));
    const bytes =
      random() < 0.3 ? number : Buffer.from(Array.from({ length: 1 + below(random, 4) }, () => below(random, 256)));
    return { at, hex: bytes.toString('hex'), ...(random() < 0.08 && { cut: true as const }) };
  });
}
