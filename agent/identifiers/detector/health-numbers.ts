import { tenDigitsModulo11 } from '../ten-digits.ts';
import { digitAt } from './bytes.ts';

export interface HealthNumberRange {
  kind: 'nhsNumber' | 'chi' | 'hscNumber';
  /** Never issued: the published test range, 999, and the other made-up patients of the national test systems. */
  test: boolean;
  /** Both ends included. */
  from: number;
  to: number;
}

/**
 * Which ten-digit numbers are whose, as the table of the uk-fci nhs-number project has them (constants.py, 2025). No two
 * overlap, so a number is of one kind and is never counted twice. What is left out is not issued (500–599, 860–899) or
 * part of an Irish identifier (800–859).
 */
export const healthNumberRanges: readonly HealthNumberRange[] = [
  { kind: 'nhsNumber', test: false, from: 4_000_000_000, to: 4_999_999_999 },
  { kind: 'nhsNumber', test: false, from: 6_000_000_000, to: 7_999_999_999 },
  { kind: 'nhsNumber', test: true, from: 9_000_000_000, to: 9_999_999_999 },
  { kind: 'hscNumber', test: false, from: 3_200_000_000, to: 3_999_999_999 },
  { kind: 'chi', test: false, from: 101_000_000, to: 3_112_999_999 },
];

/** All ten repeated digits pass the check, and 9999999999 is a common word for "missing". */
const repeatedDigit = 1_111_111_111;

/**
 * The number in three stretches of 3, 3 and 4 digits, if its check digit fits (NHS Data Dictionary, NHS NUMBER): the
 * digits times 10 down to 1 add up to a multiple of 11. That also refuses every stem whose check digit would be 10.
 * @returns 0 when it does not fit, -1 when they are not all digits
 */
export function checkedNumber(bytes: Uint8Array, first: number, second: number, third: number): number {
  const a = digitAt(bytes, first);
  const b = digitAt(bytes, first + 1);
  const c = digitAt(bytes, first + 2);
  const d = digitAt(bytes, second);
  const e = digitAt(bytes, second + 1);
  const f = digitAt(bytes, second + 2);
  const g = digitAt(bytes, third);
  const h = digitAt(bytes, third + 1);
  const i = digitAt(bytes, third + 2);
  const j = digitAt(bytes, third + 3);
  // The upper bits of a digit are clear, and stay so when 6 is added; of whatever else a byte may be they are not.
  const given = a | b | c | d | e | f | g | h | i | j;
  const raised = (a + 6) | (b + 6) | (c + 6) | (d + 6) | (e + 6) | (f + 6) | (g + 6) | (h + 6) | (i + 6) | (j + 6);
  if ((given | raised) >>> 4 !== 0) return -1;
  if ((10 * a + 9 * b + 8 * c + 7 * d + 6 * e + 5 * f + 4 * g + 3 * h + 2 * i + j) % 11 !== 0) return 0;
  const upper = 10_000 * a + 1000 * b + 100 * c + 10 * d + e;
  const number = upper * 100_000 + (10_000 * f + 1000 * g + 100 * h + 10 * i + j);
  return a === b && number % repeatedDigit === 0 ? 0 : number;
}

/** The same of ten digits in a row. @returns as `checkedNumber` */
export function checkedValue(view: DataView, at: number): number {
  const number = tenDigitsModulo11(view, at);
  return number > 0 && view.getInt32(at) === view.getInt32(at + 4) && number % repeatedDigit === 0 ? 0 : number;
}

/** Whose number it is; null when nobody's. The number's check digit fits already. */
export function rangeOf(number: number): HealthNumberRange | null {
  for (const range of healthNumberRanges) {
    if (number < range.from || number > range.to) continue;
    return range.kind === 'chi' && !beginsWithDate(number) ? null : range;
  }
  return null;
}

/** Whether the first six digits are a day of some century, as in every Community Health Index number: DDMMYY. */
function beginsWithDate(number: number): boolean {
  const day = Math.floor(number / 100_000_000);
  const month = Math.floor(number / 1_000_000) % 100;
  const year = Math.floor(number / 10_000) % 100;
  return day >= 1 && month >= 1 && month <= 12 && day <= daysIn(month, year);
}

/** @param year with or without the century: 1900 is the only one of two centuries where it matters, and 2000 is not */
export function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
