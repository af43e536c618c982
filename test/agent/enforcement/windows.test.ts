import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { deviceKey } from '#shared/device/facts.ts';
import type { Rights } from '#shared/policy/decision.ts';
import type { Enforcement, Ruled } from '../../../agent/enforcement/enforcement.ts';
import { enforceOnWindows } from '../../../agent/enforcement/windows.ts';
import { wishOf } from '../../../agent/enforcement/wish.ts';
import { readMedia } from '../../../agent/platform/media.windows.ts';
import { setupClasses } from '../../../agent/platform/windows/device-tree.ts';
import { findMedia } from '../../../agent/watchers/removable-media/devices.windows.ts';
import { type FakeWindows, fakeWindows, nodeOf, type RegistryContent } from '../../fakes/windows-system.ts';
import { proves } from '../../support/proofs.ts';

const full: Rights = { connect: 'allow', read: 'allow', write: 'allow', execute: 'allow' };
const readOnly: Rights = { ...full, write: 'deny', execute: 'deny' };
const refused: Rights = { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' };

const diskId = 'USBSTOR\\DISK&VEN_A&PROD_B\\SER1&0';
const storage = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\RemovableStorageDevices';
const disks = `${storage}\\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}`;
const restrictions = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceInstall\\Restrictions';
const list = `${restrictions}\\DenyInstanceIDs`;

/** A computer with a stick and a keyboard. */
function computer(registry: RegistryContent = {}): FakeWindows {
  const system = fakeWindows(registry);
  const usb = 'USB\\VID_0951&PID_1666\\SER1';
  system.nodes = [
    nodeOf({ id: usb, classId: 'usb', compatibleIds: ['USB\\Class_08&SubClass_06&Prot_50'], location: 'Port 1' }),
    nodeOf({ id: diskId, classId: setupClasses.disk, parent: usb }),
    nodeOf({
      id: 'USB\\VID_046D&PID_C31C\\5&1&0&7',
      classId: 'hid',
      compatibleIds: ['USB\\Class_03&SubClass_01&Prot_01'],
      location: 'Port 7',
    }),
  ];
  system.disks.set(diskId, {
    storage: { deviceType: 7, number: 1 },
    descriptor: { bus: 'usb', removable: true },
    sizeBytes: 1000,
    readOnly: false,
  });
  return system;
}

function ruledOf(system: FakeWindows, rights: Rights, hid: Rights = full): Ruled[] {
  return findMedia(readMedia(system)).map(({ device }) => ({
    key: deviceKey(device),
    device,
    wish: wishOf(device.class === 'hid' ? hid : rights),
    volumes: new Map(),
  }));
}

function enforcementOf(system: FakeWindows, bootId = 'boot-1'): Enforcement {
  const clock = { now: () => 0, monotonic: () => 0 };
  return enforceOnWindows(system, bootId)({ clock, log: pino({ enabled: false }), ownPaths: ['C:\\ProgramData'] });
}

async function carriedOut(system: FakeWindows, enforcement: Enforcement, rights: Rights, hid?: Rights) {
  await enforcement.setMode('enforce');
  const ruled = ruledOf(system, rights, hid);
  const results = await enforcement.carryOut(ruled);
  const of = (name: string) => results.get(ruled.find(({ device }) => device.class === name)?.key ?? '');
  return { stick: of('usb-storage'), keyboard: of('hid') };
}

describe('a stick', () => {
  test('that is refused is disabled, and its instance is not to be installed again', async ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'enforcement', area: 'refused' });
    const system = computer();
    const { stick } = await carriedOut(system, enforcementOf(system), refused);
    expect(stick?.outcome).toMatchObject({ state: 'applied', mechanism: 'device disabled (CM_Disable_DevNode)' });
    expect(system.done).toEqual([`disable ${diskId}`]);
    expect(system.registry.content()[list]).toEqual({ 1: diskId });
    expect(system.registry.value(restrictions, 'DenyInstanceIDs')).toBe(1);
  });

  test('that Windows does not disable is told as failed, with its word', async () => {
    const system = computer();
    system.refuses.disable = 'vetoed';
    const { stick } = await carriedOut(system, enforcementOf(system), refused);
    expect(stick?.outcome).toMatchObject({ state: 'failed', because: 'Not done: disable. vetoed' });
  });

  test('that may only be read has a read-only disk at once; programs wait for a restart', async ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'enforcement', area: 'read-only' });
    const system = computer();
    const first = await carriedOut(system, enforcementOf(system), readOnly);
    expect(system.done).toEqual([`read-only ${diskId}`]);
    expect(system.registry.content()[disks]).toEqual({ Deny_Write: 1, Deny_Execute: 1 });
    expect(first.stick?.outcome).toMatchObject({
      state: 'pending',
      because: 'Windows takes the policy up at its next start.',
    });
    const later = await carriedOut(system, enforcementOf(system, 'boot-2'), readOnly);
    expect(later.stick?.outcome.state).toBe('applied');
  });

  test('whose volume is mounted for writing is read-only only when that is mounted anew', async () => {
    const system = computer();
    const volume = (isReadOnly: boolean) => ({
      name: 'E:',
      root: 'E:\\',
      type: 'removable' as const,
      storage: { deviceType: 7, number: 1 },
      content: { label: '', filesystem: 'FAT32', readOnly: isReadOnly },
    });
    system.drives = [volume(false)];
    const enforcement = enforcementOf(system);
    const rights = { ...readOnly, execute: 'allow' as const };
    const before = await carriedOut(system, enforcement, rights);
    expect(before.stick?.outcome).toMatchObject({ state: 'pending', because: expect.stringContaining('mounted anew') });
    system.drives = [volume(true)];
    const after = await carriedOut(system, enforcement, rights);
    expect(after.stick?.outcome.state).toBe('applied');
  });

  test('that is held until its volumes are known is told as pending, since it can be read meanwhile', async () => {
    const system = computer();
    const enforcement = enforcementOf(system);
    await enforcement.setMode('enforce');
    const ruled = ruledOf(system, full).map((one): Ruled => {
      const wish = { connect: true, access: 'held' as const, execute: false };
      return one.device.class === 'hid' ? one : { ...one, wish };
    });
    const results = await enforcement.carryOut(ruled);
    expect(results.get(ruled[0]?.key ?? '')?.outcome).toMatchObject({ state: 'pending' });
    expect(system.done).toEqual([`read-only ${diskId}`]);
  });

  test('that is allowed later is let in again, and its keys are gone', async () => {
    const system = computer();
    const enforcement = enforcementOf(system);
    await carriedOut(system, enforcement, refused);
    const { stick } = await carriedOut(system, enforcement, full);
    expect(stick?.outcome.state).toBe('applied');
    expect(system.done).toEqual([`disable ${diskId}`, `enable ${diskId}`]);
    expect(system.registry.content()[list]).toBeUndefined();
    expect(system.registry.content()[disks]).toBeUndefined();
  });

  test('that was refused and pulled out stays on the list', async () => {
    const system = computer();
    const enforcement = enforcementOf(system);
    await carriedOut(system, enforcement, refused);
    system.nodes = system.nodes.slice(2);
    system.disks.clear();
    await carriedOut(system, enforcement, refused);
    expect(system.registry.content()[list]).toEqual({ 1: diskId });
  });

  test('that holds the running system is spared, and it is said', async () => {
    const system = computer();
    system.drives = [{ name: 'C:', root: 'C:\\', type: 'fixed', storage: { deviceType: 7, number: 1 } }];
    const { stick } = await carriedOut(system, enforcementOf(system), refused);
    expect(stick?.outcome).toMatchObject({ state: 'unsupported' });
    expect(system.done).toEqual([]);
  });
});

