import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitStatus, print, progress, runProgram } from '#shared/command-line.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { openSuite } from './suite.ts';
import type { Tried } from './try-fault.ts';

interface Options {
  seeds: number;
  seed?: number;
  only?: string[];
  json?: boolean;
}

/** `npm run faults`. Exit status 0: all held; 1: something did not; 2: wrong use. */
await runProgram(
  'npm run faults --',
  `Does what can go wrong to real programs, and proves that nothing is lost, doubled or silent.\n\n${list()}`,
  process.argv.slice(2),
  define,
);

function define(program: Command): void {
  program
    .option('--seeds <number>', 'how many seeds; the faults take turns', wholeNumber, faults.length)
    .option('--seed <number>', 'the first seed; repeats the run that printed it', wholeNumber)
    .addOption(new Option('--only <name...>', 'only these faults').choices(faults.map(({ name }) => name)))
    .option('--json', 'one line of JSON for each seed, and one at the end')
    .action(run);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function list(): string {
  return faults.map(({ name, about }) => `  ${name.padEnd(26)} ${about}`).join('\n');
}

async function run({ seeds, seed: first = randomInt(1e9 - seeds), only, json = false }: Options): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(exitStatus.foundOrRefused));
  await using suite = await openSuite();
  const chosen = faults.filter(({ name }) => only === undefined || only.includes(name));
  const skipped = chosen.flatMap((fault) => (suite.cannot(fault) === undefined ? [] : [fault]));
  for (const fault of skipped) tellSkipped(fault, suite.cannot(fault) ?? '', json);
  const possible = chosen.filter((fault) => !skipped.includes(fault));
  if (possible.length === 0) throw new PortcullisError('nothingToTry', 'None of these faults can be tried here.');
  let [tried, failed] = [0, 0];
  for (let index = 0; index < seeds; index += 1) {
    const seed = first + index;
    const fault = possible[seed % possible.length];
    if (!fault) continue;
    progress(`${index + 1} of ${seeds}: ${fault.name}, seed ${seed}, ${failed} failed`);
    const result = await suite.tryFault(fault, seed);
    tried += 1;
    if (result.wrong.length > 0) failed += 1;
    progress('');
    if (json) print(JSON.stringify(result));
    else print(textOf(result));
  }
  const summary = { seeds: tried, first, failed, faults: possible.length, skipped: skipped.map(({ name }) => name) };
  print(json ? JSON.stringify(summary) : summaryText(summary));
  if (failed > 0) process.exitCode = exitStatus.foundOrRefused;
}

function tellSkipped({ name }: Fault, because: string, json: boolean): void {
  print(json ? JSON.stringify({ fault: name, skipped: because }) : `skipped  ${name}: ${because}`);
}

function textOf({ fault, seed, milliseconds, events, wrong, logs = [] }: Tried): string {
  const facts = `seed ${String(seed).padEnd(9)}  ${fault.padEnd(26)} ${(milliseconds / 1000).toFixed(1)} s, ${events} events`;
  if (wrong.length === 0) return `held     ${facts}`;
  const again = `Again: npm run faults -- --seeds 1 --seed ${seed} --only ${fault}`;
  return [`FAILED   ${facts}`, ...wrong.map((says) => `  ${says}`), ...logs, `  ${again}`].join('\n');
}

function summaryText({
  seeds,
  first,
  failed,
  faults: count,
}: {
  seeds: number;
  first: number;
  failed: number;
  faults: number;
}) {
  const held = failed === 0 ? 'All held.' : `${failed} failed.`;
  return `${seeds} seeds from ${first} over ${count} faults. ${held}`;
}
