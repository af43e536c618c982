import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { exitStatus, print, progress, runProgram } from '#shared/command-line.ts';
import { percentile } from '../bench/figures.ts';
import type { CrewFigures } from './crew.ts';
import { startEstate } from './estate.ts';
import { mixText } from './event-mix.ts';
import { numberBetween } from './options.ts';

interface Options {
  agents: number;
  collector: string;
  code: string[];
  minutes: number;
  rate: number;
  batch: number;
  reconnect: number;
  json?: boolean;
}

/** `npm run estate`. Exit status 1: not everybody got in, or not everything sent was acknowledged. */
await runProgram(
  'npm run estate --',
  `Simulated computers, each with an identity of its own, over real TLS sockets to a real collector: enrolment,\nhello, heartbeats, and events in chained and signed batches. What they report is invented: ${mixText}.`,
  process.argv.slice(2),
  define,
);

function define(program: Command): void {
  program
    .requiredOption('--agents <number>', 'computers, 1 to 10,000', numberBetween(1, 10_000))
    .requiredOption('--collector <url>', 'address of the collector, such as https://127.0.0.1:8443')
    .requiredOption(
      '--code <code...>',
      'enrolment codes for so many computers together ("portcullis-collector token create --uses 500")',
    )
    .option('--minutes <number>', 'how long they work once all are connected', numberBetween(0, 100_000), 1)
    .option('--rate <number>', 'events of each computer in a minute', numberBetween(0, 6000), 6)
    .option('--batch <number>', 'events in a message', numberBetween(1, 1000), 3)
    .option(
      '--reconnect <seconds>',
      'each loses its connection so often, and comes back; 0 for never',
      numberBetween(0, 100_000),
      0,
    )
    .option('--json', 'the report as one line of JSON')
    .action(run);
}

async function run({ agents, collector, code, minutes, rate, batch, reconnect, json = false }: Options): Promise<void> {
  const estate = startEstate(agents);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(exitStatus.foundOrRefused));
  try {
    progress(`enrolling ${agents} computers`);
    const began = performance.now();
    await estate.enrol(collector, code);
    progress(`connecting ${agents} computers`);
    const { failures } = await estate.order({ do: 'connect', computers: agents });
    const ready = performance.now();
    progress(`at work for ${minutes} minutes`);
    if (rate > 0) {
      const work = { eventsPerMinute: rate, eventsPerMessage: batch, reconnectSeconds: reconnect };
      await estate.order({ do: 'begin-work', work });
    }
    await sleep(minutes * 60_000);
    const figures = await estate.order({ do: 'end-work' });
    progress('');
    const report = {
      agents,
      processes: estate.processes,
      startSeconds: Math.round((ready - began) / 100) / 10,
      ...reportOf({ ...figures, failures: figures.failures + failures }),
    };
    print(json ? JSON.stringify(report) : reportText(report));
    if (report.connected < agents || report.acknowledged < report.sent) process.exitCode = exitStatus.foundOrRefused;
  } finally {
    await estate.stop();
  }
}

function reportOf({ waits, times: _times, ...figures }: CrewFigures) {
  const share = (of: number) => (waits.length === 0 ? null : Math.round(percentile(waits, of) * 10) / 10);
  return {
    ...figures,
    acknowledgedMilliseconds: { p50: share(0.5), p95: share(0.95), p99: share(0.99), most: share(1) },
  };
}

function reportText(
  report: ReturnType<typeof reportOf> & { agents: number; processes: number; startSeconds: number },
): string {
  const { p50, p95, p99, most } = report.acknowledgedMilliseconds;
  const refusals = Object.entries(report.refused).map(([code, count]) => `${count} ${code}`);
  return [
    `${report.connected} of ${report.agents} computers connected, in ${report.processes} processes; ready after ${report.startSeconds} s`,
    `${report.acknowledged} of ${report.sent} events acknowledged`,
    ...(p50 === null
      ? []
      : [`from send to acknowledgement: median ${p50} ms, 95 % ${p95} ms, 99 % ${p99} ms, longest ${most} ms`]),
    `${report.failures} connections failed and ${report.lost} were given up on purpose; refusals: ${refusals.join(', ') || 'none'}`,
  ].join('\n');
}