test('a keyboard is never taken away', async () => {
  const system = computer();
  const nothing = { connect: 'deny', read: 'deny', write: 'deny', execute: 'deny' } as const;
  const { keyboard } = await carriedOut(system, enforcementOf(system), full, nothing);
  expect(keyboard?.outcome).toMatchObject({ state: 'unsupported', because: expect.stringContaining('Keyboards') });
  expect(system.done).toEqual([]);
});

describe('what stood before', () => {
  const organisation: RegistryContent = {
    [disks]: { Deny_Write: 0, Deny_Execute: 1 },
    [list]: { 1: 'USB\\VID_1\\X' },
    [restrictions]: { DenyInstanceIDs: 1 },
  };

  test('stands again after the end, whatever was done meanwhile', async ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'enforcement', area: 'restoring' });
    const system = computer(organisation);
    const enforcement = enforcementOf(system);
    await carriedOut(system, enforcement, readOnly);
    await carriedOut(system, enforcement, refused);
    expect(system.registry.content()[list]).toEqual({ 1: 'USB\\VID_1\\X', 2: diskId });
    expect(await enforcement.release()).toBe(true);
    expect(system.registry.content()).toEqual(organisation);
    expect(system.nodes.every(({ problem }) => problem === undefined)).toBe(true);
    expect(system.disks.get(diskId)?.readOnly).toBe(false);
  });

  test('is restored by a run that comes after one that died, and once only', async () => {
    const system = computer(organisation);
    await carriedOut(system, enforcementOf(system), refused);
    const next = enforcementOf(system, 'boot-2');
    expect(await next.release()).toBe(true);
    expect(system.registry.content()).toEqual(organisation);
    expect(await next.release()).toBe(false);
  });

  test('a value that another hand changed meanwhile is theirs', async () => {
    const system = computer();
    const enforcement = enforcementOf(system);
    await carriedOut(system, enforcement, readOnly);
    system.registry.set(disks, 'Deny_Write', 2);
    await enforcement.release();
    expect(system.registry.value(disks, 'Deny_Write')).toBe(2);
  });

  test('report mode changes nothing', async () => {
    const system = computer(organisation);
    const enforcement = enforcementOf(system);
    await enforcement.setMode('report');
    expect(system.registry.content()).toEqual(organisation);
    expect(enforcement.coverage().every(({ state }) => state === 'idle')).toBe(true);
  });
});

