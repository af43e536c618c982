import { loadavg } from 'node:os';
import { type Command, Option } from 'commander';
import { exitStatus, print, runProgram } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { benches } from './benches.ts';
import { figureOf, figureText, machineNow } from './figures.ts';

interface Options {
  json?: boolean;
  quick?: boolean;
}

/** `npm run bench -- NAME [--json]`. Exit status 1: what was measured turned out wrong, so there is no figure. */
await runProgram(
  'npm run bench --',
  `Measures Portcullis beside a yardstick.\n\n${list()}`,
  process.argv.slice(2),
  define,
);

function define(program: Command): void {
  program
    .argument('<name>', 'which bench')
    .addOption(new Option('--json', 'one line of JSON for each figure'))
    .addOption(new Option('--quick', 'one short run: shows that it works, says little about speed'))
    .action(run);
}

function list(): string {
  return [...benches].map(([name, { about }]) => `  ${name.padEnd(18)} ${about}`).join('\n');
}

async function run(name: string, { json = false, quick = false }: Options): Promise<void> {
  const bench = benches.get(name);
  if (!bench) throw new UsageError(`There is no bench "${name}". There are:\n${list()}`);
  // So that what was started ends too: the benches clean up when the process exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(exitStatus.foundOrRefused));
  const [before = 0] = loadavg();
  const measured = await bench.run({ quick, progress });
  progress('');
  const machine = machineNow(before);
  const figures = measured.map((one) => figureOf(name, one, machine));
  for (const figure of figures) print(json ? JSON.stringify(figure) : figureText(figure));
  if (!json) {
    const { processor, cores, system, node, load } = machine;
    print(`\n${processor}, ${cores} cores, ${system}, Node ${node}, load before and after ${load.join(' and ')}`);
  }
  process.exitCode = exitStatus.done;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`);
}
