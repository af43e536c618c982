import { reachBytes } from './context.ts';
import type { Passage, Scanner } from './scanner.ts';
import { fewestFor, Series } from './series.ts';

/** Kept before what is judged, and awaited after it: the reach of a word, the word, and the longest identifier. */
const margin = reachBytes + 200;
const size = 64 * 1024;
/** Characters of a piece that are taken at once. */
const sliceLength = 16 * 1024;

/** Running text in pieces that may end anywhere, judged as though it had come in one. */
export class RunningText {
  readonly #scanner: Scanner;
  readonly #bytes = Buffer.alloc(size);
  readonly #passage: Passage;
  /** Judged so far, and taken in so far. */
  #at = 0;
  #to = 0;
  /** Bytes of the text that came before those held. */
  #base = 0;
  /** The first half of a character beyond U+FFFF, with which a piece ended. */
  #half = '';
  #series: Series | null = null;
  #lastValue = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    const seriesAt = (at: number) => this.#seriesAt(at);
    const words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, size / 4);
    this.#passage = { bytes: this.#bytes, words, from: 0, to: 0, given: 0, leftFrom: 0, leftTo: 0, seriesAt };
  }

  text(piece: string): void {
    let rest = this.#half + piece;
    this.#half = '';
    while (rest !== '') {
      const length = endsInHalf(rest, sliceLength) ? sliceLength - 1 : sliceLength;
      const slice = rest.slice(0, length);
      rest = rest.slice(length);
      if (rest === '' && endsInHalf(slice, slice.length)) {
        this.#half = slice.slice(-1);
        this.#take(slice.slice(0, -1));
      } else this.#take(slice);
    }
  }

  bytes(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.length) {
      if (this.#to === size) this.#advance(this.#to - margin);
      const length = Math.min(chunk.length - taken, size - this.#to);
      this.#bytes.set(chunk.subarray(taken, taken + length), this.#to);
      this.#to += length;
      taken += length;
    }
  }

  /** What follows has nothing to do with what came before. */
  end(): void {
    if (this.#half !== '') this.#take(this.#half);
    this.#half = '';
    this.#advance(this.#to);
    this.#settle();
    this.#base += this.#to + margin;
    this.#lastValue = 0;
    this.#at = 0;
    this.#to = 0;
  }

  #take(slice: string): void {
    if (this.#to + 3 * slice.length > size) this.#advance(this.#to - margin);
    this.#to += this.#bytes.write(slice, this.#to, 'utf8');
  }

  /** Judges up to a place and lets go of what nothing needs any longer. */
  #advance(end: number): void {
    this.#passage.to = this.#to;
    if (end > this.#at) this.#at = this.#scanner.scan(this.#passage, this.#at, end);
    const keepFrom = Math.max(0, this.#at - margin);
    this.#bytes.copyWithin(0, keepFrom, this.#to);
    this.#base += keepFrom;
    this.#at -= keepFrom;
    this.#to -= keepFrom;
    this.#scanner.forgetWords();
  }

  /** Values are one list while no more lies between two than a word reaches. */
  #seriesAt(at: number): Series {
    const value = this.#base + at;
    if (value - this.#lastValue > reachBytes / 4) this.#settle();
    this.#lastValue = value;
    this.#series ??= new Series(this.#scanner.isOfOthers(this.#passage, at));
    return this.#series;
  }

  #settle(): void {
    this.#series?.settle(fewestFor(false), this.#scanner.noteLater);
    this.#series = null;
  }
}

/** Whether the character before a place is the first half of one that takes two. */
function endsInHalf(text: string, end: number): boolean {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code < 0xdc00;
}
