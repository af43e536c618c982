import { type Command, Option } from 'commander';
import { exitStatus, print, progress, runProgram } from '#shared/command-line.ts';
import { machineNow } from '../bench/figures.ts';
import { numberBetween } from '../estate/options.ts';
import { type SoakReport, soak } from './soak.ts';
import { tolerancePercent, warmUpShare } from './verdict.ts';

/** `npm run soak`. Exit status 1: memory grew, something was lost, or the run was too short to tell. */
await runProgram(
  'npm run soak --',
  `Simulated agents against a real collector for a long time, its memory watched. Flat: after the first ${warmUpShare * 100} % of the\nrun, the median of the last third is at most ${tolerancePercent} % above that of the first, for resident memory, heap and buffers.`,
  process.argv.slice(2),
  define,
);

function define(program: Command): void {
  program
    .option('--minutes <number>', 'how long', numberBetween(0, 100_000), 60)
    .option('--agents <number>', 'computers', numberBetween(1, 10_000), 200)
    .option('--every <seconds>', 'between two looks at the memory', numberBetween(0.01, 3600), 10)
    .addOption(new Option('--json', 'the report as one line of JSON, samples included'))
    .action(run);
}

interface Options {
  minutes: number;
  agents: number;
  every: number;
  json?: boolean;
}

async function run({ json = false, ...options }: Options): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(exitStatus.foundOrRefused));
  const before = machineNow(0).load[1];
  const report = await soak({ ...options, progress });
  progress('');
  const machine = machineNow(before);
  if (json) print(JSON.stringify({ ...report, machine }));
  else {
    print(report.says);
    for (const { measure, first, last, growthPercent } of report.trends)
      print(`  ${measure.padEnd(9)} ${inMegabytes(first)} → ${inMegabytes(last)} (${growthPercent} %)`);
    print(
      `${report.agents} agents, ${report.minutes} minutes, ${report.events} events, ${storedText(report)}; ${report.reconnects} connections taken up again; ` +
        `${report.pagesOpened} pages opened; collector at ${report.cpu} % of a core`,
    );
    print(
      `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, load before and after ${machine.load.join(' and ')}`,
    );
  }
  if (report.flat !== true || report.unacknowledged > 0) process.exitCode = exitStatus.foundOrRefused;
}

function storedText({ unacknowledged }: SoakReport): string {
  return unacknowledged === 0 ? 'all stored once' : `${unacknowledged} of them never acknowledged`;
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
