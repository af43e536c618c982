import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proves } from '../support/proofs.ts';
import { startTestCollector, type TestCollector } from '../vm/collector.ts';
import { enrolAgent, home, type TestAgent } from './agent.ts';
import { drive, memoryStick, mtpPhone } from './devices.ts';
import { findLab } from './lab.ts';
import { type Machine, startMachine } from './machine.ts';

let machine: Machine;
let collector: TestCollector;
let agent: TestAgent;

beforeAll(async () => {
  machine = await startMachine(findLab(process.env));
  collector = await startTestCollector('focus');
  agent = await enrolAgent(machine, collector);
  await agent.start();
});
afterAll(async () => {
  await machine?.stop();
  await collector?.stop();
});

const os = 'windows' as const;
const by = 'wine' as const;

test('the agent enrols over TLS, reports as Windows with its rights, and tells what is covered', async ({ task }) => {
  proves(task, { os, by, capability: 'enrolment and reporting' });
  const [started] = await agent.expectEvents('agent.started', 0);
  expect(started?.data).toMatchObject({ os: 'windows', privileged: true, previousRun: 'first' });
  const [covered] = await agent.expectEvents('agent.coverage-changed', 0);
  const states = covered?.data.coverage.map(({ watcher, area, state }) => `${watcher} / ${area}: ${state}`);
  expect(states).toContain('removable-media / usb: watching');
  expect(states).toContain('software / installed programs: watching');
});

test('what Wine lacks is told as unknown, never as good', async ({ task }) => {
  proves(task, { os, by, capability: 'drive-encryption', area: 'fixed drives', shows: 'cannot' });
  proves(task, { os, by, capability: 'posture', area: 'antivirus', shows: 'cannot' });
  const [drive] = await agent.expectEvents('drive.encryption-changed', 0, ({ data }) => data.drive.name === 'C:');
  expect(drive?.data.drive).toMatchObject({
    encryption: 'unknown',
    because: 'This Windows has no BitLocker to ask.',
    mountPoints: ['C:\\'],
  });
  const [antivirus] = await agent.expectEvents('posture.changed', 0, ({ data }) => data.posture.item === 'antivirus');
  expect(antivirus?.data.posture).toMatchObject({ state: 'unknown' });
});

test('the build of Windows tells the end of its support', async ({ task }) => {
  proves(task, { os, by, capability: 'posture', area: 'os support' });
  const [event] = await agent.expectEvents('posture.changed', 0, ({ data }) => data.posture.item === 'os-support');
  expect(event?.data.posture).toMatchObject({
    state: 'bad',
    what: 'Windows 10 Professional (19043.0)',
    supportEnds: '2022-12-13',
  });
});

test('the inventory names computer and system', async ({ task }) => {
  proves(task, { os, by, capability: 'inventory' });
  const [event] = await agent.expectEvents('inventory.recorded', 0);
  expect(event?.data.inventory).toMatchObject({ manufacturer: 'The Wine Project', osVersion: '10.0.19043.0' });
});

test('the agent keeps its files in the folder for data of all users', async () => {
  expect(await machine.ask('read', { path: `${home}\\agent\\identity.json` })).toContain('privateKeyPem');
});

describe('media', () => {
  test('a removable drive by the mount manager, with its volume, comes and goes', async ({ task }) => {
    proves(task, { os, by, capability: 'removable-media', area: 'volumes' });
    const since = await agent.lastSequence();
    const letters = drive(machine, 'e', 'removable', { '.windows-label': 'LETTERS', 'a.txt': 'text' });
    await letters.plug();
    const [event] = await agent.expectEvents('media.attached', since);
    expect(event?.data.device).toMatchObject({ class: 'other', bus: 'scsi', serialTrust: 'blank', port: 'E:' });
    expect(event?.data.volumes).toMatchObject([
      { name: 'E:', label: 'LETTERS', mountPoint: 'E:\\', readOnly: false, encryption: 'unknown' },
    ]);
    await letters.unplug();
    const [gone] = await agent.expectEvents('media.removed', since);
    expect(gone?.data.device.port).toBe('E:');
  });

  test('a disc is optical, and its file system is plain and read-only', async ({ task }) => {
    proves(task, { os, by, capability: 'removable-media', area: 'optical' });
    const since = await agent.lastSequence();
    const disc = drive(machine, 'g', 'optical', { 'scan.txt': 'text' });
    await disc.plug();
    const [event] = await agent.expectEvents('media.attached', since);
    expect(event?.data.device).toMatchObject({ class: 'optical', port: 'G:' });
    expect(event?.data.volumes).toMatchObject([
      { name: 'G:', filesystem: 'cdfs', readOnly: true, encryption: 'plain' },
    ]);
    await disc.unplug();
    await agent.expectEvents('media.removed', since);
  });

  test('a USB stick is one row with ids, its own serial and the volume on it, at the host’s word', async ({ task }) => {
    proves(task, { os, by, capability: 'removable-media', area: 'usb' });
    const since = await agent.lastSequence();
    const stick = memoryStick(machine, { 'letter.txt': 'text' });
    await stick.plug();
    await agent.host('device add \\\\?\\USB#VID_0951&PID_1666#001A92053B6A#{a5dcbf10-6530-11d2-901f-00c04fb951ed}');
    const attached = await agent.expectEvents('media.attached', since, ({ data }) => data.device.bus === 'usb');
    expect(attached).toHaveLength(1);
    expect(attached[0]?.data.device).toMatchObject({
      class: 'usb-storage',
      vendorId: '0951',
      productId: '1666',
      serial: '001A92053B6A',
      serialTrust: 'device',
      interfaces: ['08:06:50'],
    });
    // The words are its disk's, which may come a moment later.
    const [mounted] = await agent.expectEvents('media.mounted', since, ({ data }) => data.device.bus === 'usb');
    expect(mounted?.data).toMatchObject({
      device: { vendor: 'KINGSTON', product: 'DT 101' },
      volume: { name: 'D:', mountPoint: 'D:\\' },
    });
    await stick.unplug();
    await agent.expectEvents('media.removed', since, ({ data }) => data.device.serial === '001A92053B6A');
  });

  test('a phone that speaks MTP is a phone, whatever its name in whatever language', async ({ task }) => {
    proves(task, { os, by, capability: 'removable-media', area: 'phones and cameras' });
    const since = await agent.lastSequence();
    const phone = mtpPhone(machine);
    await phone.plug();
    const [event] = await agent.expectEvents('media.attached', since, ({ data }) => data.device.class === 'phone');
    expect(event?.data).toMatchObject({
      device: { bus: 'usb', vendorId: '04e8', productId: '6860', serial: 'R58N12345AB', serialTrust: 'device' },
      volumes: [],
    });
    await phone.unplug();
    await agent.expectEvents('media.removed', since, ({ data }) => data.device.class === 'phone');
  });

  test('a file written to a removable drive is told', async ({ task }) => {
    proves(task, { os, by, capability: 'media-files' });
    const since = await agent.lastSequence();
    const letters = drive(machine, 'h', 'removable', { 'old.txt': 'text' });
    await letters.plug();
    await agent.expectEvents('media.mounted', since, ({ data }) => data.volume.name === 'H:');
    await machine.ask('write', { path: 'H:\\new.txt', text: 'Dear Sir or Madam' });
    const [event] = await agent.expectEvents('media.file-written', since);
    expect(event?.data).toMatchObject({ extension: 'txt', volume: { name: 'H:' } });
    await letters.unplug();
    await agent.expectEvents('media.removed', since);
  });
});

