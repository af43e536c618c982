import { londonOffset } from '#shared/policy/london.ts';
import type { SilenceRules } from '#shared/policy/silence.ts';
import { shifted } from '../calendar/bank-holidays.ts';
import { isWorkingDay, londonDay, startOfDay } from '../calendar/working-days.ts';

/** A computer in use that was heard at least once. Times in milliseconds by the collector's clock. */
export interface Heard {
  no: number;
  lastSeenAt: number;
  portable: boolean;
}

/** Whose silence was told, and when. */
export type Told = ReadonlyMap<number, { noticedAt: number }>;

/** Stands for all computers among those that were told. */
export const wholeEstate = 0;

export interface Silence {
  /** To be told, each for the first time since it was last heard. */
  missed: Heard[];
  /** Numbers of computers that were told, and are heard again, or are no longer in use. */
  returned: number[];
  /** Whether so many say nothing that it is one thing and not many. */
  isEstate: boolean;
}

/** Fewer than these are never called an estate. */
const leastEstate = 5;
const hour = 3_600_000;
/** Nobody has to reckon further back: it is silent by any rule. */
const mostDays = 400;

/**
 * Who is missed and who is back. Pure.
 *
 * A whole network that fails is noticed before its computers are missed one by one: they pass half of the time together.
 * @param listeningSince the collector itself was away before, and could hear nobody
 */
export function silenceNow(
  computers: readonly Heard[],
  told: Told,
  rules: SilenceRules,
  { listeningSince, now }: { listeningSince: number; now: number },
): Silence {
  // No more time was worked than went by: of thousands that were just heard, nobody looks into the calendar.
  const shortest = Math.min(rules.hours / 2, rules.portableHours) * hour;
  const worked = (lastSeenAt: number) => {
    const since = Math.max(lastSeenAt, listeningSince);
    return now - since < shortest ? 0 : workingTime(since, now, rules);
  };
  const hoursOf = ({ portable }: Heard) => (portable ? rules.portableHours : rules.hours);
  const inUse = new Map(computers.map((one) => [one.no, one]));
  const isBack = ([no, { noticedAt }]: [number, { noticedAt: number }]) =>
    no !== wholeEstate && (inUse.get(no)?.lastSeenAt ?? Number.POSITIVE_INFINITY) > noticedAt;
  const open = computers.filter(({ no }) => !told.has(no));
  const quiet = open.map((one) => ({ one, worked: worked(one.lastSeenAt) }));
  const late = quiet.filter(({ one, worked: time }) => time >= hoursOf(one) * hour).map(({ one }) => one);
  const half = quiet.filter(({ worked: time }) => time >= (rules.hours * hour) / 2).length;
  const isMost = half >= leastEstate && half * 100 >= rules.estatePercent * open.length;
  const isEstate = isMost && (late.length > 0 || told.has(wholeEstate));
  return { missed: isEstate ? [] : late, returned: [...told].filter(isBack).map(([no]) => no), isEstate };
}

/** How much of a time was within working hours, in milliseconds. Pure. */
export function workingTime(from: number, to: number, { from: opens, to: closes }: SilenceRules): number {
  let sum = 0;
  let day = londonDay(Math.max(from, to - mostDays * 24 * hour));
  const last = londonDay(to);
  for (; day <= last; day = shifted(day, 1)) {
    if (!isWorkingDay(day)) continue;
    sum += Math.max(0, Math.min(to, at(day, closes)) - Math.max(from, at(day, opens)));
  }
  return sum;
}

/** A time on the clock in London. Clocks change at night. */
function at(day: string, clock: string): number {
  const midnight = startOfDay(day);
  const guess = midnight + (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) * 60_000;
  return guess + londonOffset(midnight) - londonOffset(guess);
}
