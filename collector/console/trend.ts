/** Numbers by week as a small chart, drawn here as SVG shapes, and as a table. Everything is pure. */

export interface Trend {
  title: string;
  /** In words for people who do not see the chart: `12 last week, 30 the week before`. */
  says: string;
  /** Oldest first. */
  weeks: { label: string; count: number }[];
  bars: { x: number; y: number; width: number; height: number; isLast: boolean }[];
  box: { width: number; height: number };
  /** What the top of the chart stands for. */
  top: number;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;
const weeksShown = 12;
const box = { width: 360, height: 140 };
const gap = 6;

const dayWords = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** Day number (since 1970, UTC) with which the oldest week shown begins; the newest ends today. */
export function firstDayShown(now: number): number {
  return Math.floor(now / dayMilliseconds) - 7 * weeksShown + 1;
}

/** @param counts by day number; days without any may be absent */
export function weeklyTrend(title: string, counts: readonly { day: number; count: number }[], now: number): Trend {
  const first = firstDayShown(now);
  const weeks = Array.from({ length: weeksShown }, (_, week) => {
    const from = first + 7 * week;
    const within = counts.filter(({ day }) => day >= from && day < from + 7);
    const label = dayWords.format(from * dayMilliseconds);
    return { label, count: within.reduce((sum, { count }) => sum + count, 0) };
  });
  const top = niceTop(Math.max(...weeks.map(({ count }) => count)));
  return { title, says: saysOf(weeks), weeks, bars: barsOf(weeks, top), box, top };
}

function saysOf(weeks: Trend['weeks']): string {
  const number = (week: number) => (weeks.at(week)?.count ?? 0).toLocaleString('en-GB');
  return `${number(-1)} in the last 7 days, ${number(-2)} in the 7 days before`;
}

function barsOf(weeks: Trend['weeks'], top: number): Trend['bars'] {
  const width = (box.width - gap * (weeks.length - 1)) / weeks.length;
  return weeks.map(({ count }, week) => {
    const height = Math.max(count > 0 ? 2 : 0, Math.round((box.height * count) / top));
    const x = Math.round(week * (width + gap));
    return { x, y: box.height - height, width: Math.round(width), height, isLast: week === weeks.length - 1 };
  });
}

/** The next of 1, 2, 5, 10, 20, 50 … that is not smaller. */
function niceTop(count: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, count)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= count) ?? power * 10;
}
