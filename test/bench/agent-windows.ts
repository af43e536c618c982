import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortcullisError } from '#shared/errors.ts';
import type { BenchContext } from './figures.ts';
import { type Usage, usageOf } from './process-figures.ts';

export interface Times {
  /** Milliseconds until start-up work is over, of each window, and windows. */
  settle: number;
  window: number;
  windows: number;
}

export function timesText({ settle, window, windows }: Times): string {
  return `${windows} windows of ${window / 1000} s after ${settle / 1000} s`;
}

/** One process at both ends of a window. */
export interface Sample {
  before: Usage;
  after: Usage;
  milliseconds: number;
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new PortcullisError('notStarted', 'A process could not be started.');
  return child.pid;
}

/** The same windows for all, so that what else the machine does falls on all alike. */
export async function sampled(
  pids: (number | undefined)[],
  { settle, window, windows }: Times,
  { progress }: Pick<BenchContext, 'progress'>,
): Promise<Sample[][]> {
  progress('settling');
  await sleep(settle);
  const samples: Sample[][] = pids.map(() => []);
  const usages = () => pids.map((pid) => (pid === undefined ? undefined : usageOf(pid)));
  for (let done = 0; done < windows; done += 1) {
    progress(`window ${done + 1} of ${windows}`);
    const start = performance.now();
    const before = usages();
    await sleep(window);
    const milliseconds = performance.now() - start;
    for (const [index, after] of usages().entries()) {
      const first = before[index];
      if (first && after) samples[index]?.push({ before: first, after, milliseconds });
    }
  }
  return samples;
}

type Reading = (sample: Sample) => number;
export const megabytes = 1024 * 1024;

export const residentMegabytes: Reading = ({ after }) => after.resident / megabytes;

export const percentOfCore: Reading = ({ before, after, milliseconds }) =>
  ((after.cpu - before.cpu) * 100) / milliseconds;

export const wakeUpsPerSecond: Reading = ({ before, after, milliseconds }) =>
  ((after.switches - before.switches) * 1000) / milliseconds;

/** A figure of each window: its name, its unit, how it is read. */
export type WindowFigure = readonly [figure: string, unit: string, Reading];
