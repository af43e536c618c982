import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { Coverage } from '#shared/events/agent.ts';
import type { Rights } from '#shared/policy/decision.ts';
import { checker } from '#shared/schema.ts';
import type { Enforcement, Ruled } from '../../../agent/enforcement/enforcement.ts';
import { enforceOnLinux } from '../../../agent/enforcement/linux.ts';
import { readMarks } from '../../../agent/enforcement/marks.linux.ts';
import { charging, everything, nothing, readOnly } from '../../fakes/decision.ts';
import { ruledOf } from '../../fakes/ruled.ts';
import { usbKernel } from '../../fakes/usb-kernel.ts';

let kernel: ReturnType<typeof usbKernel>;
let enforcement: Enforcement;

const made = () => {
  const { roots, tools, write } = kernel;
  return enforceOnLinux({ roots, tools, write })({ clock: systemClock, log: pino({ level: 'silent' }), ownPaths: [] });
};

beforeEach(() => {
  kernel = usbKernel();
  enforcement = made();
});

afterEach(() => kernel[Symbol.dispose]());

/** Plugs a device in and gives what is to become of it. */
function plug(port: string, facts: Partial<DeviceFacts>, rights: Rights): Ruled {
  const ruled = ruledOf({ port, ...facts }, rights);
  kernel.plug(port, ruled.device.interfaces);
  return ruled;
}

async function outcomeOf(ruled: Ruled, ...others: Ruled[]) {
  return (await enforcement.carryOut([ruled, ...others])).get(ruled.key)?.outcome;
}

const stick = { class: 'usb-storage', interfaces: ['08:06:50'] } as const satisfies Partial<DeviceFacts>;
const keyboard = { class: 'hid', interfaces: ['03:01:01'] } as const satisfies Partial<DeviceFacts>;
const phone = {
  class: 'phone',
  interfaces: ['06:01:01', 'ff:42:01', '03:00:00'],
} as const satisfies Partial<DeviceFacts>;
const facts = <T>(given: T) => structuredClone(given) as Partial<DeviceFacts>;

