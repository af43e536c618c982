import type { LocalReference } from '#shared/identifiers/local-reference.ts';
import { isAlphanumeric, isDigit, isLetter } from './bytes.ts';
import type { Found } from './found.ts';

/** Finds references that fit the site's patterns. */
export interface LocalReferences {
  /** Patterns there are. */
  readonly count: number;
  /**
   * Those of one pattern that hold the digit at `at`, the first of its run. Every pattern is laid on every place where
   * it could hold the digit: at most 32 of them, whatever the text.
   */
  around(bytes: Uint8Array, from: number, at: number, to: number, found: (index: number, one: Found) => void): void;
}

export function localReferences(references: readonly LocalReference[]): LocalReferences {
  const patterns = references.map(({ pattern }) => ({ pattern: Buffer.from(pattern.toUpperCase(), 'latin1') }));
  return {
    count: patterns.length,
    around(bytes, from, at, to, found) {
      for (const [index, { pattern }] of patterns.entries()) {
        for (let offset = 0; offset < pattern.length; offset += 1) {
          const start = at - offset;
          const end = start + pattern.length;
          if (start < from || end > to || !takesDigit(pattern[offset])) continue;
          if (!standsAlone(bytes, from, start, end, to) || !fits(pattern, bytes, start)) continue;
          found(index, { key: keyOf(index, bytes, start, end), start, end, test: false });
        }
      }
    },
  };
}

const anyDigit = 0x23;
const anyLetter = 0x40;
const anyEither = 0x3f;

function takesDigit(one: number | undefined): boolean {
  return one === anyDigit || one === anyEither || isDigit(one);
}

function standsAlone(bytes: Uint8Array, from: number, start: number, end: number, to: number): boolean {
  return !(start > from && isAlphanumeric(bytes[start - 1])) && !(end < to && isAlphanumeric(bytes[end]));
}

function fits(pattern: Uint8Array, bytes: Uint8Array, start: number): boolean {
  return pattern.every((one, index) => {
    const byte = bytes[start + index];
    if (one === anyDigit) return isDigit(byte);
    if (one === anyLetter) return isLetter(byte);
    if (one === anyEither) return isAlphanumeric(byte);
    return byte === one || (isLetter(one) && byte === (one | 32));
  });
}

/** 52 bits of FNV-1a in two halves: among tens of thousands of references two will hardly ever be taken for one. */
function keyOf(pattern: number, bytes: Uint8Array, start: number, end: number): number {
  let low = 0x811c9dc5 ^ pattern;
  let high = 0x1000193 ^ pattern;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const capital = isLetter(byte) ? byte & ~32 : byte;
    low = Math.imul(low ^ capital, 0x01000193);
    high = Math.imul(high ^ (capital + 97), 0x5bd1e995) ^ (high >>> 15);
  }
  return (high >>> 12) * 4_294_967_296 + (low >>> 0) || 1;
}
