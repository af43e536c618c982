import { type CompoundEntry, childOf } from './compound-file.ts';
import type { Document } from './reader.ts';
import { decoderFor } from './scan-markup.ts';
import { Unread } from './unread.ts';

// [MS-DOC] 2.5, offsets in the file information block.
const flagsAt = 0x0a;
const encryptedFlag = 0x0100;
const secondTableFlag = 0x0200;
const piecesAt = 0x01a2;
const firstUnicodeVersion = 0x00c1;

/** Old Word: body, notes, headers, comments and text boxes lie one after another in one sequence of pieces. */
export function readDoc({ sink, budget }: Document, root: CompoundEntry, stream: CompoundEntry): void {
  budget.whole(stream.size);
  const bytes = stream.bytes();
  const flags = bytes.readUInt16LE(flagsAt);
  if (flags & encryptedFlag) throw new Unread('encrypted', 'It is protected by a password.');
  if (bytes.readUInt16LE(2) < firstUnicodeVersion) {
    tell(sink, windows.decode(bytes.subarray(bytes.readUInt32LE(0x18), bytes.readUInt32LE(0x1c))));
    return;
  }
  const table = childOf(root, flags & secondTableFlag ? '1Table' : '0Table')?.bytes(budget.limits.wholeBytes);
  if (!table) throw new Unread('failed', 'It is damaged.');
  const from = bytes.readUInt32LE(piecesAt);
  let text = '';
  for (const piece of piecesOf(table.subarray(from, from + bytes.readUInt32LE(piecesAt + 4)))) {
    text += textOf(bytes, piece);
    budget.text(piece.length);
  }
  tell(sink, text);
}

interface Piece {
  /** Characters. */
  length: number;
  at: number;
  singleByte: boolean;
}

/** [MS-DOC] 2.9.38: formatting to be skipped, then the table of pieces. */
function* piecesOf(table: Buffer): Generator<Piece> {
  let at = 0;
  while (table[at] === 1) at += 3 + table.readUInt16LE(at + 1);
  if (table[at] !== 2) throw new Unread('failed', 'It is damaged.');
  const places = table.subarray(at + 5, at + 5 + table.readUInt32LE(at + 1));
  const count = Math.floor((places.length - 4) / 12);
  for (let index = 0; index < count; index++) {
    const length = places.readUInt32LE(index * 4 + 4) - places.readUInt32LE(index * 4);
    const place = places.readUInt32LE((count + 1) * 4 + index * 8 + 2);
    const singleByte = (place & 0x4000_0000) !== 0;
    const offset = place & 0x3fff_ffff;
    if (length > 0) yield { length, at: singleByte ? offset / 2 : offset, singleByte };
  }
}

const windows = decoderFor('windows-1252');

function textOf(bytes: Buffer, { at, length, singleByte }: Piece): string {
  return singleByte
    ? windows.decode(bytes.subarray(at, at + length))
    : bytes.subarray(at, at + length * 2).toString('utf16le');
}

// Marks of the text, [MS-DOC] 2.8: hyphens, fields, and ends of lines, pages and columns.
const marks = new Map([
  ['\u001e', '-'],
  ['\u001f', ''],
  ['\u0013', ''],
  ['\u0014', ''],
  ['\u0015', ''],
  ['\u000b', '\n'],
  ['\u000c', '\n'],
  ['\u000e', '\n'],
  ['\r', '\n'],
]);
const cellEnd = '\u0007';

function tell(sink: Document['sink'], marked: string): void {
  let text = marked;
  for (const [mark, meaning] of marks) text = text.replaceAll(mark, meaning);
  for (const line of text.split('\n')) {
    const table = line.slice(0, line.lastIndexOf(cellEnd) + 1);
    for (const row of rowsOf(table)) sink.row(row);
    sink.text(`${line.slice(table.length)}\n`);
  }
}

/**
 * A row ends with one more mark, as if with an empty cell. The first row tells how many cells there are, so that an
 * empty cell of a later one is not mistaken for its end.
 */
function* rowsOf(table: string): Generator<string[]> {
  const cells = table.split(cellEnd).slice(0, -1);
  const width = cells.indexOf('');
  while (cells.length > 0) {
    const end = width > 0 && cells[width] === '' ? width : cells.indexOf('');
    yield cells.splice(0, end < 0 ? cells.length : end + 1);
  }
}
