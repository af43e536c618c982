import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { figureOf, type Measured, machineNow, percentile } from '../bench/figures.ts';
import { type Attacker, attack } from './attacker.ts';
import { withoutScan } from './collector.ts';
import { type Plug, stick, usbCase } from './devices.ts';
import { findLab } from './lab.ts';
import { type Machine, restoreMachine } from './machine.ts';
import { setScene } from './scene.ts';
import { startUsbGuard } from './usbguard.ts';

/*
 * How long a device waits until it is refused, and what a root process that races for its disk gets in the meantime:
 * Portcullis, and USBGuard in the same machine.
 */
const isQuick = process.env.PORTCULLIS_VM_QUICK !== undefined;
const plugs = isQuick ? 6 : 200;
/** The yardstick stops nothing of ours; it takes fewer to know how fast it is. */
const yardstickPlugs = isQuick ? 6 : 60;
const readOnlyPlugs = isQuick ? 3 : 20;
/** A stick's disk comes a second after the stick. */
const diskMilliseconds = 1_500;
const hour = 3_600_000;
const kinds = ['stick', 'UAS disk'] as const;
type Kind = (typeof kinds)[number];
type Times = Record<Kind, number[]>;

const devices: Readonly<Record<Kind, Plug>> = {
  stick: stick('fat32', { serial: 'RACE0001' }),
  'UAS disk': usbCase('usb-uas', 'scsi-hd', 'fat32'),
};
const soon = { timeout: 60_000, interval: 10 };

/** Each device in turn, `refusedAt` telling the guest's time when it was refused; then everything that can still come. */
async function race(
  machine: Machine,
  plugs: number,
  refusedAt: (time: number) => Promise<number>,
  gone: (time: number) => Promise<void>,
): Promise<Times> {
  const times: Times = { stick: [], 'UAS disk': [] };
  const attacker = await attack(machine.guest, 'write');
  for (let time = 0; time < plugs; time++) {
    const kind = kinds[time % kinds.length] ?? 'stick';
    const { unplug } = await devices[kind](machine);
    const at = await refusedAt(time);
    const waited = at - (await plugged(attacker, time));
    times[kind].push(waited);
    await delay(Math.max(0, diskMilliseconds - waited));
    await unplug();
    await gone(time);
  }
  expect([attacker.leaks(), attacker.nodes()]).toEqual([[], []]);
  return times;
}

function plugged(attacker: Attacker, time: number): Promise<number> {
  return vi.waitFor(() => {
    const plug = attacker.plugs()[time];
    if (!plug) throw new Error('The kernel told of no device.');
    return plug.at;
  }, soon);
}

async function raceOurs(): Promise<Times> {
  const scene = await setScene('focus', 'enforce');
  const { agent, machine } = scene;
  let since = await agent.lastSequence();
  try {
    const refusedAt = async () => {
      const [event] = await agent.expectEvents('media.attached', since);
      expect(event?.outcome).toMatchObject({ state: 'applied', mechanism: 'USB device not authorised' });
      return Date.parse(event?.at ?? '');
    };
    return await race(machine, plugs, refusedAt, async () => {
      await agent.expectEvents('media.removed', since);
      since = await agent.lastSequence();
    });
  } finally {
    await scene.end();
  }
}

async function raceTheirs(): Promise<Times> {
  await using machine = await restoreMachine(findLab(process.env));
  const guard = await startUsbGuard(machine.guest, ['allow with-interface equals { 03:01:01 }']);
  const { lines, times } = await guard.watch();
  const heard = (pattern: RegExp, time: number) =>
    vi.waitFor(() => {
      const found = lines.flatMap((line, index) => (pattern.test(line) ? [times[index] ?? Number.NaN] : []))[time];
      if (found === undefined) throw new Error(`USBGuard said: ${lines.slice(-10).join(' | ')}`);
      return found;
    }, soon);
  return await race(
    machine,
    yardstickPlugs,
    (time) => heard(/PolicyApplied/, time),
    async (time) => void (await heard(/event=Remove/, time)),
  );
}

/** How long a disk that may only be read can be written to, and whether somebody then does. */
async function writableWindow(): Promise<{ milliseconds: number[]; written: number }> {
  const list = "devices: [{ vendorId: '46f4', productId: '0001', serial: READ0001 }]";
  const scene = await setScene('focus', 'enforce', (text) => withoutScan(text).replace('devices: []', list));
  const { agent, machine } = scene;
  const milliseconds: number[] = [];
  let written = 0;
  try {
    for (let time = 0; time < readOnlyPlugs; time++) {
      const since = await agent.lastSequence();
      const attacker = await attack(machine.guest, 'write');
      const { unplug } = await stick('fat32', { serial: 'READ0001' })(machine);
      milliseconds.push(await attacker.shut('sda'));
      await attacker.shut('sda1');
      if (attacker.leaks().some(({ how }) => how === 'write')) written++;
      await attacker.stop();
      await machine.guest.sh('/usr/bin/umount /run/attacker 2>/dev/null || true');
      await unplug();
      await agent.expectEvents('media.removed', since);
    }
    return { milliseconds, written };
  } finally {
    await scene.end();
  }
}

function measured(kind: Kind, ours: Times, theirs: Times): Measured[] {
  const how = `From the kernel's word of the device to the record of its decision and refusal, by the guest's clock; ${ours[kind].length} and ${theirs[kind].length} plugs, a root process racing for the disk. USBGuard: to its PolicyApplied.`;
  const of = (figure: string, pick: (values: number[]) => number[]): Measured => ({
    figure: `${kind}, plug to refused, ${figure}`,
    unit: 'ms',
    values: pick(ours[kind]),
    yardstick: { name: 'usbguard-daemon', values: pick(theirs[kind]) },
    how,
  });
  return [of('median', (values) => values), of('95th percentile', (values) => [percentile(values, 0.95)])];
}

const [before = 0] = loadavg();
const none: Times = { stick: [], 'UAS disk': [] };
let theirs = none;
const found: Measured[] = [];

describe('devices that are refused, while a root process races for their disks', () => {
  it(`USBGuard: no block is read in ${yardstickPlugs} plugs`, { timeout: 2 * hour }, async () => {
    theirs = await raceTheirs();
  });

  it(`Portcullis: no block is read in ${plugs} plugs`, { timeout: 2 * hour }, async () => {
    const ours = await raceOurs();
    found.push(...kinds.flatMap((kind) => measured(kind, ours, theirs)));
  });

  it('a stick that may only be read: how long root could write to it', { timeout: hour }, async () => {
    const { milliseconds, written } = await writableWindow();
    found.push({
      figure: 'stick that may only be read, time in which root could write',
      unit: 'ms',
      values: milliseconds,
      yardstick: 'USBGuard cannot make a disk read-only.',
      how: `From the kernel's word of the disk to its read-only flag; in ${written} of ${milliseconds.length} plugs a root process that raced for it wrote a file.`,
    });
  });

  // What was measured is not lost where something after it fails.
  afterEach(() => {
    const figures = found.map((one) => figureOf('plug', one, machineNow(before)));
    writeFileSync(process.env.PORTCULLIS_VM_FIGURES ?? '/dev/stderr', JSON.stringify(figures));
  });
});
