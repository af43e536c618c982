import { isDigit, isLetter } from './bytes.ts';
import type { Found } from './found.ts';
import { daysIn } from './health-numbers.ts';

const numeric = /^(?:(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})|(\d{4})-(\d{2})-(\d{2}))$/;
const named = /^(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3})[a-z]{0,6}[ ,-]{1,2}(\d{4}|\d{2})$/i;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const longest = 22;

/** Whether what stands before a run of digits lets it be the year or day that ends a date, so that most are not parsed. */
export function mayEndDate(bytes: Uint8Array, from: number, start: number, length: number): boolean {
  if ((length !== 2 && length !== 4) || start - 4 < from) return false;
  const before = bytes[start - 1];
  // Full stop, slash, hyphen: the same once more, a day or month before, or `at 8.30` would do.
  if ((before === 0x2e || before === 0x2f || before === 0x2d) && isDigit(bytes[start - 2])) {
    const second = isDigit(bytes[start - 3]) ? start - 4 : start - 3;
    return bytes[second] === before && second > from && isDigit(bytes[second - 1]);
  }
  if (before !== 0x20 && before !== 0x2d) return false;
  let at = start - 2;
  if (bytes[at] === 0x2c) at -= 1;
  const end = at;
  while (at > from && at > end - 9 && isLetter(bytes[at])) at -= 1;
  return end - at >= 3 && (bytes[at] === 0x20 || bytes[at] === 0x2d) && isDateDay(bytes, from, at);
}

/** Whether `12` or `12th` ends before a place. */
function isDateDay(bytes: Uint8Array, from: number, end: number): boolean {
  return isDigit(bytes[end - 1]) || (end - 3 >= from && isLetter(bytes[end - 1]) && isDigit(bytes[end - 3]));
}

/**
 * The day whose last digit is before `end`, written `12/03/1980`, `12-3-80`, `1980-03-12` or `12 March 1980`. Years are
 * 1900 to 2099; two digits are counted as of the 1900s, which tells days apart and does not claim a century.
 */
export function dateBefore(bytes: Uint8Array, from: number, end: number): Found | null {
  let start = end;
  while (start > from && start > end - longest && isDatePart(bytes[start - 1])) start -= 1;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  for (const { index } of text.matchAll(/(?<![a-z0-9])\d/gi)) {
    const key = dayOf(text.slice(index));
    if (key > 0) return { key, start: start + index, end, test: false };
  }
  return null;
}

function dayOf(word: string): number {
  const [, day, , month, year, isoYear, isoMonth, isoDay] = numeric.exec(word) ?? [];
  if (isoYear) return dayNumber(isoDay, Number(isoMonth), isoYear);
  if (year) return dayNumber(day, Number(month), year);
  const [, namedDay, name = '', namedYear] = named.exec(word) ?? [];
  return namedYear ? dayNumber(namedDay, months.indexOf(name.toLowerCase()) + 1, namedYear) : 0;
}

function dayNumber(day: string | undefined, month: number, year: string): number {
  const full = Number(year) + (year.length === 2 ? 1900 : 0);
  if (full < 1900 || full > 2099 || month < 1 || month > 12) return 0;
  return Number(day) >= 1 && Number(day) <= daysIn(month, full) ? full * 10_000 + month * 100 + Number(day) : 0;
}

function isDatePart(byte: number | undefined): boolean {
  return isDigit(byte) || isLetter(byte) || (byte !== undefined && (byte === 0x20 || (byte >= 0x2c && byte <= 0x2f)));
}
