import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import type { EventKind } from '#shared/events/kinds.ts';
import { openStore } from '../../collector/store/database.ts';
import { agentProgram, layOut } from '../../installers/program.ts';
import { type CollectorChild, ended, startCollectorChild } from '../estate/collector-child.ts';
import { noLoad, startLoad, usualLoad } from './agent-load.ts';
import type { Bench, BenchContext, Measured } from './figures.ts';
import { processNamed, type Usage, usageOf } from './process-figures.ts';

const inCheckout = fileURLToPath(new URL('../../agent/portcullis-agent.cjs', import.meta.url));

interface Times {
  /** Milliseconds until start-up work is over, of each window, and windows. */
  settle: number;
  window: number;
  windows: number;
}
const usual: Times = { settle: 30_000, window: 20_000, windows: 5 };
const quickTimes: Times = { settle: 5000, window: 3000, windows: 1 };
const busyTimes: Times = { settle: 30_000, window: 60_000, windows: 3 };
const quickBusyTimes: Times = { settle: 5000, window: 12_000, windows: 1 };

/** One process at both ends of a window. */
interface Sample {
  before: Usage;
  after: Usage;
  milliseconds: number;
}

export const agentBench: Bench = {
  about: 'memory, processor time and wake-ups of an agent, idle beside a bare Node, and busy',
  async run(context) {
    const times = context.quick ? quickTimes : usual;
    const collector = await startCollectorChild();
    const children: ChildProcess[] = [];
    try {
      const agent = await startAgentChild(collector);
      const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
      children.push(agent, bare);
      process.once('exit', () => {
        for (const child of children) child.kill('SIGKILL');
      });
      const usbguard = processNamed('usbguard-daemon');
      const samples = await sampled([pidOf(agent), pidOf(bare), usbguard], times, context);
      return [...figures(samples, times), ...(await busyFigures(agent, collector, context))];
    } finally {
      for (const child of children) await ended(child);
      await collector.stop();
    }
  },
};

/**
 * Enrols the agent of an installation, or of this checkout.
 * @returns the environment of the agent's commands
 */
