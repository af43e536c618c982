import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import type { Enforcement } from '../../../agent/enforcement/enforcement.ts';
import type { StoragePlace } from '../../../agent/enforcement/identify.linux.ts';
import { enforceOnLinux } from '../../../agent/enforcement/linux.ts';
import type { StorageUnit } from '../../../agent/watchers/watcher.ts';
import { everything } from '../../fakes/decision.ts';
import { deviceOf, ruledOf } from '../../fakes/ruled.ts';
import { usbKernel } from '../../fakes/usb-kernel.ts';

const drive: StorageUnit[] = [{ kind: 'optical', removable: true }];

let kernel: ReturnType<typeof usbKernel>;
let enforcement: Enforcement;
/** What was asked, and which interfaces were open then. */
let asked: { node: string; place: StoragePlace; open: string[] }[];
let answer: () => Promise<StorageUnit[] | undefined>;

beforeEach(async () => {
  kernel = usbKernel();
  asked = [];
  answer = () => Promise.resolve(drive);
  const { roots, tools, write } = kernel;
  const ask = (node: string, place: StoragePlace) => {
    asked.push({ node: node.replace(`${roots.dev}/`, ''), place, open: kernel.open('1-1') });
    return answer();
  };
  const make = enforceOnLinux({ roots, tools, write, ask });
  enforcement = make({ clock: systemClock, log: pino({ level: 'silent' }), ownPaths: [] });
  await enforcement.setMode('enforce');
});
afterEach(() => kernel[Symbol.dispose]());

const identify = () => enforcement.identify(deviceOf({ port: '1-1', interfaces: ['08:06:50'] }));

describe('a storage device that waits outside', () => {
  it('is asked with nothing open but its storage, and waits outside again', async () => {
    kernel.plug('1-1', ['03:01:01', '08:06:50']);
    expect(await identify()).toEqual(drive);
    const place = { speaks: 'bulk-only', number: 1, out: 0x02, in: 0x81 };
    expect(asked).toEqual([{ node: 'bus/usb/001/002', place, open: ['08:06:50'] }]);
    expect([kernel.isAuthorized('1-1'), kernel.open('1-1')]).toEqual([false, []]);
  });

  it('is asked once in each visit, whatever it said', async () => {
    kernel.plug('1-1', ['08:06:50']);
    answer = () => Promise.resolve(undefined);
    await identify();
    expect(await identify()).toBeUndefined();
    expect(asked).toHaveLength(1);
    kernel.unplug('1-1');
    kernel.plug('1-1', ['08:06:50']);
    answer = () => Promise.resolve(drive);
    expect(await identify()).toEqual(drive);
    await enforcement.carryOut([ruledOf({ port: '1-1', interfaces: ['08:06:50'] }, everything)]);
    expect(await identify()).toEqual(drive);
    expect(asked).toHaveLength(2);
  });

  it('is asked in the other way where it speaks UAS and nothing else', async () => {
    kernel.plug('1-1', ['08:06:62']);
    expect(await enforcement.identify(deviceOf({ port: '1-1', interfaces: ['08:06:62'] }))).toEqual(drive);
    const place = { speaks: 'uas', number: 0, hasStreams: true, command: 0x04, status: 0x81, in: 0x82, out: 0x03 };
    expect(asked).toEqual([{ node: 'bus/usb/001/002', place, open: ['08:06:62'] }]);
    expect([kernel.isAuthorized('1-1'), kernel.open('1-1')]).toEqual([false, []]);
  });

  it('is left alone where it is an older kind of storage', async () => {
    kernel.plug('1-1', ['08:04:01']);
    expect(await enforcement.identify(deviceOf({ port: '1-1', interfaces: ['08:04:01'] }))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('stays outside when it cannot be spoken to', async () => {
    kernel.plug('1-1', ['08:06:50']);
    answer = () => Promise.reject(new Error('EBUSY'));
    expect(await identify()).toBeUndefined();
    expect(kernel.isAuthorized('1-1')).toBe(false);
  });

  it.each([
    ['is an older kind of storage', ['08:04:01']],
    ['is an older kind beside another', ['08:06:50', '08:04:01']],
    ['has no storage', ['03:01:01']],
  ])('is unknown when it %s', async (_name, interfaces) => {
    kernel.plug('1-1', interfaces);
    expect(await identify()).toBeUndefined();
    expect(kernel.isAuthorized('1-1')).toBe(false);
  });
});

describe('nobody is asked', () => {
  it('on a bus that still lets interfaces in, until it does not', async () => {
    kernel.plug('1-1', ['08:06:50']);
    const door = `${kernel.roots.sys}/bus/usb/devices/usb1/interface_authorized_default`;
    await kernel.write(door, '1');
    expect(await identify()).toBeUndefined();
    expect([asked, kernel.isAuthorized('1-1')]).toEqual([[], false]);
    await enforcement.guard();
    expect(await identify()).toEqual(drive);
  });

  it('while the policy only reports', async () => {
    await enforcement.setMode('report');
    kernel.plug('1-1', ['08:06:50']);
    expect(await identify()).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('whom another hand keeps outside', async () => {
    await enforcement.setMode('report');
    kernel.plug('1-1', ['08:06:50']);
    await kernel.write(`${kernel.roots.sys}/bus/usb/devices/1-1/authorized`, '0');
    await enforcement.setMode('enforce');
    kernel.written.length = 0;
    expect(await identify()).toBeUndefined();
    expect([asked, kernel.written]).toEqual([[], []]);
  });
});