describe('USB devices while a policy is enforced', () => {
  beforeEach(async () => {
    await enforcement.setMode('enforce');
  });

  it('wait outside until they are decided, on every bus', () => {
    kernel.plug('1-1', ['08:06:50']);
    kernel.plug('2-3', ['03:01:01']);
    expect([kernel.isAuthorized('1-1'), kernel.isAuthorized('2-3')]).toEqual([false, false]);
  });

  it('a refused stick is never authorised and not one of its attributes is written', async () => {
    const ruled = plug('1-1', facts(stick), charging);
    kernel.written.length = 0;
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'applied', mechanism: 'USB device not authorised' });
    expect(kernel.written).toEqual([]);
  });

  it('an allowed keyboard comes in whole, before anything else is done', async () => {
    const refused = plug('1-1', { ...facts(phone) }, charging);
    const allowed = plug('1-2', facts(keyboard), everything);
    kernel.written.length = 0;
    await enforcement.carryOut([refused, allowed]);
    expect(kernel.open('1-2')).toEqual(['03:01:01']);
    expect(kernel.written[1]).toBe('bus/usb/devices/1-2/authorized=1');
    expect(kernel.valueOf('bus/usb/devices/usb1/interface_authorized_default')).toBe('0');
  });

  it('a phone charges and types while everything that carries files stays shut', async () => {
    const ruled = plug('1-1', facts(phone), charging);
    expect(await outcomeOf(ruled)).toMatchObject({
      state: 'applied',
      mechanism: 'USB interfaces not authorised (06:01:01, ff:42:01)',
    });
    expect(kernel.isAuthorized('1-1')).toBe(true);
    expect(kernel.open('1-1')).toEqual(['03:00:00']);
  });

  it('a phone that may be read but not written is shut, and says why', async () => {
    const ruled = plug('1-1', facts(phone), readOnly);
    expect(await outcomeOf(ruled)).toMatchObject({
      state: 'applied',
      because: 'Only disks can be made read-only; its other file interfaces are refused whole.',
    });
    expect(kernel.open('1-1')).toEqual(['03:00:00']);
  });

  it('what may hide MTP is opened at the second look only, when its name could be read', async () => {
    const ruled = plug('1-1', { class: 'other', interfaces: ['ff:ff:00'] }, everything);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'pending' });
    expect(kernel.open('1-1')).toEqual([]);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'applied' });
    expect(kernel.open('1-1')).toEqual(['ff:ff:00']);
  });

  it('a read-only disk is let in without the mark that makes it writable', async () => {
    const ruled = plug('1-1', facts(stick), readOnly);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'pending', because: 'Its disk has not appeared yet.' });
    const { writable, shown, executable } = readMarks(kernel.roots.run);
    expect({ writable: writable.has('1-1'), shown: shown.has('1-1'), executable: executable.has('1-1') }).toEqual({
      writable: false,
      shown: true,
      executable: false,
    });
    expect(kernel.open('1-1')).toEqual(['08:06:50']);
  });

  it('marks are set before the device is let in and gone before it is refused', async () => {
    const port = '1-1';
    await outcomeOf(plug(port, facts(stick), everything));
    expect(readMarks(kernel.roots.run).writable).toEqual(new Set([port]));
    await outcomeOf(ruledOf({ port, ...facts(stick) }, charging));
    expect(readMarks(kernel.roots.run).writable).toEqual(new Set());
    expect(kernel.isAuthorized(port)).toBe(false);
  });

  it('a stick that was let in and is refused now is unmounted first', async () => {
    kernel.tree.disk('sdb', { under: '1-1', removable: true, sizeBytes: 1 << 30, partitions: { sdb1: 1 << 29 } });
    await outcomeOf(plug('1-1', facts(stick), everything));
    kernel.tree.mount(`${kernel.valueOf('block/sdb/sdb1/dev')} / /media/stick rw - vfat /dev/sdb1 rw`);
    kernel.written.length = 0;
    await outcomeOf(ruledOf({ port: '1-1', ...facts(stick) }, charging));
    expect(kernel.used).toContain('umount /media/stick');
    expect(kernel.written).toEqual(['bus/usb/devices/1-1/authorized=0']);
  });

  it('a stick that types, too, is refused whole', async () => {
    const other = plug('1-2', facts(keyboard), everything);
    const bad = plug('1-1', { class: 'usb-storage', interfaces: ['08:06:50', '03:01:01'] }, nothing);
    expect(await outcomeOf(bad, other)).toMatchObject({ mechanism: 'USB device not authorised' });
    expect(kernel.isAuthorized('1-1')).toBe(false);
  });

  it('a refusal by the system is told as such', async () => {
    const ruled = plug('1-1', facts(stick), everything);
    kernel.refusing.add('1-1/authorized');
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'failed', because: 'Not done: authorise. EPERM' });
  });

  it('a hand that lets a refused device in is noticed, told and undone', async () => {
    const ruled = plug('1-1', facts(stick), charging);
    await enforcement.carryOut([ruled]);
    await kernel.write(join(kernel.roots.sys, 'bus/usb/devices/1-1/authorized'), '1');
    const done = (await enforcement.carryOut([ruled])).get(ruled.key);
    expect(done).toMatchObject({ undone: 'Taken back by another hand: unauthorise.', outcome: { state: 'applied' } });
    expect(kernel.isAuthorized('1-1')).toBe(false);
  });

  it('a device plugged in again, or decided otherwise, is no such hand', async () => {
    const ruled = plug('1-1', facts(stick), everything);
    await enforcement.carryOut([ruled]);
    kernel.unplug('1-1');
    kernel.plug('1-1', ['08:06:50']);
    await kernel.write(join(kernel.roots.sys, 'bus/usb/devices/1-1/authorized'), '1');
    const denied = ruledOf({ port: '1-1', ...facts(stick) }, charging);
    const done = (await enforcement.carryOut([denied])).get(denied.key);
    expect(done?.undone).toBeUndefined();
    expect(kernel.isAuthorized('1-1')).toBe(false);
  });
});

