import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Measured } from './figures.ts';

/** What one side took for the same work once, in seconds. */
interface Took {
  clock: number;
  /** Of all processors together, so that who else is at work tells less. */
  processor: number;
}

/** A line of the shell that does what we do, as well as it can. */
export interface Yardstick {
  /** What is added to the name of the figure; nothing for the one that the target is set by. */
  suffix: string;
  name: string;
  /** All of them must be installed. */
  programs: readonly string[];
  /** `$1` is the path. */
  command: string;
}

export interface Rounds {
  figure: string;
  /** In megabytes. */
  size: number;
  path: string;
  count: number;
  how: string;
  ours(): Promise<void>;
  yardsticks: readonly Yardstick[];
  progress(text: string): void;
}

/**
 * Our work and each yardstick's in turn, many short times, and each round the other way round: what else the machine does
 * then meets both sides alike. @returns two figures for each yardstick, by the clock and by processor time
 */
export async function inRounds({
  figure,
  size,
  path,
  count,
  how,
  ours,
  yardsticks,
  progress,
}: Rounds): Promise<Measured[]> {
  const sides = [() => tookHere(ours), ...yardsticks.map((yardstick) => () => tookInShell(yardstick, path))];
  const took: (Took | null)[][] = sides.map(() => []);
  // The agent's reader stays loaded and warm from file to file.
  await ours();
  for (let round = 0; round < count; round += 1) {
    progress(`${figure}, round ${round + 1}`);
    const inTurn = [...sides.entries()];
    for (const [index, side] of round % 2 === 0 ? inTurn : inTurn.reverse()) took[index]?.push(await side());
  }
  const [mine = [], ...theirs] = took;
  return yardsticks.flatMap(({ suffix, name }, index) =>
    (['clock', 'processor'] as const).map((by) => {
      const beside = speeds(theirs[index] ?? [], size, by);
      return {
        figure: `${figure}${suffix}${by === 'clock' ? '' : '-processor'}`,
        unit: by === 'clock' ? 'MB/s' : 'MB per second of processor time',
        values: speeds(mine, size, by),
        yardstick: beside.length > 0 ? { name, values: beside } : `not installed: ${name}`,
        how,
      };
    }),
  );
}

function speeds(took: readonly (Took | null)[], size: number, by: keyof Took): number[] {
  return took.flatMap((one) => (one === null ? [] : [size / one[by]]));
}

export async function tookHere(work: () => Promise<void>): Promise<Took> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const clock = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { clock, processor: (user + system) / 1e6 };
}

/** Null when a program is not there. */
async function tookInShell({ programs, command }: Yardstick, path: string): Promise<Took | null> {
  const there = programs.map((program) => `command -v ${program} >/dev/null || exit 127`).join('; ');
  const began = performance.now();
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', `${there}; ${command}; times`, 'sh', path]);
    return { clock: (performance.now() - began) / 1000, processor: processorSeconds(stdout) };
  } catch {
    return null;
  }
}

/** What the shell counts in on some systems: a small file takes less, which is not nothing. */
const tick = 0.01;

/** The two last lines, of `times`: what the shell itself and what its children took, in user and in system mode. */
function processorSeconds(output: string): number {
  const times = output
    .trim()
    .split('\n')
    .slice(-2)
    .join(' ')
    .matchAll(/(\d+)m([\d.]+)s/g);
  const sum = [...times].reduce((seconds, [, minutes, rest]) => seconds + 60 * Number(minutes) + Number(rest), 0);
  return Math.max(sum, tick);
}
