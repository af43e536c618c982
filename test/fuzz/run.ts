import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { exitStatus, print, progress, runProgram } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { fuzzDocuments } from './documents.ts';

/** `npm run fuzz -- documents [--count N] [--seed N]`. Exit status 1: something had no verdict, or one that quotes. */
await runProgram('npm run fuzz --', 'Damages documents and looks how they are borne.', process.argv.slice(2), define);

function define(program: Command): void {
  program
    .argument('<what>', 'documents')
    .option('--count <number>', 'how many', wholeNumber, 10_000)
    .option('--seed <number>', 'repeats the run that printed it', wholeNumber)
    .action(run);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

async function run(what: string, { count, seed = randomInt(1e9) }: { count: number; seed?: number }): Promise<void> {
  if (what !== 'documents')
    throw new UsageError(`There is nothing to fuzz that is called "${what}". There is: documents.`);
  print(JSON.stringify({ seed }));
  const result = await fuzzDocuments({ count, seed, progress });
  progress('');
  print(JSON.stringify(result, null, 2));
  if (result.wrong.length > 0) process.exitCode = exitStatus.foundOrRefused;
}
