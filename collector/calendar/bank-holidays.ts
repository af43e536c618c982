/**
 * Bank holidays of England and Wales. Those that follow a rule are reckoned (Banking and Financial Dealings Act 1971 and
 * its proclamations as they have stood since 1978); single days that were moved or added by proclamation are data.
 */

/** Days that no rule gives; extend it when one is proclaimed. */
const proclaimed: Readonly<Record<number, { added: readonly string[]; dropped: readonly string[] }>> = {
  2020: { added: ['2020-05-08'], dropped: ['2020-05-04'] },
  2022: { added: ['2022-06-02', '2022-06-03', '2022-09-19'], dropped: ['2022-05-30'] },
  2023: { added: ['2023-05-08'], dropped: [] },
};

/** `2026-12-25`, in order. */
export function bankHolidays(year: number): string[] {
  const easter = easterSunday(year);
  const { added, dropped } = proclaimed[year] ?? { added: [], dropped: [] };
  const ruled = [
    newYear(year),
    shifted(easter, -2),
    shifted(easter, 1),
    mondayFrom(year, 5, 1),
    mondayFrom(year, 5, 25),
    mondayFrom(year, 8, 25),
    ...christmas(year),
  ];
  return [...ruled.filter((day) => !dropped.includes(day)), ...added].sort();
}

/** The first of January, or the Monday after a weekend. */
function newYear(year: number): string {
  const first = iso(year, 1, 1);
  return isWeekend(first) ? mondayFrom(year, 1, 2) : first;
}

/** Christmas Day and Boxing Day; each that falls on a weekend is made up for on the next working day. */
function christmas(year: number): string[] {
  const [christmasDay, boxingDay] = [iso(year, 12, 25), iso(year, 12, 26)];
  const days = [christmasDay, boxingDay].filter((day) => !isWeekend(day));
  const substitutes = [iso(year, 12, 27), iso(year, 12, 28)].filter((day) => !isWeekend(day));
  return [...days, ...substitutes.slice(0, 2 - days.length)].sort();
}

/** The first Monday from a day on. */
function mondayFrom(year: number, month: number, day: number): string {
  const start = iso(year, month, day);
  return shifted(start, (8 - weekday(start)) % 7);
}

/** Gregorian Easter by the anonymous algorithm that the Nautical Almanac prints. */
function easterSunday(year: number): string {
  const a = year % 19;
  const century = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * century + 13) / 25);
  const h = (19 * a + century - Math.floor(century / 4) - g + 15) % 30;
  const l = (32 + 2 * (century % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  return iso(year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/** A day so many days later (or earlier). */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function isWeekend(day: string): boolean {
  return weekday(day) % 6 === 0;
}

/** 0 Sunday … 6 Saturday. */
function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

function iso(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}
