import type { Store } from '../store/tables.ts';
import { computersHeard, countFigures, type RuleCount, ruleCounts } from './count-figures.ts';
import { type CountFigures, countIds, type StateFigures } from './figure-list.ts';
import { boundsOf, dayMilliseconds, monthOf, monthsAsPeriod, type Period, piecesOf, shiftedMonth } from './period.ts';
import { type AreaCount, coverageCounts, stateFigures } from './state-figures.ts';

/** What is kept of a month that is over. */
export interface MonthFigures {
  /** Null when the month was long over before anybody counted: how things stood then, nobody knows. */
  state: StateFigures | null;
  coverage: AreaCount[];
  counts: CountFigures;
  rules: RuleCount[];
  /** Numbers of the computers with events of the month. */
  heard: number[];
}

/** The figures of a report, and what they rest on. */
export interface Figures extends MonthFigures {
  /** When the registers were read: now, or when the last month of the period was closed. Milliseconds since 1970. */
  dataAsOf: number;
  /** Every month of the period is over and frozen. */
  isClosed: boolean;
  /** Events of closed months that arrived after they were closed; they are in no figure. */
  late: number;
}

/** How long after its end a month may be closed and its state still be called that of its end. */
const stateGrace = 10 * dayMilliseconds;

/**
 * Freezes every month that is over and is not frozen yet, from the first in which a computer was enrolled. Runs as often
 * as you like. Run it before event bodies are taken away.
 */
export async function closeMonths(store: Store, now: number): Promise<void> {
  const first = await store
    .selectFrom('computers')
    .where('state', '!=', 'collector')
    .select((build) => build.fn.min('enrolled_at').as('at'))
    .executeTakeFirst();
  if (!first || first.at === null) return;
  for (let month = monthOf(first.at); month < monthOf(now); month = shiftedMonth(month, 1)) {
    if (!(await isMonthClosed(store, month))) await closeMonth(store, month, now);
  }
}

async function closeMonth(store: Store, month: string, now: number): Promise<void> {
  const period = monthsAsPeriod(month);
  const isFresh = now - boundsOf(period).end <= stateGrace;
  const live = await liveFigures(store, period, now);
  const figures: MonthFigures = isFresh ? live : { ...live, state: null, coverage: [] };
  await store
    .insertInto('monthly_figures')
    .values({ month, closed_at: now, figures: JSON.stringify(figures) })
    .onConflict((conflict) => conflict.column('month').doNothing())
    .execute();
}

/** @param month `2026-11` */
export async function isMonthClosed(store: Store, month: string): Promise<boolean> {
  return (await closedMonth(store, month)) !== undefined;
}

async function closedMonth(store: Store, month: string) {
  const row = await store.selectFrom('monthly_figures').selectAll().where('month', '=', month).executeTakeFirst();
  // Written by this module alone, and the store refuses changes.
  return row && { closedAt: row.closed_at, figures: JSON.parse(row.figures) as MonthFigures };
}

async function liveFigures(store: Store, period: Period, now: number): Promise<MonthFigures> {
  return {
    ...(await liveCounts(store, period)),
    state: await stateFigures(store, now),
    coverage: await coverageCounts(store),
  };
}

async function liveCounts(store: Store, period: Period) {
  return {
    counts: await countFigures(store, period),
    rules: await ruleCounts(store, period),
    heard: await computersHeard(store, period),
  };
}

/** The figures of a period: of months that are closed as they were frozen, of the others as they are. */
export async function figuresOf(store: Store, period: Period, now: number): Promise<Figures> {
  const parts: Pick<MonthFigures, 'counts' | 'rules' | 'heard'>[] = [];
  let late = 0;
  let isClosed = true;
  let last: Awaited<ReturnType<typeof closedMonth>>;
  for (const piece of piecesOf(period)) {
    last = piece.isWhole ? await closedMonth(store, piece.month) : undefined;
    parts.push(last?.figures ?? (await liveCounts(store, piece.period)));
    if (last)
      late += Math.max(0, (await countFigures(store, piece.period))['events.all'] - last.figures.counts['events.all']);
    else isClosed = false;
  }
  const standing = last ?? {
    closedAt: now,
    figures: { state: await stateFigures(store, now), coverage: await coverageCounts(store) },
  };
  const { state, coverage } = standing.figures;
  return { ...joined(parts), state, coverage, dataAsOf: standing.closedAt, isClosed, late };
}

/** Pure: counts add up, computers are counted once. */
function joined(parts: readonly Pick<MonthFigures, 'counts' | 'rules' | 'heard'>[]) {
  const counts = Object.fromEntries(
    // A figure that a closed month does not know yet is one of a later version.
    countIds.map((id) => [id, parts.reduce((sum, part) => sum + (part.counts[id] ?? 0), 0)]),
  ) as CountFigures;
  const heard = [...new Set(parts.flatMap((part) => part.heard))].toSorted((one, other) => one - other);
  return { counts, heard, rules: joinedRules(parts.flatMap((part) => part.rules)) };
}

function joinedRules(rules: readonly RuleCount[]): RuleCount[] {
  const sums = new Map<string, RuleCount>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.ruleId, rule.title, rule.clause, rule.severity]);
    sums.set(key, { ...rule, alerts: rule.alerts + (sums.get(key)?.alerts ?? 0) });
  }
  return [...sums.values()];
}

/** A month's counts, for a row of months beside each other. */
export interface MonthCounts {
  month: string;
  counts: CountFigures;
}

/** The months up to one, oldest first; those before the first computer was enrolled are left out. */
export async function monthsUpTo(store: Store, last: string, most: number): Promise<MonthCounts[]> {
  const first = await store
    .selectFrom('computers')
    .where('state', '!=', 'collector')
    .select((build) => build.fn.min('enrolled_at').as('at'))
    .executeTakeFirst();
  const months: MonthCounts[] = [];
  for (let back = most - 1; back >= 0; back -= 1) {
    const month = shiftedMonth(last, -back);
    if (!first || first.at === null || month < monthOf(first.at)) continue;
    const counts =
      (await closedMonth(store, month))?.figures.counts ?? (await countFigures(store, monthsAsPeriod(month)));
    months.push({ month, counts });
  }
  return months;
}
