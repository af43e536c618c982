import { InvalidError } from '#shared/errors.ts';
import { dayInWords } from '../console/words.ts';

/**
 * Whole days, both ends included: `2026-11-01` to `2026-11-30`. A day here is one of UTC, because events are counted by
 * those; in summer it begins at one in the morning in London. Every report says so.
 */
export interface Period {
  from: string;
  to: string;
}

export const dayMilliseconds = 24 * 60 * 60 * 1000;
const longestDays = 3 * 366;

/** @throws InvalidError for what are no days, are out of turn, begin in the future, or lie further apart than three years */
export function readPeriod(from: string, to: string, now: number): Period {
  if (!isDay(from) || !isDay(to)) throw new InvalidError('A day of a period looks like 2026-11-30.');
  if (from > to) throw new InvalidError('A period ends on the day it begins, or later.');
  if (from > dayOf(now)) throw new InvalidError('The period has not begun yet.');
  if (daysIn({ from, to }) > longestDays) throw new InvalidError('A report covers three years at most.');
  return { from, to };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOf(Date.parse(`${text}T00:00:00Z`) || 0) === text;
}

/** The day of UTC in which a moment lies. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Milliseconds since 1970: from, and before which it ends. */
export function boundsOf({ from, to }: Period): { start: number; end: number } {
  return { start: Date.parse(`${from}T00:00:00Z`), end: Date.parse(`${to}T00:00:00Z`) + dayMilliseconds };
}

function daysIn(period: Period): number {
  const { start, end } = boundsOf(period);
  return (end - start) / dayMilliseconds;
}

/** `2026-11` of a moment. */
export function monthOf(at: number): string {
  return dayOf(at).slice(0, 7);
}

/** The month so many later, or earlier. */
export function shiftedMonth(month: string, by: number): string {
  return monthOf(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + by));
}

/** From the first of one month to the last of another. */
export function monthsAsPeriod(first: string, last: string = first): Period {
  const after = Date.parse(`${shiftedMonth(last, 1)}-01T00:00:00Z`);
  return { from: `${first}-01`, to: dayOf(after - dayMilliseconds) };
}

/** The quarter of the calendar that was over last. */
export function lastQuarter(now: number): Period {
  const month = monthOf(now);
  const began = shiftedMonth(month, -((Number(month.slice(5)) - 1) % 3));
  return monthsAsPeriod(shiftedMonth(began, -3), shiftedMonth(began, -1));
}

export function lastMonth(now: number): Period {
  return monthsAsPeriod(shiftedMonth(monthOf(now), -1));
}

/** The twelve months that end today. */
export function lastYear(now: number): Period {
  return { from: `${shiftedMonth(monthOf(now), -11)}-01`, to: dayOf(now) };
}

/** A period cut at the months: each piece says its month, and whether it is the whole of it. */
export function piecesOf(period: Period): { month: string; isWhole: boolean; period: Period }[] {
  const pieces = [];
  for (let month = period.from.slice(0, 7); month <= period.to.slice(0, 7); month = shiftedMonth(month, 1)) {
    const whole = monthsAsPeriod(month);
    const piece = {
      from: period.from > whole.from ? period.from : whole.from,
      to: period.to < whole.to ? period.to : whole.to,
    };
    pieces.push({ month, isWhole: piece.from === whole.from && piece.to === whole.to, period: piece });
  }
  return pieces;
}

const monthFormat = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** `November 2026`. */
export function monthWords(month: string): string {
  return monthFormat.format(Date.parse(`${month}-01T00:00:00Z`));
}

/** `November 2026`, `July 2026 to September 2026`, `3 November 2026 to 9 November 2026`. */
export function periodWords(period: Period): string {
  const [first, last] = [period.from.slice(0, 7), period.to.slice(0, 7)];
  const whole = monthsAsPeriod(first, last);
  if (whole.from !== period.from || whole.to !== period.to)
    return `${dayInWords(period.from)} to ${dayInWords(period.to)}`;
  return first === last ? monthWords(first) : `${monthWords(first)} to ${monthWords(last)}`;
}
