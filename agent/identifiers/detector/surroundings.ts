import { isAlphanumeric, isBlank, isDigit, separatorBefore, space } from './bytes.ts';
import type { Place } from './context.ts';

/** The pound sign ends so in UTF-8 and is so in Windows-1252. */
const [dollar, pound] = [0x24, 0xa3];
const [plus, hyphen, stop, slash, backslash, underscore, at] = [0x2b, 0x2d, 0x2e, 0x2f, 0x5c, 0x5f, 0x40];
/** What this country's telephone numbers are called with from abroad; and what their national part may begin with. */
const callingCodes = ['44', '044', '0044', '00'];
const callable = [0x31, 0x32, 0x33, 0x37, 0x38];
/** How far before a number the beginning of an address is looked for, in bytes. */
const longestAddress = 256;

/**
 * Whether ten digits are all of what is written there, and not a part of a longer number, word, path, address of a page
 * or telephone number.
 */
export function standsAlone(bytes: Uint8Array, place: Place): boolean {
  return endsThere(bytes, place) && beginsThere(bytes, place) && !isCalled(bytes, place) && !isInAddress(bytes, place);
}

function endsThere(bytes: Uint8Array, { end, to }: Place): boolean {
  const after = end < to ? bytes[end] : undefined;
  const next = end + 1 < to ? bytes[end + 1] : undefined;
  if (isAlphanumeric(after) || after === slash || after === backslash || after === underscore || after === at)
    return false;
  return !((after === stop || after === hyphen) && isAlphanumeric(next));
}

function beginsThere(bytes: Uint8Array, { from, start }: Place): boolean {
  const before = start > from ? bytes[start - 1] : undefined;
  const last = start - 1 > from ? bytes[start - 2] : undefined;
  if (isAlphanumeric(before) || before === slash || before === backslash || before === underscore) return false;
  if (before === plus || before === dollar || before === pound) return false;
  if (before === stop || before === 0x2c) return !isDigit(last) || before !== stop;
  if (before === hyphen) return !isAlphanumeric(last);
  return true;
}

/** After `+44 `, `(0)`, `0044 ` or `1-`. */
function isCalled(bytes: Uint8Array, { from, start }: Place): boolean {
  let end = start - separatorBefore(bytes, start);
  if (end > from + 2 && bytes[end - 1] === 0x29 && bytes[end - 2] === 0x30) return true;
  if (end > from && bytes[end - 1] === 0x29) end -= 1;
  let begin = end;
  while (begin > from && end - begin < 5 && isDigit(bytes[begin - 1])) begin -= 1;
  if (begin === end) return false;
  const before = begin > from ? bytes[begin - 1] : undefined;
  if (before === plus) return true;
  if (isAlphanumeric(before)) return false;
  const code = String.fromCharCode(...bytes.subarray(begin, end));
  if (code === '1') return bytes[end] === hyphen;
  return callingCodes.includes(code) && callable.includes(bytes[start] ?? 0);
}

/** Whether the unbroken text it stands in begins as the address of a page does. */
function isInAddress(bytes: Uint8Array, { from, start }: Place): boolean {
  let begin = start;
  const limit = Math.max(from, start - longestAddress);
  while (begin > limit && !isBlank(bytes[begin - 1])) begin -= 1;
  for (let place = begin; place + 2 < start; place += 1) {
    if (bytes[place] === 0x3a && bytes[place + 1] === slash && bytes[place + 2] === slash) return true;
    if (isWww(bytes, place)) return true;
  }
  return false;
}

function isWww(bytes: Uint8Array, place: number): boolean {
  for (let index = 0; index < 3; index += 1) if (((bytes[place + index] ?? 0) | space) !== 0x77) return false;
  return bytes[place + 3] === stop;
}
