import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeviceFacts, deviceKey, type VolumeFacts } from '#shared/device/facts.ts';
import { type Attached, diff, type MediaSnapshot, settle } from '../../../../agent/watchers/removable-media/index.ts';
import type { Change } from '../../../../agent/watchers/watcher.ts';

const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  serial: 'A1',
  serialTrust: 'device',
  interfaces: ['08:06:50'],
  port: '1-4',
  sizeBytes: 1000,
};
const plain: VolumeFacts = { name: 'sdb1', filesystem: 'vfat', encryption: 'plain' };
const inUse: VolumeFacts = { ...plain, mountPoint: '/media/a', readOnly: false };

function snapshot(...devices: Attached[]): MediaSnapshot {
  return { devices, sharedKeys: [] };
}

function told(before: MediaSnapshot | undefined, now: MediaSnapshot, startingUp = false): Change[] {
  return diff(before, settle(before, now), startingUp);
}

describe('what happened between two looks', () => {
  it('tells a device that is new, and what of it is in use', () => {
    const changes = told(snapshot(), snapshot({ device: stick, volumes: [inUse] }));
    expect(changes).toEqual([
      { kind: 'media.attached', data: { device: stick, volumes: [inUse], presentAtStart: false } },
      { kind: 'media.mounted', data: { device: stick, volume: inUse } },
    ]);
  });

  it('says which devices were there when the agent started', () => {
    expect(told(undefined, snapshot({ device: stick, volumes: [] }), true)).toMatchObject([
      { kind: 'media.attached', data: { presentAtStart: true } },
    ]);
  });

  it('is silent about a device that is remembered when the agent starts again', () => {
    const known = snapshot({ device: stick, volumes: [inUse] });
    expect(told(known, known, true)).toEqual([]);
  });

  it('tells at the start what went meanwhile', () => {
    const changes = told(snapshot({ device: stick, volumes: [plain] }), snapshot(), true);
    expect(changes).toEqual([{ kind: 'media.removed', data: { device: stick } }]);
  });

  it.each<[string, VolumeFacts[], VolumeFacts[], string[]]>([
    ['mounting', [plain], [inUse], ['media.mounted']],
    ['unmounting', [inUse], [plain], ['media.unmounted']],
    ['another place', [inUse], [{ ...inUse, mountPoint: '/b' }], ['media.unmounted', 'media.mounted']],
    ['read-only from now on', [inUse], [{ ...inUse, readOnly: true }], ['media.mounted']],
    ['a new label', [plain], [{ ...plain, label: 'X' }], ['media.changed']],
    ['a disc put in and used at once', [], [inUse], ['media.changed', 'media.mounted']],
    ['a partition gone while in use', [inUse], [], ['media.unmounted', 'media.changed']],
  ])('tells %s', (_, before, now, kinds) => {
    const changes = told(snapshot({ device: stick, volumes: before }), snapshot({ device: stick, volumes: now }));
    expect(changes.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('two devices with one serial', () => {
  const copy = { ...stick, port: '1-5' };
  const both = snapshot({ device: stick, volumes: [] }, { device: copy, volumes: [] });

  it('both appear, told apart by their ports', () => {
    const changes = told(undefined, both, true);
    expect(changes).toMatchObject([
      { kind: 'media.attached', data: { device: { port: '1-4', serialTrust: 'shared' } } },
      { kind: 'media.attached', data: { device: { port: '1-5', serialTrust: 'shared' } } },
    ]);
  });

  it('takes the trust from the first one when the second comes', () => {
    const first = snapshot({ device: stick, volumes: [] });
    expect(told(first, both).map(({ kind }) => kind)).toEqual(['media.removed', 'media.attached', 'media.attached']);
  });

  it('does not believe the serial again when one of them is gone', () => {
    const remembered = settle(undefined, both);
    const left = settle(remembered, snapshot({ device: stick, volumes: [] }));
    expect(left.devices[0]?.device.serialTrust).toBe('shared');
  });
});

describe('a storage device whose disk was taken from the system', () => {
  const disk: DeviceFacts = { ...stick, class: 'external-disk' };
  const { sizeBytes: _gone, ...blocked } = stick;

  it('keeps the class it had, so that a block does not undo itself', () => {
    const settled = settle(snapshot({ device: disk, volumes: [] }), snapshot({ device: blocked, volumes: [] }));
    expect(settled.devices[0]?.device.class).toBe('external-disk');
  });

  it('is another one once a stick shows its disk', () => {
    const settled = settle(snapshot({ device: disk, volumes: [] }), snapshot({ device: stick, volumes: [] }));
    expect(settled.devices[0]?.device.class).toBe('usb-storage');
  });
});

const volume: fc.Arbitrary<VolumeFacts> = fc
  .record(
    {
      name: fc.constantFrom('sdb1', 'sdb2', 'dm-0'),
      encryption: fc.constantFrom('plain' as const, 'locked' as const),
      label: fc.constantFrom('A', 'B'),
      mountPoint: fc.constantFrom('/a', '/b'),
      readOnly: fc.boolean(),
    },
    { requiredKeys: ['name', 'encryption'] },
  )
  .map((facts) => facts as VolumeFacts);
const attached: fc.Arbitrary<Attached> = fc.record({
  device: fc.record({
    class: fc.constantFrom('usb-storage' as const, 'external-disk' as const),
    bus: fc.constant('usb' as const),
    serial: fc.constantFrom('A', 'B'),
    serialTrust: fc.constantFrom('device' as const, 'blank' as const),
    interfaces: fc.constant([]),
    port: fc.constantFrom('1-1', '1-2', '1-3'),
  }),
  volumes: fc.uniqueArray(volume, { selector: ({ name }) => name, maxLength: 3 }),
});
const snapshots = fc.array(
  fc.array(attached, { maxLength: 4 }).map((devices) => snapshot(...devices)),
  {
    maxLength: 6,
  },
);

/** What someone who only hears the changes believes to be there. */
function replay(state: Map<string, Attached>, change: Change): void {
  if (!('device' in change.data) || change.kind === 'media.decided') throw new Error(`unexpected ${change.kind}`);
  const key = deviceKey(change.data.device);
  if (change.kind === 'media.removed') state.delete(key);
  else if ('volumes' in change.data) state.set(key, { device: change.data.device, volumes: change.data.volumes });
  else if ('volume' in change.data) {
    const { volume: now } = change.data;
    const known = state.get(key);
    if (!known) throw new Error('a volume of an unknown device');
    const volumes = known.volumes.map((old) => (old.name === now.name ? now : old));
    state.set(key, { ...known, volumes });
  }
}

describe('the law of the changes', () => {
  it('any sequence of looks can be told again from the changes alone', () => {
    fc.assert(
      fc.property(snapshots, (looks) => {
        let before: MediaSnapshot | undefined;
        const believed = new Map<string, Attached>();
        for (const look of looks) {
          const now = settle(before, look);
          for (const change of diff(before, now, false)) replay(believed, change);
          before = now;
          const truth = new Map(now.devices.map((one) => [deviceKey(one.device), one]));
          expect(believed).toEqual(truth);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a look that finds the same tells nothing', () => {
    fc.assert(
      fc.property(snapshots, (looks) => {
        let before: MediaSnapshot | undefined;
        for (const look of looks) before = settle(before, look);
        if (before) expect(told(before, before)).toEqual([]);
      }),
    );
  });
});
