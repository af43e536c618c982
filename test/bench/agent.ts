import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import { agentProgram, layOut } from '../../installers/program.ts';
import { type CollectorChild, ended, startCollectorChild } from '../estate/collector-child.ts';
import { busyFigures } from './agent-busy.ts';
import {
  megabytes,
  percentOfCore,
  pidOf,
  residentMegabytes,
  type Sample,
  sampled,
  type Times,
  timesText,
  type WindowFigure,
  wakeUpsPerSecond,
} from './agent-windows.ts';
import type { Bench, Measured } from './figures.ts';
import { processNamed } from './process-figures.ts';

const inCheckout = fileURLToPath(new URL('../../agent/portcullis-agent.cjs', import.meta.url));

const usual: Times = { settle: 30_000, window: 20_000, windows: 5 };
const quickTimes: Times = { settle: 5000, window: 3000, windows: 1 };

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
      const idle = (samples[0] ?? []).map(percentOfCore);
      return [...figures(samples, times), ...(await busyFigures({ pid: pidOf(agent), collector, idle }, context))];
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

const readings: readonly WindowFigure[] = [
  ['resident-memory', 'MB', residentMegabytes],
  ['private-memory', 'MB', ({ after }) => after.private / megabytes],
  ['proportional-memory', 'MB', ({ after }) => after.proportional / megabytes],
  ['idle-cpu', '% of a core', percentOfCore],
  ['wake-ups', '/s', wakeUpsPerSecond],
];

function figures([agent = [], bare = [], usbguard = []]: Sample[][], times: Times): Measured[] {
  const how =
    `one agent as it is installed, with all watchers, ${process.getuid?.() === 0 ? 'as root' : 'not as root'}, connected to a collector on this computer; ` +
    `${timesText(times)}, the yardstick in the same windows; the agent and all it started`;
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

function absence(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, 'usbguard-daemon')))
    ? 'installed, not running'
    : 'not installed';
}
