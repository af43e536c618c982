import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventOf, EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import type { ReportedAlert } from '../../collector/alerting/alerts-report.ts';
import type { ReportedComputer } from '../../collector/register/computers-report.ts';
import type { ListedRollOut } from '../../collector/updates/roll-outs.ts';
import { agentLauncher } from '../../installers/linux/launcher.ts';
import { agentProgram, layOut } from '../../installers/program.ts';
import { bundleOfFolder } from '../fakes/agent-bundle.ts';
import { type Programs, programs } from './programs.ts';

/*
 * An agent as it is installed, bundled and started by its launcher, is updated by its collector, and gets back by itself from
 * versions that do not report. What stands for Node in the bundles is a script that starts the one of this test, for the sake of
 * size; what stands for systemd starts the service again whenever it ended.
 */
const patient = { timeout: 120_000, interval: 300 };
const work = mkdtempSync(join(tmpdir(), 'portcullis-update-'));
const base = join(work, 'installed');
let running: Programs;
let service: Service;

interface Service {
  /** How often the launcher was started. */
  starts(): number;
  stop(): Promise<void>;
}

/** As systemd does: what ended is started again, until it is told to stop. */
function serviceOf(launcher: string, environment: NodeJS.ProcessEnv): Service {
  let child: ChildProcess;
  let starts = 0;
  let stopping = false;
  const log = join(work, 'agent.log');
  function start(): void {
    starts += 1;
    child = spawn(launcher, ['run', '--no-enforcement', '--log', log], { env: environment, stdio: 'ignore' });
    child.once('exit', () => {
      if (!stopping) start();
    });
  }
  start();
  return {
    starts: () => starts,
    async stop() {
      stopping = true;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A version like the one that is installed, with another agent where one is given. */
async function bundle(version: string, agent?: string): Promise<string> {
  const folder = join(work, version);
  cpSync(base, folder, { recursive: true });
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, version }));
  if (agent !== undefined) writeFileSync(join(folder, 'agent/portcullis-agent.cjs'), agent);
  const file = await bundleOfFolder(folder, version, join(work, `${version}.zip`));
  rmSync(folder, { recursive: true, force: true });
  return file;
}

async function asked<T>(...words: string[]): Promise<T> {
  return JSON.parse((await running.collector(...words, '--json')).stdout) as T;
}
const events = async <K extends EventKind>(kind: K) =>
  (await asked<PortcullisEvent[]>('events', '--kind', kind)) as EventOf<K>[];
const computer = async () => (await asked<ReportedComputer[]>('computers'))[0];
const rollOut = async () => (await asked<ListedRollOut[]>('release', 'status'))[0];

async function rollsOut(version: string, file: string, ...more: string[]): Promise<void> {
  const within = ['--report-within', more.includes('--slow') ? '10' : '120'];
  const add = ['release', 'add', file, ...within, ...more.filter((word) => word === '--roll-back'), '--json'];
  expect(await running.collector(...add)).toMatchObject({ status: 0 });
  expect(await running.collector('release', 'start', version, '--failures', '0')).toMatchObject({ status: 0 });
}

beforeAll(async () => {
  running = await programs();
  await layOut(agentProgram('linux-x64'), base, '0.1.0');
  mkdirSync(join(base, 'bin'));
  writeFileSync(join(base, 'bin/node'), `#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  chmodSync(join(base, 'bin/node'), 0o755);
  const launcher = join(work, 'portcullis-agent');
  writeFileSync(launcher, agentLauncher(base, '0.1.0'));
  chmodSync(launcher, 0o755);
  const environment = { ...process.env, PORTCULLIS_HOME: running.home, PORTCULLIS_RUN: join(work, 'run') };
  expect(execFileSync(launcher, ['--version'], { env: environment, encoding: 'utf8' }).trim()).toBe('0.1.0');
  service = serviceOf(launcher, environment);
  await vi.waitFor(async () => expect(await events('agent.started')).toHaveLength(1), patient);
});
afterAll(async () => {
  await service?.stop();
  await running?.[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

describe('a running agent', () => {
  it('becomes the version that its collector rolls out, and keeps identity, spool and sequence', async () => {
    const before = await computer();
    expect(before).toMatchObject({ agentVersion: '0.1.0' });
    await rollsOut('0.2.0', await bundle('0.2.0'));
    await vi.waitFor(async () => expect(await events('agent.updated')).toMatchObject([{ data: { from: '0.1.0', to: '0.2.0' } }]), patient);
    expect(await computer()).toMatchObject({ id: before?.id, agentVersion: '0.2.0' });
    await vi.waitFor(async () => expect(await rollOut()).toMatchObject({ counts: { updated: 1, failed: 0, offered: 0 } }), patient);
    const all = await asked<PortcullisEvent[]>('events');
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(all.filter(({ kind }) => kind === 'agent.tampered' || kind === 'events.lost')).toEqual([]);
    expect((await events('agent.stopped')).map(({ data }) => data)).toEqual([{ because: 'update to 0.2.0', by: 'update' }]);
  });

  it.each([
    ['ends by itself before it has reported', '0.3.0', 'process.exit(3);\n', 'crashed'],
    ['runs and never reports', '0.4.0', 'setInterval(() => undefined, 1000);\n', 'silent'],
  ])('gets back by itself from a version that %s; that is told, and the roll-out pauses', async (_what, version, agent, reason) => {
    await rollsOut(version, await bundle(version, agent), reason === 'silent' ? '--slow' : '');
    await vi.waitFor(
      async () => expect((await events('agent.update-failed')).map(({ data }) => [data.version, data.reason])).toContainEqual([version, reason]),
      patient,
    );
    expect(await computer()).toMatchObject({ agentVersion: '0.2.0' });
    expect(await rollOut()).toMatchObject({ state: 'paused', counts: { failed: 1 }, troubles: [{ state: 'failed', reason }] });
    const alerts = await asked<ReportedAlert[]>('alerts');
    expect(alerts.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['roll-out-paused', 'agent-update-failed']));
    expect(await running.collector('release', 'status')).toMatchObject({ status: 1 });
  });

  it('goes back to an older version where its release says so, and its evidence holds through all of it', async () => {
    await rollsOut('0.1.5', await bundle('0.1.5'), '--roll-back');
    await vi.waitFor(async () => expect((await events('agent.updated')).at(-1)).toMatchObject({ data: { from: '0.2.0', to: '0.1.5' } }), patient);
    expect(await running.collector('verify', '--json')).toMatchObject({ status: 0 });
    const alerts = await asked<ReportedAlert[]>('alerts');
    expect(alerts.map(({ rule }) => rule)).not.toContain('identity-cloned');
  });
});
