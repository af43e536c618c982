import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildMsi } from '../../installers/windows/msi.ts';
import { proves } from '../support/proofs.ts';
import { startTestCollector, type TestCollector } from '../vm/collector.ts';
import { home } from './agent.ts';
import { findLab } from './lab.ts';
import { type Machine, startMachine } from './machine.ts';

// One story of one computer: each test goes on where the one before it ended.

const os = 'windows' as const;
const by = 'wine' as const;
const lab = findLab(process.env);
const packages = join(lab.shared, 'packages');
const installed = 'C:\\Program Files\\Portcullis agent';
const inTime = { timeout: 60_000, interval: 500 };
let machine: Machine;
let collector: TestCollector;
let computerId: string;

async function build(version: string): Promise<string> {
  const file = await buildMsi(version, { folder: packages, moment: 1_767_225_600, quick: true });
  return `L:\\packages\\${basename(file)}`;
}

const run = (...command: string[]) => machine.ask('run', { command });
const log = () => machine.ask('read', { path: `${installed}\\agent.log` });
const started = async () => (await collector.events(computerId)).filter(({ kind }) => kind === 'agent.started');
const processes = async () => [...(await log()).matchAll(/runs as process (\d+)/g)].map(([, id = '']) => id);

beforeAll(async () => {
  mkdirSync(packages, { recursive: true });
  machine = await startMachine(lab);
  collector = await startTestCollector('focus');
});
afterAll(async () => {
  await machine?.stop();
  await collector?.stop();
  rmSync(packages, { recursive: true, force: true });
});

test('a silent installation starts the service, which enrols by what the installer was told and forgets the code', async ({
  task,
}) => {
  proves(task, { os, by, capability: 'packages', area: 'silent installation' });
  const code = await collector.enrolmentCode();
  const file = await build('0.1.0');
  const words = [`COLLECTOR=https://127.0.0.1:${collector.port}`, `TOKEN=${code}`];
  expect(await run('msiexec', '/i', file, '/qn', ...words)).toMatchObject({ status: 0 });
  await vi.waitFor(async () => {
    const identity = await machine.ask('read', { path: `${home}\\agent\\identity.json` });
    computerId = JSON.parse(identity).computerId;
  }, inTime);
  await vi.waitFor(async () => expect(await started()).toHaveLength(1), inTime);
  const { said } = await run('reg', 'query', 'HKLM\\SOFTWARE\\Portcullis\\Enrolment');
  expect(said).toContain(`https://127.0.0.1:${collector.port}`);
  expect(said).not.toContain('Token');
  expect(await log()).not.toContain(code);
});

test('the agent is killed: the host starts it again', async ({ task }) => {
  proves(task, { os, by, capability: 'packages', area: 'restart after a crash' });
  const [first = ''] = await processes();
  expect(await run('taskkill', '/f', '/pid', first)).toMatchObject({ status: 0 });
  await vi.waitFor(async () => expect(await started()).toHaveLength(2), inTime);
  expect(await processes()).toHaveLength(2);
});

test('an upgrade keeps identity and sequence', async ({ task }) => {
  proves(task, { os, by, capability: 'packages', area: 'upgrade' });
  const before = (await collector.events(computerId)).length;
  expect(await run('msiexec', '/i', await build('0.1.1'), '/qn')).toMatchObject({ status: 0 });
  await vi.waitFor(async () => {
    const [newest] = (await started()).slice(-1);
    expect(newest?.data).toMatchObject({ version: '0.1.1' });
  }, inTime);
  const events = await collector.events(computerId);
  expect(events.length).toBeGreaterThan(before);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
});

test('a removal stops the agent, which says so, and takes off service, programs and logs', async ({ task }) => {
  proves(task, { os, by, capability: 'packages', area: 'removal' });
  expect(await run('msiexec', '/x', 'L:\\packages\\portcullis-agent-0.1.1-x64.msi', '/qn')).toMatchObject({
    status: 0,
  });
  expect((await collector.events(computerId)).at(-1)?.kind).toBe('agent.stopped');
  expect((await run('sc', 'query', 'PortcullisAgent')).status).not.toBe(0);
  await expect(machine.ask('read', { path: `${installed}\\agent\\cli.js` })).rejects.toThrow(/ENOENT/);
  await expect(log()).rejects.toThrow(/ENOENT/);
});
