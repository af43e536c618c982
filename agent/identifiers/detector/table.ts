import { isDigit } from './bytes.ts';
import { rewrittenDigits, skipWrapping, trimWrapping } from './cell-form.ts';
import { checkedNumber, checkedValue } from './health-numbers.ts';
import { says } from './labels.ts';
import type { Passage, Scanner } from './scanner.ts';
import { fewestFor, Series } from './series.ts';

/** Beyond so many columns a value is judged by itself alone. */
const mostColumns = 256;
/** A row with more digits in one place than `Address 2` or `Q3` is no row of headings. */
const mostHeadingDigits = 2;
const vetoing = says.phone | says.other;
const describing = [says.name, says.dateOfBirth, says.address] as const;

interface Column {
  /** What its heading says. */
  means: number;
  series: Series | null;
}

/** A table, row by row: values are judged by the heading of their column, by each other, and by a label to their left. */
export class Table {
  readonly #scanner: Scanner;
  readonly #columns: Column[] = [];
  /** Stands for all columns beyond the most. */
  readonly #rest: Column = { means: 0, series: null };
  readonly #isExtract: boolean;
  readonly #passage: Passage;
  /** Of the bytes of the last row: most rows lie in one and the same memory. */
  #view: DataView = new DataView(new ArrayBuffer(0));
  #series: Series | null = null;

  /** @param isExtract the name of the part says that it holds patients' records */
  constructor(scanner: Scanner, isExtract: boolean) {
    this.#scanner = scanner;
    this.#isExtract = isExtract;
    const seriesAt = () => this.#series;
    this.#passage = { bytes: Buffer.alloc(0), words: null, from: 0, to: 0, given: 0, leftFrom: 0, leftTo: 0, seriesAt };
  }

  /** @param bounds of each cell the first byte and the one after the last */
  row(bytes: Uint8Array, bounds: Int32Array, count: number): void {
    this.#scanner.longestRun = 0;
    if (bytes !== this.#passage.bytes) {
      this.#passage.bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#addColumns(count);
    const view = this.#view;
    const columns = this.#columns;
    let hasValue = false;
    // The cell to the left, unless it is ten digits, which say nothing.
    let left = -1;
    for (let index = 0; index < count; index += 1) {
      const from = bounds[2 * index] ?? 0;
      const to = bounds[2 * index + 1] ?? 0;
      const column = columns[index] ?? this.#rest;
      const number = to - from === 10 ? checkedValue(view, from) : -1;
      // The commonest values of all, and nothing more to be known of them.
      if (number === 0) column.series?.addOther();
      else if ((column.means & vetoing) !== 0) hasValue ||= hasDigit(bytes, from, to);
      else this.#judgeCell(column, bounds, index, left, number);
      hasValue ||= number >= 0;
      left = number >= 0 ? -1 : index;
    }
    if (!hasValue && this.#scanner.longestRun <= mostHeadingDigits) this.#takeHeadings(bytes, bounds, count);
  }

  /** Nothing more will come. */
  end(): void {
    for (const column of this.#columns) this.#settle(column);
  }

  #judgeCell(column: Column, bounds: Int32Array, index: number, left: number, number: number): void {
    const passage = this.#passage;
    passage.given = column.means;
    passage.leftFrom = left < 0 ? 0 : (bounds[2 * left] ?? 0);
    passage.leftTo = left < 0 ? 0 : (bounds[2 * left + 1] ?? 0);
    this.#series = column.series;
    if (number > 0) {
      this.#scanner.judgeValue(passage, number, column.series);
      return;
    }
    passage.from = skipWrapping(passage.bytes, bounds[2 * index] ?? 0, bounds[2 * index + 1] ?? 0);
    passage.to = trimWrapping(passage.bytes, passage.from, bounds[2 * index + 1] ?? 0);
    if (passage.from < passage.to) this.#judgeText(passage, column);
  }

  #judgeText(passage: Passage, { means, series }: Column): void {
    const { bytes, from, to } = passage;
    const digits = rewrittenDigits(bytes, from, to, (means & says.chi) !== 0);
    if (digits === null) {
      this.#scanner.forgetWords();
      this.#scanner.scan(passage, from, to);
      return;
    }
    this.#scanner.longestRun = digits.length;
    const number = checkedNumber(Buffer.from(digits, 'latin1'), 0, 3, 6);
    if (number > 0) this.#scanner.judgeValue(passage, number, series);
    else series?.addOther();
  }

  /**
   * A row without numbers may be a row of headings. One with two headings or more is: then a cell without any takes the
   * old heading away. Empty cells change nothing, so that a row with little in it does no harm.
   */
  #takeHeadings(bytes: Uint8Array, bounds: Int32Array, count: number): void {
    const most = Math.min(count, mostColumns);
    const means = Array.from({ length: most }, (_, index) => this.#meaning(bytes, bounds, index));
    const isHeader = means.filter((some) => some !== null && some !== 0).length > 1;
    for (const [index, some] of means.entries()) {
      if (some === null || (some === 0 && !isHeader)) continue;
      const column = this.#columns[index];
      if (!column || column.means === some) continue;
      this.#settle(column);
      column.means = some;
      column.series = new Series();
    }
  }

  /** Null for an empty cell. */
  #meaning(bytes: Uint8Array, bounds: Int32Array, index: number): number | null {
    const from = skipWrapping(bytes, bounds[2 * index] ?? 0, bounds[2 * index + 1] ?? 0);
    const to = trimWrapping(bytes, from, bounds[2 * index + 1] ?? 0);
    return from === to ? null : this.#scanner.meaningOf(bytes, from, to);
  }

  #settle(column: Column): void {
    const all = this.#columns.reduce((means, one) => means | one.means, 0);
    const describesPeople = describing.every((means) => (all & means) !== 0);
    column.series?.settle(fewestFor(this.#isExtract || describesPeople), this.#scanner.noteLater);
  }

  #addColumns(count: number): void {
    const wanted = Math.min(count, mostColumns);
    while (this.#columns.length < wanted) this.#columns.push({ means: 0, series: new Series() });
  }
}

function hasDigit(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (isDigit(bytes[at])) return true;
  return false;
}