describe('the safety floor', () => {
  beforeEach(async () => {
    await enforcement.setMode('enforce');
  });

  it.each([
    ['the only keyboard', { class: 'other', interfaces: ['03:01:01'] }, 'It is the only keyboard.'],
    ['the only mouse', { class: 'other', interfaces: ['03:01:02'] }, 'It is the only mouse.'],
    ['a hub', { class: 'hub', interfaces: ['09:00:00'] }, 'Hubs and smart-card readers are on the safety floor.'],
    [
      'a reader',
      { class: 'smartcard', interfaces: ['0b:00:00'] },
      'Hubs and smart-card readers are on the safety floor.',
    ],
  ] as const)('%s comes in though it is refused', async (_, given, because) => {
    const ruled = plug('1-1', facts(given), nothing);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'unsupported', because });
    expect(kernel.open('1-1')).toEqual(given.interfaces);
  });

  it('the only keyboard comes in, and the disk that is in it does not', async () => {
    const ruled = plug('1-1', { class: 'usb-storage', interfaces: ['08:06:50', '03:01:01'] }, nothing);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'unsupported' });
    expect(kernel.open('1-1')).toEqual(['03:01:01']);
  });

  it('a keyboard that is built in lets a second one be refused', async () => {
    kernel.input('input0', 'platform/i8042/serio0/input', {
      key: '402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe',
    });
    const ruled = plug('1-1', { class: 'other', interfaces: ['03:01:01'] }, nothing);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'applied', mechanism: 'USB device not authorised' });
  });

  it('two refused keyboards and no other: none is taken away', async () => {
    const one = plug('1-1', { class: 'other', interfaces: ['03:01:01'] }, nothing);
    const two = plug('1-2', { class: 'other', interfaces: ['03:01:01'] }, nothing);
    await enforcement.carryOut([one, two]);
    expect([kernel.isAuthorized('1-1'), kernel.isAuthorized('1-2')]).toEqual([true, true]);
  });

  it('a device others hang on stays', async () => {
    const dock: Partial<DeviceFacts> = { class: 'other', interfaces: ['ff:00:00', '08:06:50'] };
    await outcomeOf(plug('1-1', dock, everything));
    kernel.plug('1-1.2', ['03:01:01']);
    const refused = ruledOf({ port: '1-1', ...dock }, nothing);
    expect(await outcomeOf(refused)).toMatchObject({ state: 'unsupported', because: 'Other devices hang on it.' });
    expect(kernel.open('1-1')).toEqual([]);
  });

  it('the disk the system runs from is left alone', async () => {
    kernel.tree.disk('sdb', { under: '1-1', sizeBytes: 1 << 30, partitions: { sdb1: 1 << 29 } });
    kernel.tree.mount(`${kernel.valueOf('block/sdb/sdb1/dev')} / / rw - ext4 /dev/sdb1 rw`);
    const ruled = plug('1-1', { class: 'external-disk', interfaces: ['08:06:50'] }, nothing);
    await kernel.write(join(kernel.roots.sys, 'bus/usb/devices/1-1/authorized'), '1');
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'unsupported', mechanism: 'safety floor' });
    expect(kernel.isAuthorized('1-1')).toBe(true);
    expect(kernel.used.filter((tool) => tool.startsWith('umount'))).toEqual([]);
  });
});

