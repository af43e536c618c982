import { median } from '../bench/figures.ts';

/** The collector's process at one moment. Bytes. */
export interface Sample {
  /** Seconds since the agents began to work. */
  seconds: number;
  resident: number;
  heapUsed: number;
  /** Buffers outside the heap. */
  external: number;
}

type Measure = Exclude<keyof Sample, 'seconds'>;

export interface Trend {
  measure: Measure;
  /** Medians of the first and the last third after the warm-up, bytes. */
  first: number;
  last: number;
  /** By how much the last is more than the first, in percent; below zero where memory was given back. */
  growthPercent: number;
}

export interface Verdict {
  /** Undefined when the run was too short to tell. */
  flat?: boolean;
  says: string;
  trends: Trend[];
}

export const tolerancePercent = 5;
/** Caches fill and the compiler warms up: this share of the run is left out. */
export const warmUpShare = 0.25;
const fewestInThird = 10;
/** A few buffers more or less are no leak, though they may be a large share of few. */
const negligibleBytes = 4 * 1024 * 1024;

/**
 * Whether memory is flat. Pure. After the warm-up the samples are cut into thirds; the median of the last may be at most
 * 5 % above that of the first, for resident memory, the used heap and the buffers outside it (where it is more than 4 MiB).
 */
export function verdictOf(samples: readonly Sample[]): Verdict {
  const settled = samples.slice(Math.floor(samples.length * warmUpShare));
  const third = Math.floor(settled.length / 3);
  if (third < fewestInThird)
    return { says: `Too short to tell: ${third} samples in a third, ${fewestInThird} are needed.`, trends: [] };
  const trends = (['resident', 'heapUsed', 'external'] as const).map((measure): Trend => {
    const first = median(settled.slice(0, third).map((sample) => sample[measure]));
    const last = median(settled.slice(-third).map((sample) => sample[measure]));
    return { measure, first, last, growthPercent: Math.round((last / first - 1) * 1000) / 10 };
  });
  const grown = trends.filter(
    ({ first, last, growthPercent }) => growthPercent > tolerancePercent && last - first > negligibleBytes,
  );
  if (grown.length === 0) return { flat: true, says: `Flat to within ${tolerancePercent} %.`, trends };
  const what = grown.map(({ measure, growthPercent }) => `${measure} by ${growthPercent} %`).join(', ');
  return { flat: false, says: `Not flat: ${what}.`, trends };
}
