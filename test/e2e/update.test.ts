import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EventKind, EventOf } from '#shared/events/kinds.ts';
import { verifyStore } from '../../collector/store/verify.ts';
import { listRollOuts } from '../../collector/updates/roll-outs.ts';
import { agentLauncher } from '../../installers/linux/launcher.ts';
import { agentProgram, layOut } from '../../installers/program.ts';
import { bundleOfFolder } from '../fakes/agent-bundle.ts';
import { type RealCollector, realCollector } from '../fakes/real-collector.ts';
import { answerOf, done } from './programs.ts';
import { setUpMilliseconds } from './site.ts';

/*
 * An agent as it is installed, bundled and started by its launcher, is updated by its collector, and gets back by itself from
 * versions that do not report. What stands for Node in the bundles is a script that starts the one of this test, for the sake of
 * size; what stands for systemd starts the service again whenever it ended.
 */
const patient = { timeout: 120_000, interval: 100 };
const work = mkdtempSync(join(tmpdir(), 'portcullis-update-'));
const base = join(work, 'installed');
const command = fileURLToPath(new URL('../../collector/portcullis-collector.cjs', import.meta.url));
let collector: RealCollector;
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

/** A version like the one that is installed, or one with another agent, which then needs nothing else. */
async function bundle(version: string, agent?: string): Promise<string> {
  const folder = join(work, version);
  if (agent === undefined) cpSync(base, folder, { recursive: true });
  else {
    cpSync(join(base, 'bin'), join(folder, 'bin'), { recursive: true });
    mkdirSync(join(folder, 'agent'));
    writeFileSync(join(folder, 'agent/portcullis-agent.cjs'), agent);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'agent', version, type: 'module' }));
  const file = await bundleOfFolder(folder, version, join(work, `${version}.zip`));
  rmSync(folder, { recursive: true, force: true });
  return file;
}

const store = () => collector.context.store;
/** As the supplier types it, while the collector runs. */
const typed = (...words: string[]) =>
  answerOf(process.execPath, [command, ...words], { ...process.env, PORTCULLIS_HOME: work });

async function events<K extends EventKind>(kind?: K): Promise<EventOf<K>[]> {
  const rows = await store().selectFrom('events').select(['kind', 'line']).orderBy('seq').execute();
  return rows.filter((row) => kind === undefined || row.kind === kind).map(({ line }) => JSON.parse(line ?? ''));
}
const computer = () =>
  store().selectFrom('computers').selectAll().where('state', '=', 'active').executeTakeFirstOrThrow();
const rollOut = async () => (await listRollOuts(store()))[0];
const alerts = async () =>
  (await store().selectFrom('alerts').select('rule_id').execute()).map(({ rule_id }) => rule_id);

async function rollsOut(version: string, file: string, ...more: string[]): Promise<void> {
  await done(typed('release', 'add', file, ...more));
  await done(typed('release', 'start', version, '--failures', '0'));
}

beforeAll(async () => {
  collector = await realCollector({ folder: join(work, 'collector') });
  await layOut(agentProgram('linux-x64'), base, '0.1.0');
  mkdirSync(join(base, 'bin'));
  writeFileSync(join(base, 'bin/node'), `#!/bin/sh\nexec ${process.execPath} "$@"\n`);
  chmodSync(join(base, 'bin/node'), 0o755);
  const launcher = join(work, 'portcullis-agent');
  writeFileSync(launcher, agentLauncher(base, '0.1.0'));
  chmodSync(launcher, 0o755);
  const environment = { ...process.env, PORTCULLIS_HOME: work, PORTCULLIS_RUN: join(work, 'run') };
  const code = await collector.code();
  await done(answerOf(launcher, ['enrol', '--collector', collector.url, '--code', code], environment));
  service = serviceOf(launcher, environment);
  await vi.waitFor(async () => expect(await events('agent.started')).toHaveLength(1), patient);
}, setUpMilliseconds);
afterAll(async () => {
  await service?.stop();
  await collector?.[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

describe('a running agent', { timeout: setUpMilliseconds }, () => {
  it('becomes the version that its collector rolls out, and keeps identity, spool and sequence', async () => {
    const before = await computer();
    expect(before).toMatchObject({ agent_version: '0.1.0' });
    await rollsOut('0.2.0', await bundle('0.2.0'));
    const updated = [{ data: { from: '0.1.0', to: '0.2.0' } }];
    await vi.waitFor(async () => expect(await events('agent.updated')).toMatchObject(updated), patient);
    expect(await computer()).toMatchObject({ id: before.id, public_key: before.public_key, agent_version: '0.2.0' });
    expect(await rollOut()).toMatchObject({ state: 'running', counts: { updated: 1, failed: 0, offered: 0 } });
    const all = await events();
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(all.filter(({ kind }) => kind === 'agent.tampered' || kind === 'events.lost')).toEqual([]);
    const stops = (await events('agent.stopped')).map(({ data }) => data);
    expect(stops).toEqual([{ because: 'update to 0.2.0', by: 'update' }]);
  });

  it.each([
    ['ends by itself before it has reported', '0.3.0', 'process.exit(3);\n', 'crashed', '600'],
    ['runs and never reports', '0.4.0', 'setInterval(() => undefined, 1000);\n', 'silent', '10'],
  ])('gets back by itself from a version that %s', async (_what, version, agent, reason, within) => {
    await rollsOut(version, await bundle(version, agent), '--report-within', within);
    const failed = expect.objectContaining({ data: expect.objectContaining({ version, reason }) });
    await vi.waitFor(async () => expect(await events('agent.update-failed')).toContainEqual(failed), patient);
    expect((await events('agent.started')).at(-1)).toMatchObject({ data: { version: '0.2.0' } });
    const paused = { state: 'paused', counts: { failed: 1 }, troubles: [{ state: 'failed', reason }] };
    expect(await rollOut()).toMatchObject(paused);
    expect(await alerts()).toEqual(expect.arrayContaining(['roll-out-paused', 'agent-update-failed']));
  });

  it('goes back to an older version where its release says so, and its evidence holds through all of it', async () => {
    await rollsOut('0.1.5', await bundle('0.1.5'), '--roll-back');
    const back = { data: { from: '0.2.0', to: '0.1.5' } };
    await vi.waitFor(async () => expect((await events('agent.updated')).at(-1)).toMatchObject(back), patient);
    expect(await verifyStore(store(), undefined, () => undefined)).toMatchObject({ holds: true });
    expect(await alerts()).not.toContain('identity-cloned');
  });
});
