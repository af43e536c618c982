import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { commitOf } from '../bench/commit.ts';
import { figureOf, type Measured, machineNow, percentile } from '../bench/figures.ts';
import { spoolFile } from './agent.ts';
import { type Attacker, attack } from './attacker.ts';
import { withoutScan } from './collector.ts';
import { type Plug, stick, usbCase } from './devices.ts';
import { findLab } from './lab.ts';
import { type Machine, restoreMachine } from './machine.ts';
import { setScene } from './scene.ts';
import { auditFile, startUsbGuard } from './usbguard.ts';

/*
 * How long a device waits until it is refused, and what a root process that races for its disk gets in the meantime:
 * Portcullis, and USBGuard in the same machine.
 */
const isQuick = process.env.PORTCULLIS_VM_QUICK !== undefined;
const plugs = isQuick ? 6 : 200;
/** The yardstick stops nothing of ours; it takes fewer to know how fast it is. */
const yardstickPlugs = isQuick ? 6 : 60;
const readOnlyPlugs = isQuick ? 3 : 20;
const rounds = isQuick ? 1 : 4;
/** A stick's disk comes a second after the stick. */
const diskMilliseconds = 1_500;
const hour = 3_600_000;
const kinds = ['stick', 'UAS disk'] as const;
type Kind = (typeof kinds)[number];
/** Milliseconds since the kernel told of the device. */
interface Waited {
  refused: number;
  recorded: number;
}
type Times = Record<Kind, Waited[]>;

const devices: Readonly<Record<Kind, Plug>> = {
  stick: stick('fat32', { serial: 'RACE0001' }),
  'UAS disk': usbCase('usb-uas', 'scsi-hd', 'fat32'),
};
const soon = { timeout: 60_000, interval: 10 };

/** One who refuses. Times are in milliseconds of the guest's clock. */
interface Side {
  refusedAt(time: number): Promise<number>;
  /** Of the times at which its file was written to, in order, the one by which the decision stood there. */
  recordedAt(stored: readonly number[], refusedAt: number): number | undefined;
  gone(time: number): Promise<void>;
}

/** Each device in turn until it is refused; then everything that can still come. */
async function race(
  machine: Machine,
  attacker: Attacker,
  plugs: number,
  told: (kind: Kind, waited: Waited) => void,
  { refusedAt, recordedAt, gone }: Side,
): Promise<void> {
  for (let time = 0; time < plugs; time++) {
    const kind = kinds[time % kinds.length] ?? 'stick';
    const { unplug } = await devices[kind](machine);
    const at = await refusedAt(time);
    const since = await plugged(attacker, time);
    await delay(Math.max(0, diskMilliseconds - (at - since)));
    const recorded = recordedAt(attacker.stored(), at);
    if (recorded === undefined) throw new Error('The decision was not seen to be recorded.');
    told(kind, { refused: at - since, recorded: recorded - since });
    await unplug();
    await gone(time);
    expect([attacker.leaks(), attacker.nodes()]).toEqual([[], []]);
  }
}

function plugged(attacker: Attacker, time: number): Promise<number> {
  return vi.waitFor(() => {
    const plug = attacker.plugs()[time];
    if (!plug) throw new Error('The kernel told of no device.');
    return plug.at;
  }, soon);
}

/** The event names the moment at which the refusal had been carried out and read back, and is then written down. */
async function raceOurs(plugs: number, told: (kind: Kind, waited: Waited) => void): Promise<void> {
  const scene = await setScene('focus', 'enforce');
  const { agent, machine } = scene;
  // The last thing that an agent does of itself when it has started.
  await agent.expectEvents('inventory.recorded', 0);
  let since = await agent.lastSequence();
  try {
    const attacker = await attack(machine.guest, 'write', spoolFile);
    const refusedAt = async () => {
      const [event] = await agent.expectEvents('media.attached', since);
      expect(event?.outcome).toMatchObject({ state: 'applied', mechanism: 'USB device not authorised' });
      return Date.parse(event?.at ?? '');
    };
    await race(machine, attacker, plugs, told, {
      refusedAt,
      recordedAt: (stored, at) => stored.find((one) => one >= at),
      async gone() {
        await agent.expectEvents('media.removed', since);
        since = await agent.lastSequence();
      },
    });
  } finally {
    await scene.end();
  }
}

/** Its daemon writes the decision into its file of audit, last of what it writes of a plug, and then tells its clients. */
async function raceTheirs(plugs: number, told: (kind: Kind, waited: Waited) => void): Promise<void> {
  await using machine = await restoreMachine(findLab(process.env));
  const guard = await startUsbGuard(machine.guest, ['allow with-interface equals { 03:01:01 }']);
  const { lines, times } = await guard.watch();
  const heard = (pattern: RegExp, time: number) =>
    vi.waitFor(() => {
      const found = lines.flatMap((line, index) => (pattern.test(line) ? [times[index] ?? Number.NaN] : []))[time];
      if (found === undefined) throw new Error(`USBGuard said: ${lines.slice(-10).join(' | ')}`);
      return found;
    }, soon);
  const attacker = await attack(machine.guest, 'write', auditFile);
  await race(machine, attacker, plugs, told, {
    refusedAt: (time) => heard(/PolicyApplied/, time),
    recordedAt: (stored) => stored.at(-1),
    gone: async (time) => void (await heard(/event=Remove/, time)),
  });
}

