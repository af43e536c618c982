import { defaultLimits, type Limits } from '../../agent/identifiers/extraction/budget.ts';
import { memorySource } from '../../agent/identifiers/extraction/byte-source.ts';
import { readDocument } from '../../agent/identifiers/extraction/read-document.ts';
import type { Unread } from '../../agent/identifiers/extraction/unread.ts';

export interface Heard {
  /** Everything told, rows as `|cell|cell|`, parts as `== name`. */
  text: string;
  rows: string[][];
  unread: readonly Unread[];
}

/** Reads a document and keeps what its reader tells. */
export async function hear(name: string, bytes: Uint8Array, limits: Partial<Limits> = {}): Promise<Heard> {
  const pieces: string[] = [];
  const rows: string[][] = [];
  const sink = {
    part: (part = '') => pieces.push(`\n== ${part}\n`),
    text: (piece: string) => pieces.push(piece),
    row: (cells: readonly string[]) => {
      rows.push([...cells]);
      pieces.push(`\n|${cells.join('|')}|\n`);
    },
  };
  const unread = await readDocument(memorySource(bytes), name, sink, { ...defaultLimits, ...limits });
  return { text: pieces.join(''), rows, unread };
}
