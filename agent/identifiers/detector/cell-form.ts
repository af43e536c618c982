import { isDigit } from './bytes.ts';

/** Quotes, `=` and apostrophe, with which spreadsheets are kept from taking digits for a number: `="0101…"`. */
function isWrapping(byte: number | undefined): boolean {
  return byte === 0x22 || byte === 0x27 || byte === 0x3d || byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

export function skipWrapping(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isWrapping(bytes[at])) at += 1;
  return at;
}

export function trimWrapping(bytes: Uint8Array, from: number, to: number): number {
  let at = to;
  while (at > from && isWrapping(bytes[at - 1])) at -= 1;
  return at;
}

const spreadsheetForm = /^(?:(\d)\.(\d{9})e\+?0?9|(\d{10})[.,]0+|(\d{9}))$/i;
const [shortest, longest] = [9, 24];

/**
 * The ten digits of a number that a spreadsheet wrote as one: `9.993100005E+09`, `9993100005.0`; and where a first
 * nought may have been dropped, nine digits, as of people born in the first nine days of a month. Digits that were
 * rounded away, as in `4.01E+09`, are gone and name nobody. Null when it is nothing of the kind, or as it should be.
 */
export function rewrittenDigits(bytes: Uint8Array, from: number, to: number, dropsNought: boolean): string | null {
  const length = to - from;
  if (length === 10) return allDigits(bytes, from, to) ? textOf(bytes, from, to) : null;
  if (length < shortest || length > longest || !isDigit(bytes[from]) || !isDigit(bytes[to - 1])) return null;
  const [, first, rest, whole, nine] = spreadsheetForm.exec(textOf(bytes, from, to)) ?? [];
  if (nine !== undefined) return dropsNought ? `0${nine}` : null;
  return whole ?? (first && rest ? first + rest : null);
}

function allDigits(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!isDigit(bytes[at])) return false;
  return true;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
