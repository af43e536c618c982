import type { When } from '#shared/policy/conditions.ts';
import { instantOf, londonTime } from '#shared/policy/london.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';

/**
 * Names the stretch of time a moment lies in: within one stretch the clock cannot make policies decide otherwise.
 * Pure; made once for some policies and a standing, then asked for many moments.
 */
export function timeTurns(policies: readonly Policy[], standing: Standing | null): (at: number) => string {
  const rules = policies.flatMap((policy) => policy.rules ?? []);
  const times = rules.flatMap((rule) => timesIn(rule.when));
  const instants = sorted([
    ...rules.flatMap(({ expires }) => (expires === undefined ? [] : [instantOf(expires, 'end')])),
    ...times.flatMap(({ from }) => (from === undefined ? [] : [instantOf(from, 'start')])),
    ...times.flatMap(({ to }) => (to === undefined ? [] : [instantOf(to, 'end')])),
    ...(standing?.register ?? []).flatMap(({ expires }) => (expires === undefined ? [] : [Date.parse(expires)])),
    ...(standing?.approvals ?? []).flatMap(({ from, to }) => [Date.parse(from), Date.parse(to)]),
    ...(standing?.codes ?? []).map(({ until }) => Date.parse(until)),
    ...(standing?.breakGlass ? [Date.parse(standing.breakGlass.until)] : []),
  ]);
  const minutes = sorted(times.flatMap(({ after, before }) => [after, before].flatMap(minuteOf)));
  const asksDay = times.some(({ days }) => days !== undefined);
  const asksClock = asksDay || minutes.length > 0;
  return (at) => {
    const passed = String(passedBy(instants, at));
    if (!asksClock) return passed;
    const { day, minute } = londonTime(at);
    return `${passed} ${asksDay ? day : ''} ${passedBy(minutes, minute)}`;
  };
}

type TimeCondition = NonNullable<When['time']>;

function timesIn({ time, all = [], any = [], not }: When): TimeCondition[] {
  const inner = [...all, ...any, ...(not ? [not] : [])];
  return [...(time ? [time] : []), ...inner.flatMap(timesIn)];
}

function minuteOf(time: string | undefined): number[] {
  return time === undefined ? [] : [Number(time.slice(0, 2)) * 60 + Number(time.slice(3))];
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** How many of these are reached at `at`; they are in order. */
function passedBy(turns: readonly number[], at: number): number {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((turns[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
