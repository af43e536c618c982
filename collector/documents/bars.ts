/** One bar: what it stands for, and how much. */
export interface Bar {
  label: string;
  /** Whole, 0 or more. */
  count: number;
}

/** A bar as a chart draws it, in points from the left upper corner. */
export interface PlacedBar extends Bar {
  /** Where the label's line begins, and the bar below it. */
  labelY: number;
  y: number;
  width: number;
  height: number;
}

const labelHeight = 11;
const barHeight = 8;
const gap = 5;
/** From one bar to the next, in points. */
export const barStep: number = labelHeight + barHeight + gap;

/**
 * Places horizontal bars below each other, the longest over the whole width. Each stands under its own words and number,
 * so that nothing in the chart is told by colour or length alone. Pure.
 */
export function placeBars(bars: readonly Bar[], width: number): { bars: PlacedBar[]; height: number } {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const placed = bars.map((bar, index) => ({
    ...bar,
    labelY: index * barStep,
    y: index * barStep + labelHeight,
    width: bar.count === 0 ? 0 : Math.max(1, Math.round((width * bar.count) / most)),
    height: barHeight,
  }));
  return { bars: placed, height: bars.length * barStep };
}

/** The chart in words, for those who do not see it. */
export function barWords(title: string, bars: readonly Bar[]): string {
  return `${title}. ${bars.map(({ label, count }) => `${label}: ${count.toLocaleString('en-GB')}`).join('; ')}.`;
}
