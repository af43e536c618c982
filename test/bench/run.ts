import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { exitStatus, print, progress, runProgram } from '#shared/command-line.ts';
import { UsageError } from '#shared/errors.ts';
import { pageOf, runAll } from './all.ts';
import { benches } from './benches.ts';
import { commitOf } from './commit.ts';
import { type Bench, figureOf, figureText, machineNow } from './figures.ts';

interface Options {
  json?: boolean;
  quick?: boolean;
  folder: string;
}

const page = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

/**
 * `npm run bench -- NAME [--json]`, `npm run bench -- all`. Exit status 1: what was measured turned out wrong, so there
 * is no figure.
 */
await runProgram(
  'npm run bench --',
  `Measures Portcullis beside a yardstick.\n\n${list()}\n  all                every bench one after the other, and writes docs/benchmarks.md\n  page               writes docs/benchmarks.md of the files that follow, each what --json printed`,
  process.argv.slice(2),
  define,
);

function define(program: Command): void {
  program
    .argument('<name>', 'which bench, "all" or "page"')
    .argument('[files...]', 'of "page": files of lines of JSON; of "all": the names of those to run')
    .addOption(new Option('--json', 'one line of JSON for each figure'))
    .addOption(new Option('--quick', 'one short run: shows that it works, says little about speed'))
    .option('--folder <folder>', 'where "all" leaves the figures of each bench', '.portcullis/bench')
    .action(run);
}

function list(): string {
  return [...benches].map(([name, { about }]) => `  ${name.padEnd(18)} ${about}`).join('\n');
}

async function run(name: string, rest: string[], options: Options): Promise<void> {
  // So that what was started ends too: the benches clean up when the process exits.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(exitStatus.foundOrRefused));
  if (name === 'all') return all(rest, options);
  if (name === 'page') {
    writeFileSync(page, pageOf(rest));
    return print(`Wrote ${page}.`);
  }
  await one(name, benchNamed(name), options);
}

function benchNamed(name: string): Bench {
  const bench = benches.get(name);
  if (!bench) throw new UsageError(`There is no bench "${name}". There are:\n${list()}`);
  return bench;
}

/** A quick run says little about speed, so that its page is only shown. */
async function all(some: readonly string[], { quick = false, folder }: Options): Promise<void> {
  for (const name of some) benchNamed(name);
  const names = some.length > 0 ? some : [...benches.keys()];
  const says = (text: string) => process.stderr.write(`${text}\n`);
  const done = await runAll({ names, quick, folder, says });
  if (quick) print(done.page);
  else {
    writeFileSync(page, done.page);
    print(`Wrote ${page}.`);
  }
  process.exitCode = done.failed.length > 0 ? exitStatus.foundOrRefused : exitStatus.done;
}

async function one(name: string, bench: Bench, { json = false, quick = false }: Options): Promise<void> {
  const [before = 0] = loadavg();
  const measured = await bench.run({ quick, progress });
  progress('');
  const [machine, commit] = [machineNow(before), await commitOf()];
  const figures = measured.map((figure) => figureOf(name, figure, { machine, commit }));
  for (const figure of figures) print(json ? JSON.stringify(figure) : figureText(figure));
  if (!json) {
    const { processor, cores, system, node, load } = machine;
    print(`\n${processor}, ${cores} cores, ${system}, Node ${node}, load before and after ${load.join(' and ')}`);
  }
  process.exitCode = exitStatus.done;
}