export async function enrolAgent(
  { url, folder, code }: CollectorChild,
  program = inCheckout,
): Promise<{ PORTCULLIS_HOME: string }> {
  const env = { ...process.env, PORTCULLIS_HOME: join(folder, 'agent-home') };
  const args = [program, 'enrol', '--collector', url, '--code', await code(1)];
  const [status] = (await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')) as [number | null];
  if (status !== 0) throw new PortcullisError('enrolFailed', 'The agent could not be enrolled.');
  return env;
}

async function startAgentChild(collector: CollectorChild): Promise<ChildProcess> {
  // As packages have it: sources would have Node translate them, in memory that no installed agent needs.
  const installed = join(collector.folder, 'program');
  await layOut(agentProgram(`linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`), installed);
  const program = join(installed, 'agent', 'portcullis-agent.cjs');
  const env = await enrolAgent(collector, program);
  const flags = process.env.PORTCULLIS_BENCH_AGENT_FLAGS?.split(' ') ?? [];
  const args = [...flags, program, 'run', '--log', join(collector.folder, 'agent.log')];
  return spawn(process.execPath, args, { env, stdio: 'ignore' });
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new PortcullisError('notStarted', 'A process could not be started.');
  return child.pid;
}

/** The same windows for all, so that what else the machine does falls on all alike. */
async function sampled(
  pids: (number | undefined)[],
  { settle, window, windows }: Times,
  { progress }: BenchContext,
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
const megabytes = 1024 * 1024;
const readings: [figure: string, unit: string, Reading][] = [
  ['resident-memory', 'MB', ({ after }) => after.resident / megabytes],
  ['private-memory', 'MB', ({ after }) => after.private / megabytes],
  ['proportional-memory', 'MB', ({ after }) => after.proportional / megabytes],
  ['idle-cpu', '% of a core', ({ before, after, milliseconds }) => ((after.cpu - before.cpu) * 100) / milliseconds],
  ['wake-ups', '/s', ({ before, after, milliseconds }) => ((after.switches - before.switches) * 1000) / milliseconds],
];

function figures([agent = [], bare = [], usbguard = []]: Sample[][], times: Times): Measured[] {
  const how =
    `one agent as it is installed, with all watchers, ${process.getuid?.() === 0 ? 'as root' : 'not as root'}, connected to a collector on this computer; ` +
    `${times.windows} windows of ${times.window / 1000} s after ${times.settle / 1000} s, the yardstick in the same windows; the agent and all it started`;
  return [
    ...readings.map(([figure, unit, read]) => ({
      figure,
      unit,
      values: agent.map(read),
      yardstick: { name: "node -e 'setInterval(() => {}, 1e6)'", values: bare.map(read) },
      how,
    })),
    ...readings.map(([figure, unit, read]) => ({
      figure: `${figure}-beside-usbguard`,
      unit,
      values: agent.map(read),
      yardstick:
        usbguard.length > 0 ? { name: 'usbguard-daemon', values: usbguard.map(read) } : `usbguard-daemon: ${absence()}`,
      how,
    })),
    {
      figure: 'helper-processes',
      unit: 'processes',
      values: agent.map(({ before, after }) => Math.max(before.processes, after.processes) - 1),
      yardstick: 'none: a count',
      how,
    },
  ];
}

const busyReadings: [figure: string, unit: string, Reading][] = [
  ['busy-cpu', '% of a core', ({ before, after, milliseconds }) => ((after.cpu - before.cpu) * 100) / milliseconds],
  [
    'busy-wake-ups',
    '/s',
    ({ before, after, milliseconds }) => ((after.switches - before.switches) * 1000) / milliseconds,
  ],
  ['busy-resident-memory', 'MB', ({ after }) => after.resident / megabytes],
];

/** @throws PortcullisError `eventsMissing` when the agent was quick because it did not look */
async function busyFigures(agent: ChildProcess, collector: CollectorChild, context: BenchContext): Promise<Measured[]> {
  if (noLoad !== undefined) return [];
  const times = context.quick ? quickBusyTimes : busyTimes;
  const load = startLoad();
  try {
    const [samples = []] = await sampled([pidOf(agent)], times, context);
    const { saves, plugs } = load.done;
    await told(collector, saves, plugs);
    const how =
      `${usualLoad.saves} saves a minute of letters (.docx) that are each read for identifiers, and ${usualLoad.plugs} plugs a minute of a ` +
      `disk image that is mounted; ${times.windows} windows of ${times.window / 1000} s after ${times.settle / 1000} s; ` +
      `the agent and all it started; ${saves} saves and ${plugs} plugs, all of them told`;
    return busyReadings.map(([figure, unit, read]) => ({
      figure,
      unit,
      values: samples.map(read),
      yardstick: 'none: nothing else here does the same',
      how,
    }));
  } finally {
    load.stop();
  }
}

/** Waits until the collector has an event of each save and plug. */
async function told({ store: file }: CollectorChild, saves: number, plugs: number): Promise<void> {
  const { store, close } = openStore(file);
  const count = async (kind: EventKind) => {
    const { many } = await store
      .selectFrom('events')
      .select(({ fn }) => fn.countAll<number>().as('many'))
      .where('kind', '=', kind)
      .executeTakeFirstOrThrow();
    return many;
  };
  try {
    for (let waited = 0; waited < 60; waited += 1) {
      if ((await count('document.saved')) >= saves && (await count('media.mounted')) >= plugs) return;
      await sleep(1000);
    }
    const [saved, mounted] = [await count('document.saved'), await count('media.mounted')];
    throw new PortcullisError(
      'eventsMissing',
      `${saved} of ${saves} saves and ${mounted} of ${plugs} plugs were told.`,
    );
  } finally {
    await close();
  }
}

function absence(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, 'usbguard-daemon')))
    ? 'installed, not running'
    : 'not installed';
}
