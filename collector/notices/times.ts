import { londonOffset, londonTime } from '#shared/policy/london.ts';
import type { NoticeRules } from '#shared/policy/notices.ts';
import { shifted } from '../calendar/bank-holidays.ts';
import { isWorkingDay, londonDay, startOfDay } from '../calendar/working-days.ts';

/** The moment itself while the office is open, else when it opens next. Pure. */
export function outOfQuiet(now: number, { quiet }: Pick<NoticeRules, 'quiet'>): number {
  const day = londonDay(now);
  const opens = at(day, quiet.to);
  if (!isWorkingDay(day) || londonTime(now).minute >= minuteOf(quiet.from)) return at(workingDayAfter(day), quiet.to);
  return Math.max(now, opens);
}

/** When the next summary goes out, always later than now. Pure. */
export function nextDigest(now: number, { digestAt }: Pick<NoticeRules, 'digestAt'>): number {
  const day = londonDay(now);
  const today = at(day, digestAt);
  return isWorkingDay(day) && today > now ? today : at(workingDayAfter(day), digestAt);
}

function workingDayAfter(day: string): string {
  let next = shifted(day, 1);
  while (!isWorkingDay(next)) next = shifted(next, 1);
  return next;
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

/** A time on the clock in London, on days when clocks change too. */
function at(day: string, clock: string): number {
  const midnight = startOfDay(day);
  const guess = midnight + minuteOf(clock) * 60_000;
  return guess + londonOffset(midnight) - londonOffset(guess);
}
