import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { Coverage } from '#shared/events/agent.ts';
import { readIfThere } from '#shared/files.ts';
import { makeLog } from '#shared/logging.ts';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { createToken } from './gateway/tokens.ts';
import { openHome } from './home.ts';
import { type Collector, startCollector } from './main.ts';
import { eventLine } from './store/event-line.ts';

const agentProgram = fileURLToPath(new URL('../agent/portcullis-agent.cjs', import.meta.url));

export interface StartOptions {
  home: string;
  port: number;
  environment: NodeJS.ProcessEnv;
  clock: Clock;
  print(line: string): void;
}

/** `npm start`: a collector on this computer and an agent that watches it, until told to stop. */
export async function startHere({ home, port, environment, clock, print }: StartOptions): Promise<void> {
  const told = untilTold();
  const log = makeLog(environment.PORTCULLIS_LOG ?? 'info', join(home, 'collector', 'collector.log'));
  const collector = await startCollector({
    home: openHome(join(home, 'collector')),
    clock,
    log,
    host: '127.0.0.1',
    port,
  });
  printWelcome(collector, home, print);
  collector.context.changes.subscribe(({ events }) => {
    for (const event of events) {
      print(eventLine(event));
      if (event.kind === 'agent.coverage-changed') printCoverage(event.data.coverage, print);
    }
  });
  try {
    await enrolHere(collector, home, environment, clock);
    await watchHere(home, environment, told, print);
  } finally {
    await collector.stop();
  }
}

function printWelcome({ url, firstSignIn }: Collector, home: string, print: (line: string) => void): void {
  print(`Console: ${url} (its certificate was made on this computer, so the browser asks you to trust it once)`);
  if (firstSignIn) print(`First sign-in, shown this once: ${firstSignIn.username} / ${firstSignIn.password}`);
  print(`Data: ${home}`);
}

function printCoverage(coverage: Coverage[], print: (line: string) => void): void {
  for (const { watcher, area, state, how, limits } of coverage) {
    print(
      `          ${state === 'watching' ? 'watched' : state}: ${watcher}, ${area}: ${how} ${limits.join(' ')}`.trimEnd(),
    );
  }
}

async function enrolHere(
  { context, certificate, url }: Collector,
  home: string,
  environment: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<void> {
  if (readIfThere(join(home, 'agent', 'identity.json')) !== undefined) return;
  const code = enrolmentCode(
    await createToken(context.store, clock.now(), { note: 'npm start' }),
    certificate.fingerprint,
  );
  const child = spawnAgent(['enrol', '--collector', url, '--code', code], home, environment, [
    'ignore',
    'ignore',
    'inherit',
  ]);
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new PortcullisError('enrolFailed', 'The agent of this computer could not be enrolled.');
}

/** Runs the agent until told to stop. An agent that ends by itself ends the trial too, and says so. */
async function watchHere(
  home: string,
  environment: NodeJS.ProcessEnv,
  told: Promise<void>,
  print: (line: string) => void,
): Promise<void> {
  const log = join(home, 'agent', 'agent.log');
  const child = spawnAgent(['run', '--stop-with-input', '--log', log], home, environment, [
    'pipe',
    'inherit',
    'inherit',
  ]);
  const exited = once(child, 'exit').then(() => 'exited' as const);
  if ((await Promise.race([told, exited])) === 'exited') {
    throw new PortcullisError('agentEnded', `The agent ended by itself. Its log is ${log}.`);
  }
  print('Stopping.');
  child.stdin?.end();
  child.kill('SIGTERM');
  await exited;
}

function spawnAgent(
  args: string[],
  home: string,
  environment: NodeJS.ProcessEnv,
  stdio: ('ignore' | 'inherit' | 'pipe')[],
): ChildProcess {
  // Not "node": on a host with another version that would be the wrong one.
  return spawn(process.execPath, [agentProgram, ...args], { env: { ...environment, PORTCULLIS_HOME: home }, stdio });
}

const parentMilliseconds = 1000;

/** Resolves when told to stop, or when who started it is gone: npm does not hand SIGTERM on to what it runs. */
function untilTold(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve();
    }, parentMilliseconds);
    watch.unref();
  });
}
