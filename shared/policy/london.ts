/** The days of a week as a policy writes them. */
export const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof days)[number];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** What a clock on a wall in London shows. */
export interface LondonTime {
  day: Day;
  /** Since midnight, 0 to 1439. */
  minute: number;
}

export function londonTime(instant: number): LondonTime {
  const local = new Date(instant + londonOffset(instant));
  return { day: days[local.getUTCDay()] ?? 'sun', minute: local.getUTCHours() * 60 + local.getUTCMinutes() };
}

/**
 * How far London is ahead of UTC, in milliseconds: an hour from the last Sunday of March to the last Sunday of October,
 * 01:00 UTC each. That has been the law since 1996; a test holds it against the system's own tables, so that a change
 * of the law is noticed. Reckoned by hand because the agent would pay for a formatter of dates in memory.
 */
export function londonOffset(instant: number): number {
  const year = new Date(instant).getUTCFullYear();
  return instant >= lastSunday(year, 2) && instant < lastSunday(year, 9) ? hour : 0;
}

function lastSunday(year: number, month: number): number {
  const lastDay = Date.UTC(year, month + 1, 0, 1);
  return lastDay - new Date(lastDay).getUTCDay() * day;
}

/** A date, or a date-time with its zone. */
export const momentPattern = '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+-]\\d{2}:\\d{2}))?$';

/**
 * The instant a moment of a policy means, in milliseconds since 1970. A date alone is a whole day in London, so its
 * `end` is the midnight after it. NaN for a day or time that does not exist.
 */
export function instantOf(moment: string, edge: 'start' | 'end'): number {
  const midnight = Date.parse(`${moment.slice(0, 10)}T00:00:00Z`);
  // The thirty-first of February would quietly be the third of March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== moment.slice(0, 10))
    return Number.NaN;
  if (moment.length > 10) return Date.parse(moment);
  const wanted = edge === 'start' ? midnight : midnight + day;
  return wanted - londonOffset(wanted);
}