/** How long a disk that may only be read can be written to, and whether somebody then does. */
async function writableWindow(told: (milliseconds: number, isWritten: boolean) => void): Promise<void> {
  const list = "devices: [{ vendorId: '46f4', productId: '0001', serial: READ0001 }]";
  const scene = await setScene('focus', 'enforce', (text) => withoutScan(text).replace('devices: []', list));
  const { agent, machine } = scene;
  try {
    for (let time = 0; time < readOnlyPlugs; time++) {
      const since = await agent.lastSequence();
      const attacker = await attack(machine.guest, 'write');
      const { unplug } = await stick('fat32', { serial: 'READ0001' })(machine);
      const milliseconds = Math.max(await attacker.shut('sda'), await attacker.shut('sda1'));
      told(
        milliseconds,
        attacker.leaks().some(({ how }) => how === 'write'),
      );
      await attacker.stop();
      await machine.guest.sh('/usr/bin/umount /run/attacker 2>/dev/null || true');
      await unplug();
      await agent.expectEvents('media.removed', since);
    }
  } finally {
    await scene.end();
  }
}

const fresh = (): Times => ({ stick: [], 'UAS disk': [] });
const ours = fresh();
const theirs = fresh();
const gap: number[] = [];
let written = 0;
const [before = 0] = loadavg();
const commit = await commitOf();

function refusals(kind: Kind): Measured[] {
  if (ours[kind].length === 0) return [];
  const how = `${ours[kind].length} and ${theirs[kind].length} plugs of programs that have started, a root process racing for the disk, by the guest's clock, from the kernel's word of the device`;
  const until: Record<keyof Waited, string> = {
    refused:
      'until the time of the event, which is when the refusal was carried out and read back; USBGuard: until its client hears PolicyApplied',
    recorded: "until the decision stands in the agent's file; USBGuard: in its file of audit",
  };
  const of = (end: keyof Waited, figure: string, pick: (values: number[]) => number[]): Measured => ({
    figure: `${kind}, plug to ${end}, ${figure}`,
    unit: 'ms',
    values: pick(ours[kind].map((waited) => waited[end])),
    yardstick: { name: 'usbguard-daemon', values: pick(theirs[kind].map((waited) => waited[end])) },
    how: `${how} ${until[end]}.`,
  });
  return (['refused', 'recorded'] as const).flatMap((end) => [
    // Single ones: a plug of ours and one of theirs have nothing to do with each other.
    of(end, 'median', (values) => [percentile(values, 0.5)]),
    of(end, '95th percentile', (values) => [percentile(values, 0.95)]),
  ]);
}

function gaps(): Measured[] {
  if (gap.length === 0) return [];
  const how = `From the kernel's word of the disk or its partition to the read-only flag of it, whichever is longer; in ${written} of ${gap.length} plugs a root process that raced for it wrote a file.`;
  const of = (figure: string, values: number[]): Measured => ({
    figure: `stick that may only be read, time in which root could write, ${figure}`,
    unit: 'ms',
    values,
    yardstick: 'USBGuard cannot make a disk read-only.',
    how,
  });
  return [of('median', gap), of('95th percentile', [percentile(gap, 0.95)]), of('longest', [Math.max(...gap)])];
}

/** As it goes, so that a run that is cut short has told what it found. */
function report(): void {
  const found = [...kinds.flatMap(refusals), ...gaps()];
  const figures = found.map((one) => figureOf('plug', one, { machine: machineNow(before), commit }));
  const file = process.env.PORTCULLIS_VM_FIGURES;
  if (file !== undefined) writeFileSync(file, JSON.stringify(figures));
}

const into = (times: Times) => (kind: Kind, waited: Waited) => {
  times[kind].push(waited);
  report();
};

describe('devices that are refused, while a root process races for their disks', () => {
  // In turns, so that what else this computer does meets both alike.
  describe.each(Array.from({ length: rounds }, (_, index) => index + 1))(`round %i of ${rounds}`, () => {
    it(`USBGuard: no block is read in ${yardstickPlugs / rounds} plugs`, { timeout: hour }, () =>
      raceTheirs(yardstickPlugs / rounds, into(theirs)),
    );
    it(`Portcullis: no block is read in ${plugs / rounds} plugs`, { timeout: hour }, () =>
      raceOurs(plugs / rounds, into(ours)),
    );
  });

  it('a stick that may only be read: how long root could write to it', { timeout: hour }, () =>
    writableWindow((milliseconds, isWritten) => {
      gap.push(milliseconds);
      if (isWritten) written++;
      report();
    }),
  );
});
