import { isTenDigits } from '../ten-digits.ts';
import { byteSinkOf } from '../text-sink.ts';
import { delimiterOf } from './delimiter.ts';
import type { Document } from './reader.ts';
import { textBytes } from './text-bytes.ts';

const headBytes = 16 * 1024;

/** Cells separated by commas, tabs, semicolons or bars, told row by row as they stand in the file, quotes and all. */
export function readCsv({ source, sink }: Document): void {
  const target = byteSinkOf(sink);
  let rows: Rows | undefined;
  for (const bytes of textBytes(source)) {
    rows ??= new Rows(delimiterOf(bytes.toString('latin1', 0, headBytes)), (row, bounds, count) =>
      target.cells(row, bounds, count),
    );
    rows.write(bytes);
  }
  rows?.end();
}

/** A row that is longer is told in parts, so that a quote without an end costs no memory. */
const longestRow = 1024 * 1024;
const quote = 0x22;
/** What a byte may be that is no part of a cell. */
const [endsCell, endsRow, quotes] = [1, 2, 3];

/** Cuts bytes that come in pieces into rows and cells. */
class Rows {
  readonly #kinds = new Uint8Array(256);
  readonly #tell: (bytes: Buffer, bounds: Int32Array, count: number) => void;
  #bounds = new Int32Array(512);
  readonly #bytes = Buffer.alloc(longestRow);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, longestRow);
  /** Bytes held; the first is the first of a row. */
  #length = 0;

  constructor(delimiter: string, tell: (bytes: Buffer, bounds: Int32Array, count: number) => void) {
    this.#tell = tell;
    this.#kinds[delimiter.charCodeAt(0)] = endsCell;
    this.#kinds[0x0a] = endsRow;
    this.#kinds[0x0d] = endsRow;
    this.#kinds[quote] = quotes;
  }

  write(chunk: Buffer): void {
    for (let taken = 0; taken < chunk.length; ) {
      const length = chunk.copy(this.#bytes, this.#length, taken);
      taken += length;
      this.#length += length;
      this.#cut(this.#length === longestRow);
    }
  }

  end(): void {
    this.#cut(true);
  }

  /** Tells the rows held. @param all also one that may go on; only when there is no room for the rest, or no rest */
  #cut(all: boolean): void {
    const bytes = this.#bytes;
    const view = this.#view;
    const kinds = this.#kinds;
    const length = this.#length;
    let told = 0;
    let cell = 0;
    let count = 0;
    let at = 0;
    for (; at < length; at += 1) {
      let kind = kinds[bytes[at] ?? 0];
      if (kind === 0) {
        // The cells of the longest lists: ten digits, taken in one step.
        if (at !== cell || at + 10 >= length || !isTenDigits(view, at)) continue;
        kind = kinds[bytes[at + 10] ?? 0];
        if (kind !== endsCell && kind !== endsRow) continue;
        at += 10;
      } else if (kind === quotes) {
        if (at === cell) at = endOfQuoted(bytes, at, length) - 1;
        continue;
      }
      this.#bound(count, cell, at);
      count += 1;
      cell = at + 1;
      if (kind === endsCell) continue;
      this.#tell(bytes, this.#bounds, count);
      told = cell;
      count = 0;
    }
    if (all && (told === 0 || length < longestRow)) {
      if (cell < length) this.#bound(count++, cell, length);
      if (count > 0) this.#tell(bytes, this.#bounds, count);
      told = length;
    }
    bytes.copyWithin(0, told, length);
    this.#length = length - told;
  }

  #bound(index: number, from: number, to: number): void {
    if (2 * index === this.#bounds.length) {
      const longer = new Int32Array(2 * this.#bounds.length);
      longer.set(this.#bounds);
      this.#bounds = longer;
    }
    const bounds = this.#bounds;
    bounds[2 * index] = from;
    bounds[2 * index + 1] = to;
  }
}

/** Where a cell in quotes ends; two quotes stand for one. What follows the closing one up to the delimiter is its too. */
function endOfQuoted(bytes: Buffer, start: number, length: number): number {
  let at = start + 1;
  for (;;) {
    const end = bytes.indexOf(quote, at);
    if (end < 0 || end >= length) return length;
    if (bytes[end + 1] !== quote || end + 1 >= length) return end + 1;
    at = end + 2;
  }
}
