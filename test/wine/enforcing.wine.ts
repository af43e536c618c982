import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { proves } from '../support/proofs.ts';
import { startTestCollector, type TestCollector } from '../vm/collector.ts';
import { enrolAgent, type TestAgent } from './agent.ts';
import { memoryStick, mtpPhone } from './devices.ts';
import { findLab } from './lab.ts';
import { type Machine, startMachine } from './machine.ts';

/** `reg.exe` of Wine takes a second to start, and several on a busy computer. */
const inTime = { timeout: 60_000, interval: 500 };
let machine: Machine;
let collector: TestCollector;
let agent: TestAgent;

const policies = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows';
const storage = `${policies}\\RemovableStorageDevices`;
const disks = `${storage}\\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}`;
const restrictions = `${policies}\\DeviceInstall\\Restrictions`;

const reg = (...args: string[]) => machine.ask('run', { command: ['C:\\windows\\system32\\reg.exe', ...args] });
const query = async (path: string) => (await reg('query', path)).said;

beforeAll(async () => {
  machine = await startMachine(findLab(process.env));
  collector = await startTestCollector('focus', 'enforce');
  agent = await enrolAgent(machine, collector);
  // What the organisation's own policy had set before.
  await reg('add', disks, '/v', 'Deny_Write', '/t', 'REG_DWORD', '/d', '0', '/f');
  await reg('add', `${restrictions}\\DenyInstanceIDs`, '/v', '1', '/d', 'USB\\VID_1111&PID_2222\\X', '/f');
  await agent.start();
});
afterAll(async () => {
  await machine?.stop();
  await collector?.stop();
});

test('a stick that is denied: keys are written; that Wine cannot disable it is told as failed', async ({ task }) => {
  proves(task, { os: 'windows', by: 'wine', capability: 'enforcement', area: 'policy keys' });
  proves(task, { os: 'windows', by: 'wine', capability: 'enforcement', area: 'refused', shows: 'cannot' });
  const since = await agent.lastSequence();
  const stick = memoryStick(machine, { 'letter.txt': 'text' });
  await stick.plug();
  const [event] = await agent.expectEvents('media.attached', since, ({ data }) => data.device.bus === 'usb');
  expect(event?.decision?.rights).toMatchObject({ write: 'deny' });
  expect(event?.outcome?.state).toBe('failed');
  expect(event?.outcome?.because).toMatch(/^Not done: (disable|read-only)\. /);
  await vi.waitFor(async () => expect(await query(disks)).toMatch(/Deny_Write\s+REG_DWORD\s+0x1/), inTime);
  expect(await query(`${restrictions}\\DenyInstanceIDs`)).toContain('USB\\VID_1111&PID_2222\\X');
});

test('a phone that is denied has the keys of portable devices', async ({ task }) => {
  proves(task, { os: 'windows', by: 'wine', capability: 'enforcement', area: 'policy keys' });
  const since = await agent.lastSequence();
  const phone = mtpPhone(machine);
  await phone.plug();
  const [event] = await agent.expectEvents('media.attached', since, ({ data }) => data.device.class === 'phone');
  expect(event?.outcome?.state).toBe('failed');
  const portable = `${storage}\\{6AC27878-A6FA-4155-BA85-F98F491D4F33}`;
  await vi.waitFor(async () => expect(await query(portable)).toMatch(/Deny_Write\s+REG_DWORD\s+0x1/), inTime);
});

test('a key that another hand takes back is put right, and told', async ({ task }) => {
  proves(task, { os: 'windows', by: 'wine', capability: 'enforcement', area: 'tampering' });
  const since = await agent.lastSequence();
  await reg('delete', disks, '/v', 'Deny_Write', '/f');
  await agent.expectEvents('agent.tampered', since, ({ data }) => data.what === 'enforcement');
  expect(await query(disks)).toMatch(/Deny_Write\s+REG_DWORD\s+0x1/);
});

test('the former values stand again when the agent stops, and nothing of its own is left', async ({ task }) => {
  proves(task, { os: 'windows', by: 'wine', capability: 'enforcement', area: 'restoring' });
  expect(await agent.stop()).toBe(0);
  expect(await query(disks)).toMatch(/Deny_Write\s+REG_DWORD\s+0x0/);
  const list = await query(`${restrictions}\\DenyInstanceIDs`);
  expect(list).toContain('USB\\VID_1111&PID_2222\\X');
  expect(list).not.toContain('USBSTOR');
  expect(await query(storage)).not.toContain('6AC27878');
  expect(await query('HKLM\\SOFTWARE\\Portcullis')).not.toContain('Enforcement');
});