describe('the former state', () => {
  const doors = () => [
    kernel.valueOf('module/usbcore/parameters/authorized_default'),
    kernel.valueOf('bus/usb/devices/usb1/authorized_default'),
    kernel.valueOf('bus/usb/devices/usb2/interface_authorized_default'),
  ];
  const rules = () => join(kernel.roots.run, 'udev/rules.d/90-portcullis.rules');

  it('is not touched while the policy only reports', async () => {
    const ruled = plug('1-1', facts(stick), everything);
    await enforcement.setMode('report');
    expect(kernel.written).toEqual([]);
    expect(kernel.isAuthorized(ruled.device.port ?? '')).toBe(true);
    expect(enforcement.coverage().map(({ state }) => state)).toContain('idle');
  });

  it('comes back when the policy only reports again, devices included', async () => {
    kernel.tree.write('sys/bus/usb/devices/usb1/authorized_default', '2\n');
    await enforcement.setMode('enforce');
    expect(doors()).toEqual(['0', '0', '0']);
    const refused = plug('2-1', facts(stick), charging);
    const charged = plug('2-2', facts(phone), charging);
    await enforcement.carryOut([refused, charged]);
    await enforcement.setMode('report');
    expect(doors()).toEqual(['-1', '2', '1']);
    expect(kernel.open('2-1')).toEqual(['08:06:50']);
    expect(kernel.open('2-2')).toEqual(phone.interfaces);
    expect(readMarks(kernel.roots.run).shown.size).toBe(0);
  });

  it('is known to a run that comes after a crash, and stays closed until then', async () => {
    await enforcement.setMode('enforce');
    const ruled = plug('1-1', facts(stick), charging);
    await enforcement.carryOut([ruled]);
    // No stop: the process is gone.
    enforcement = made();
    expect(kernel.isAuthorized('1-1')).toBe(false);
    await enforcement.setMode('enforce');
    expect(await enforcement.guard()).toEqual([]);
    expect(await outcomeOf(ruled)).toMatchObject({ state: 'applied', mechanism: 'USB device not authorised' });
    expect(await enforcement.release()).toBe(true);
    expect(doors()).toEqual(['-1', '1', '1']);
    expect(kernel.isAuthorized('1-1')).toBe(true);
  });

  it('puts back outside what a run that was killed had just been asking, and lets it in when it ends', async () => {
    await enforcement.setMode('enforce');
    plug('1-1', facts(stick), charging);
    const beingAsked = async () => {
      for (const name of ['1-1', '1-1:1.0']) {
        await kernel.write(join(kernel.roots.sys, `bus/usb/devices/${name}/authorized`), '1');
      }
      expect(kernel.hasDriver('1-1:1.0')).toBe(false);
    };
    await beingAsked();
    enforcement = made();
    await enforcement.setMode('enforce');
    expect(kernel.isAuthorized('1-1')).toBe(false);
    await beingAsked();
    expect(await made().release()).toBe(true);
    expect(kernel.hasDriver('1-1:1.0')).toBe(true);
  });

  it('can be restored without a run that enforces', async () => {
    await enforcement.setMode('enforce');
    expect(await made().release()).toBe(true);
    expect(doors()).toEqual(['-1', '1', '1']);
    expect(await made().release()).toBe(false);
  });

  it('leaves outside what somebody else kept outside', async () => {
    kernel.plug('1-1', ['08:06:50']);
    await kernel.write(join(kernel.roots.sys, 'bus/usb/devices/1-1/authorized'), '0');
    await enforcement.setMode('enforce');
    await enforcement.release();
    expect(kernel.isAuthorized('1-1')).toBe(false);
  });

  it('a bus that comes later is closed, and one that is opened again is told', async () => {
    await enforcement.setMode('enforce');
    kernel.bus(3);
    expect(await enforcement.guard()).toEqual([]);
    expect(kernel.valueOf('bus/usb/devices/usb3/authorized_default')).toBe('0');
    kernel.tree.write('sys/bus/usb/devices/usb3/authorized_default', '1\n');
    expect(await enforcement.guard()).toEqual([
      'New devices were let in without a decision (bus/usb/devices/usb3/authorized_default); closed again.',
    ]);
    expect(kernel.valueOf('bus/usb/devices/usb3/authorized_default')).toBe('0');
  });

  it('a door that does not close is said in the coverage', async () => {
    kernel.refusing.add('usb2/authorized_default');
    await enforcement.setMode('enforce');
    const [usb] = enforcement.coverage();
    expect(usb).toMatchObject({ state: 'failed', area: 'usb devices' });
    expect(usb?.limits[0]).toBe('Does not close: bus/usb/devices/usb2/authorized_default.');
  });

  it('every line of the coverage fits its schema, in every mode', async () => {
    const fits = () => enforcement.coverage().every((line) => checker(Coverage).check(line));
    expect(fits()).toBe(true);
    await enforcement.setMode('enforce');
    expect(fits()).toBe(true);
    expect(enforcement.coverage().map(({ area }) => area)).toContain('phones and cameras');
  });

  it('udev is told what to do with disks, and then that it need not', async () => {
    mkdirSync(join(kernel.roots.run, 'udev'), { recursive: true });
    writeFileSync(join(kernel.roots.run, 'udev/control'), '');
    await enforcement.setMode('enforce');
    expect(kernel.used).toEqual(['udevadm control --reload']);
    await enforcement.release();
    expect(kernel.used).toEqual(['udevadm control --reload', 'udevadm control --reload']);
    expect(() => writeFileSync(rules(), '', { flag: 'r+' })).toThrow(/ENOENT/);
  });
});

describe('memory cards of the computer’s own slot', () => {
  const card = { class: 'memory-card', bus: 'mmc', port: 'mmcblk0', interfaces: [] } as const;
  const isBound = () => kernel.valueOf('bus/mmc/devices/mmc0:4567/driver/type') === 'SD';

  beforeEach(async () => {
    kernel.slot();
    await enforcement.setMode('enforce');
    kernel.card('mmc0:4567');
  });

  it('wait without a driver, and a refused one gets none', async () => {
    expect(isBound()).toBe(false);
    const outcome = await outcomeOf(ruledOf(facts(card), charging));
    expect(outcome).toMatchObject({ state: 'applied', mechanism: 'memory card without a driver' });
    expect(isBound()).toBe(false);
  });

  it('an allowed one gets its driver, and a refusal takes it away again', async () => {
    await outcomeOf(ruledOf(facts(card), everything));
    expect(isBound()).toBe(true);
    expect(readMarks(kernel.roots.run).writable).toEqual(new Set(['mmc0:4567']));
    await outcomeOf(ruledOf(facts(card), charging));
    expect(isBound()).toBe(false);
    await enforcement.release();
    expect(isBound()).toBe(true);
  });
});
