import { digitAt, isAlphanumeric, isDigit, isLetter, letterAt, separatorBefore } from './bytes.ts';
import type { Found } from './found.ts';

/** HMRC, National Insurance Manual NIM39110. */
const neverLetters = 'DFIQUV';
const neverPrefixes = ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'];
/** The prefix of the examples in HMRC's own pages. */
const testPrefix = 'QQ';

/** The National Insurance number whose last digit is before `end`: `QQ123456C`, `QQ 12 34 56 C`. */
export function niNumberBefore(bytes: Uint8Array, from: number, end: number, to: number): Found | null {
  let suffix = end;
  if (!isLetter(bytes[suffix])) suffix += 1;
  const letter = letterAt(bytes, suffix);
  if (suffix >= to || letter < 0 || letter > 3) return null;
  if (suffix + 1 < to && isAlphanumeric(bytes[suffix + 1])) return null;
  if (suffix > end && separatorBefore(bytes, suffix) !== 1) return null;
  let at = end;
  let digits = 0;
  for (let index = 0, place = 1; index < 6; index += 1, place *= 10) {
    if (index > 0 && index % 2 === 0) at -= separatorBefore(bytes, at);
    at -= 1;
    if (at < from || !isDigit(bytes[at])) return null;
    digits += digitAt(bytes, at) * place;
  }
  at -= separatorBefore(bytes, at);
  const start = at - 2;
  if (start < from || !isLetter(bytes[start]) || !isLetter(bytes[start + 1])) return null;
  if (start > from && isAlphanumeric(bytes[start - 1])) return null;
  const prefix = String.fromCharCode(letterAt(bytes, start) + 65, letterAt(bytes, start + 1) + 65);
  if (prefix !== testPrefix && !isPrefix(prefix)) return null;
  const key = ((letterAt(bytes, start) * 26 + letterAt(bytes, start + 1)) * 4 + letter) * 1_000_000 + digits;
  return { key: key + 1, start, end: suffix + 1, test: prefix === testPrefix };
}

function isPrefix(prefix: string): boolean {
  if (neverPrefixes.includes(prefix) || prefix.endsWith('O')) return false;
  return ![...prefix].some((letter) => neverLetters.includes(letter));
}
