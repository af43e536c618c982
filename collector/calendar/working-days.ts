import { londonOffset } from '#shared/policy/london.ts';
import { bankHolidays, isWeekend, shifted } from './bank-holidays.ts';

/** Whether people in England and Wales work on a day such as `2026-11-30`. */
export function isWorkingDay(day: string): boolean {
  return !isWeekend(day) && !bankHolidays(Number(day.slice(0, 4))).includes(day);
}

/**
 * The moment so many working days later, at the same time on the clock in London. From a day off it counts from the start
 * of the next working day, so nobody's time runs while the office is closed.
 * @param from milliseconds since 1970
 * @param days whole, 0 or more
 */
export function addWorkingDays(from: number, days: number): number {
  const start = nextWorkingMoment(from);
  let day = londonDay(start);
  for (let left = days; left > 0; left--) day = nextWorkingDay(shifted(day, 1));
  const clock = start - startOfDay(londonDay(start));
  return startOfDay(day) + clock;
}

/** The moment itself on a working day, else the midnight at which the next working day begins. */
function nextWorkingMoment(at: number): number {
  const day = londonDay(at);
  return isWorkingDay(day) ? at : startOfDay(nextWorkingDay(day));
}

function nextWorkingDay(from: string): string {
  let day = from;
  while (!isWorkingDay(day)) day = shifted(day, 1);
  return day;
}

/** The day on the calendar in London: `2026-11-30`. */
export function londonDay(at: number): string {
  return new Date(at + londonOffset(at)).toISOString().slice(0, 10);
}

/** The midnight in London at which a day begins. */
export function startOfDay(day: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return midnight - londonOffset(midnight);
}
