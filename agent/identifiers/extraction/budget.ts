import { Exhausted, Unread } from './unread.ts';

/** How much work one file may cause, together with everything packed in it. */
export interface Limits {
  /** Largest file that is opened at all. */
  fileBytes: number;
  /** Largest document that is held in memory whole: PDF, messages, old Office files, whatever is in an archive. */
  wholeBytes: number;
  /** Everything that archives and compressed parts unpack to. */
  unpackedBytes: number;
  /** Parts of all archives together. */
  parts: number;
  /** Documents within documents: 1 is the file itself. */
  depth: number;
  pages: number;
  /** Text handed to the detector, in characters. */
  textLength: number;
}

const mebibyte = 1024 * 1024;

export const defaultLimits: Limits = {
  fileBytes: 512 * mebibyte,
  wholeBytes: 128 * mebibyte,
  unpackedBytes: 1024 * mebibyte,
  parts: 10_000,
  depth: 4,
  pages: 5_000,
  textLength: 1024 * mebibyte,
};

// Deflate reaches 1,032 to 1. Documents of real people stay far below this once they are large.
const suspiciousRatio = 250;
const smallEnough = 32 * mebibyte;

/** Counts what one file has caused so far, and ends the reading when it is too much. */
export class Budget {
  readonly limits: Limits;
  #unpacked = 0;
  #parts = 0;
  #text = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  part(): void {
    if (++this.#parts > this.limits.parts) throw new Exhausted(`It has more than ${this.limits.parts} parts.`);
  }

  /** @param packed of the same part, in bytes; @param unpacked of the same part so far */
  unpacked(bytes: number, part: { packed: number; unpacked: number }): void {
    this.#unpacked += bytes;
    if (this.#unpacked > this.limits.unpackedBytes) throw new Exhausted('It unpacks to more than is read.');
    if (part.unpacked > smallEnough && part.unpacked > part.packed * suspiciousRatio)
      throw new Exhausted('It unpacks to hundreds of times its size, as a zip bomb does.');
  }

  text(length: number): void {
    this.#text += length;
    if (this.#text > this.limits.textLength) throw new Exhausted('It holds more text than is read.');
  }

  whole(bytes: number): void {
    if (bytes > this.limits.wholeBytes)
      throw new Unread('too-large', `A document of its kind is read up to ${this.limits.wholeBytes / mebibyte} MiB.`);
  }
}
