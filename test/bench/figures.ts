import { cpus, loadavg, release, totalmem } from 'node:os';
import { isoTime, systemClock } from '#shared/clock.ts';

/** What a bench hands back for one figure: the values of all runs, each beside the yardstick's of the same run. */
export interface Measured {
  figure: string;
  unit: string;
  values: number[];
  /** `values` stand pairwise beside ours. A string says why there is no yardstick. */
  yardstick: { name: string; values: number[] } | string;
  /** What exactly was done, so that a reader can doubt it. */
  how: string;
  growth?: Growth;
}

/** One of a row of figures that show how a cost grows. */
export interface Growth {
  /** Name of the row. */
  row: string;
  /** What there is more of, and how much of it. */
  of: string;
  size: number;
  /**
   * The figure is the cost of the same work beside more and more that is only there: what grows as the size does is
   * linear. Without it, the figure is the cost of one of those there are more of: what stays the same is linear.
   */
  beside?: true;
}

export interface BenchContext {
  /** One short run: shows that the bench works, says little about speed. */
  quick: boolean;
  progress(text: string): void;
}

export interface Bench {
  about: string;
  run(context: BenchContext): Promise<Measured[]>;
}

/** One line of `--json`. */
export interface Figure {
  bench: string;
  figure: string;
  value: number;
  unit: string;
  yardstick: { name: string; value: number | null };
  /** Median of the ratios of each run to the yardstick of the same run; null without a yardstick. */
  ratio: number | null;
  runs: { count: number; min: number; max: number; ratioMin: number | null; ratioMax: number | null };
  how: string;
  growth?: Growth;
  /** Day, UTC. */
  takenAt: string;
  machine: Machine;
  /** Of the checkout, and whether it had changes that are in no commit. */
  commit: string;
}

export interface Machine {
  processor: string;
  cores: number;
  memoryBytes: number;
  system: string;
  node: string;
  /** Load of the last minute before and after: above the number of cores, others were at work too. */
  load: [number, number];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function figureOf(
  bench: string,
  measured: Measured,
  { machine, commit }: Pick<Figure, 'machine' | 'commit'>,
): Figure {
  const { figure, unit, values, yardstick, how, growth } = measured;
  const beside = typeof yardstick === 'string' ? [] : yardstick.values;
  const ratios = beside.flatMap((value, index) => {
    const ours = values[index];
    return ours === undefined || value === 0 ? [] : [ours / value];
  });
  const some = ratios.length > 0;
  return {
    bench,
    figure,
    value: rounded(median(values)),
    unit,
    yardstick:
      typeof yardstick === 'string'
        ? { name: yardstick, value: null }
        : { name: yardstick.name, value: rounded(median(yardstick.values)) },
    ratio: some ? rounded(median(ratios)) : null,
    runs: {
      count: values.length,
      min: rounded(Math.min(...values)),
      max: rounded(Math.max(...values)),
      ratioMin: some ? rounded(Math.min(...ratios)) : null,
      ratioMax: some ? rounded(Math.max(...ratios)) : null,
    },
    how,
    ...(growth && { growth }),
    takenAt: isoTime(systemClock.now()).slice(0, 10),
    machine,
    commit,
  };
}

/** Three digits say more than a clock on a shared machine can promise. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

export function machineNow(loadBefore: number): Machine {
  const [load = 0] = loadavg();
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    load: [rounded(loadBefore), rounded(load)],
  };
}

export function figureText({ figure, value, unit, yardstick, ratio, runs, how }: Figure): string {
  const spread = `${figureNumber(runs.min)} to ${figureNumber(runs.max)} in ${runs.count} runs`;
  const beside =
    yardstick.value === null ? yardstick.name : `${yardstick.name}: ${figureNumber(yardstick.value)} ${unit}`;
  const ratios = ratio === null ? '' : `\n  ratio      ${ratio} (${runs.ratioMin} to ${runs.ratioMax})`;
  return `${figure}\n  ours       ${figureNumber(value)} ${unit} (${spread})\n  yardstick  ${beside}${ratios}\n  how        ${how}`;
}

export function figureNumber(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: 3 });
}
