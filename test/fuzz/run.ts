import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { exitStatus, print, progress, runProgram } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import type { FuzzResult } from './fuzz.ts';
import { keepInput } from './kept-inputs.ts';
import { isTargetName, type TargetName, targetNames } from './targets.ts';
import { fuzzInThreads } from './threads.ts';

/**
 * `npm run fuzz -- NAME|all [--count N] [--seed N] [--seconds T] [--threads N] [--json]`.
 * Exit status 1: something that must hold did not; the inputs lie in the folder it names.
 */
await runProgram('npm run fuzz --', 'Hands damaged input in and looks how it is borne.', process.argv.slice(2), define);

interface Options {
  count: number;
  seed?: number;
  seconds?: number;
  threads: number;
  found: string;
  json?: true;
}

function define(program: Command): void {
  program
    .argument('<what>', `${targetNames.join(', ')}, or all one after the other`)
    .option('--count <number>', 'inputs at most, of each', wholeNumber, 10_000)
    .option('--seed <number>', 'repeats the run that printed it', wholeNumber)
    .option('--seconds <number>', 'seconds at most, of each; then no count is needed', wholeNumber)
    .option('--threads <number>', 'threads to spread it over', wholeNumber, 1)
    .option('--found <folder>', 'where inputs are put that something went wrong with', 'fuzz-found')
    .option('--json', 'one line of JSON for each')
    .action(run);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

async function run(what: string, options: Options, command: Command): Promise<void> {
  if (what !== 'all' && !isTargetName(what))
    throw new UsageError(
      `There is nothing to fuzz that is called "${what}". There is: ${targetNames.join(', ')}, all.`,
    );
  const { seed = randomInt(1e9), seconds, threads } = options;
  const isCountGiven = command.getOptionValueSource('count') === 'cli';
  const count = seconds !== undefined && !isCountGiven ? 1e9 : options.count;
  for (const name of what === 'all' ? targetNames : [what]) {
    if (!options.json) print(`${name}, seed ${seed}`);
    const result = await fuzzInThreads({
      name,
      seed,
      count,
      threads,
      progress,
      ...(seconds !== undefined && { seconds }),
    });
    const kept = result.found.map(({ fault, index, input }) => ({
      fault,
      index,
      file: keepInput(join(options.found, name), input, fault),
    }));
    print(options.json ? JSON.stringify({ name, ...result, found: kept }) : told(name, result, kept));
    if (kept.length > 0) process.exitCode = exitStatus.foundOrRefused;
  }
}

function told(
  name: TargetName,
  result: FuzzResult,
  kept: readonly { fault: string; index: number; file: string }[],
): string {
  const { inputs, units, seconds, slowestMilliseconds, outcomes } = result;
  const rate = Math.round(units / Math.max(seconds, 0.001));
  const counted = units === inputs ? `${inputs} inputs` : `${inputs} inputs with ${units} ${name}`;
  return [
    `${counted} in ${seconds.toFixed(1)} s (${rate} a second), the slowest ${Math.round(slowestMilliseconds)} ms`,
    ...Object.entries(outcomes)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([outcome, count]) => `  ${outcome}: ${count}`),
    kept.length === 0 ? 'Everything held.' : 'What must hold did not:',
    ...kept.map(({ fault, index, file }) => `  input ${index}: ${fault}\n    ${file}`),
  ].join('\n');
}