test('a document saved on the desktop is told once, with its owner', async ({ task }) => {
  proves(task, { os, by, capability: 'document-saves' });
  const since = await agent.lastSequence();
  await machine.ask('write', { path: 'C:\\users\\root\\Desktop\\letter.docx.tmp', text: 'Dear Sir or Madam' });
  await machine.ask('move', {
    from: 'C:\\users\\root\\Desktop\\letter.docx.tmp',
    to: 'C:\\users\\root\\Desktop\\letter.docx',
  });
  const saved = await agent.expectEvents('document.saved', since);
  expect(saved).toHaveLength(1);
  expect(saved[0]).toMatchObject({
    data: { place: 'desktop', extension: 'docx', sizeBytes: 17 },
    actor: { user: 'root', sid: 'S-1-5-21-0-0-0-1000' },
  });
});

test('what a saved document holds is counted in a process of its own', async ({ task }) => {
  proves(task, { os, by, capability: 'document-saves', area: 'identifiers in files' });
  const since = await agent.lastSequence();
  await machine.ask('write', {
    path: 'C:\\users\\root\\Documents\\list.csv',
    text: 'NHS number: 999 000 0018\nNHS number: 999 000 0026\n',
  });
  const [event] = await agent.expectEvents('document.inspected', since, ({ data }) => data.extension === 'csv');
  expect(event?.data.inspection).toMatchObject({ status: 'inspected' });
});

const uninstall = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Laboratory';
const reg = (...args: string[]) => machine.ask('run', { command: ['C:\\windows\\system32\\reg.exe', ...args] });

test('a program in the registry is noticed when it comes, changes and goes', async ({ task }) => {
  proves(task, { os, by, capability: 'software', area: 'installed programs' });
  const since = await agent.lastSequence();
  await reg('add', uninstall, '/v', 'DisplayName', '/d', 'Laboratory Viewer', '/f');
  await reg('add', uninstall, '/v', 'DisplayVersion', '/d', '1.0', '/f');
  const [installed] = await agent.expectEvents(
    'software.installed',
    since,
    ({ data }) => data.software.name === 'Laboratory Viewer',
  );
  expect(installed?.data.software).toMatchObject({ source: 'windows' });
  await reg('add', uninstall, '/v', 'DisplayVersion', '/d', '2.0', '/f');
  await agent.expectEvents('software.updated', since, ({ data }) => data.software.version === '2.0');
  await reg('delete', uninstall, '/f');
  await agent.expectEvents('software.removed', since, ({ data }) => data.software.name === 'Laboratory Viewer');
});

test('the agent ends in order when its host closes the line, and goes on where it was', async ({ task }) => {
  proves(task, { os, by, capability: 'enrolment and reporting', area: 'stop and start' });
  const since = await agent.lastSequence();
  expect(await agent.stop()).toBe(0);
  await agent.expectEvents('agent.stopped', since);
  await agent.start();
  const [started] = await agent.expectEvents('agent.started', since);
  expect(started?.data.previousRun).toBe('clean');
});

test('told to stop while it still starts, it ends in order, too', async ({ task }) => {
  proves(task, { os, by, capability: 'enrolment and reporting', area: 'stop and start' });
  expect(await agent.stop()).toBe(0);
  const since = await agent.lastSequence();
  expect(await agent.startAndStop()).toBe(0);
  // It may have ended before it was connected: the next run sends what it left.
  await agent.start();
  await agent.expectEvents('agent.stopped', since);
  expect(await agent.stop()).toBe(0);
});