describe('what another hand takes back', () => {
  test('is put right, and told', async ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'enforcement', area: 'tampering' });
    const system = computer();
    const enforcement = enforcementOf(system);
    await carriedOut(system, enforcement, refused);
    system.devices.enable(diskId);
    const { stick } = await carriedOut(system, enforcement, refused);
    expect(stick).toMatchObject({ outcome: { state: 'applied' }, undone: 'Taken back by another hand: disable.' });
  });

  test('a stick that was pulled out and plugged in again is no such thing', async () => {
    const system = computer();
    const enforcement = enforcementOf(system);
    await carriedOut(system, enforcement, refused);
    system.nodes = system.nodes.map((node) =>
      node.id === diskId ? { ...node, problem: undefined, arrived: 'later' } : node,
    );
    const { stick } = await carriedOut(system, enforcement, refused);
    expect(stick?.undone).toBeUndefined();
    expect(stick?.outcome.state).toBe('applied');
  });
});

test('the registry cannot be written: nothing is changed, and the coverage says so', async () => {
  const system = computer();
  system.registry.set = () => {
    throw Object.assign(new Error('no'), { code: 'EACCES' });
  };
  const enforcement = enforcementOf(system);
  const { stick } = await carriedOut(system, enforcement, refused);
  expect(stick?.outcome).toMatchObject({ state: 'failed', because: expect.stringContaining('EACCES') });
  expect(enforcement.coverage().map(({ state }) => state)).toEqual(Array(5).fill('failed'));
  expect(system.done).toEqual([]);
});
