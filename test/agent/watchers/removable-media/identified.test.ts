import { describe, expect, it } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { type Attached, removableMedia } from '../../../../agent/watchers/removable-media/index.ts';
import type { StorageUnit } from '../../../../agent/watchers/watcher.ts';
import { deviceOf } from '../../../fakes/ruled.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';

/** What a look that sees one device tells of it, where whoever is asked answers so. */
async function told(device: DeviceFacts, units: StorageUnit[] | undefined) {
  const asked: DeviceFacts[] = [];
  const context = Object.assign(fakeContext(), {
    identify(one: DeviceFacts) {
      asked.push(one);
      return Promise.resolve(units);
    },
  });
  const attached: Attached = { device, volumes: [] };
  const watcher = removableMedia({
    look: () => Promise.resolve({ ok: true, seen: [attached] }),
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => [],
  })(context);
  await watcher.check();
  const [change] = context.changes;
  return { asked: asked.length, class: change?.kind === 'media.attached' ? change.data.device.class : undefined };
}

describe('a storage device that shows no disk', () => {
  it.each<[string, StorageUnit[] | undefined, DeviceFacts['class']]>([
    ['has only discs', [{ kind: 'optical', removable: true }], 'optical'],
    ['has a fixed disk', [{ kind: 'disk', removable: false }], 'external-disk'],
    ['has a removable disk', [{ kind: 'disk', removable: true }], 'usb-storage'],
    ['gives no answer', undefined, 'usb-storage'],
  ])('and that, asked, %s', async (_name, units, expected) => {
    expect(await told(deviceOf({ interfaces: ['08:06:50'] }), units)).toEqual({ asked: 1, class: expected });
  });

  it('and calls itself an old disc drive is asked all the same', async () => {
    const drive = deviceOf({ class: 'optical', interfaces: ['08:02:50'] });
    expect(await told(drive, [{ kind: 'disk', removable: true }])).toEqual({ asked: 1, class: 'usb-storage' });
  });
});

it('one that comes later may wait to be asked until the next look, and is told anew then', async () => {
  const mayWait: boolean[] = [];
  const context = Object.assign(fakeContext(), {
    identify(_device: DeviceFacts, how: { mayWait: boolean }) {
      mayWait.push(how.mayWait);
      return Promise.resolve<StorageUnit[] | undefined>(
        how.mayWait ? undefined : [{ kind: 'optical', removable: true }],
      );
    },
  });
  let seen: Attached[] = [];
  const watcher = removableMedia({
    look: () => Promise.resolve({ ok: true, seen }),
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => [],
  })(context);
  await watcher.check();
  seen = [{ device: deviceOf({ interfaces: ['08:06:50'] }), volumes: [] }];
  await watcher.check();
  await watcher.check();
  expect(mayWait).toEqual([true, false]);
  const told = context.changes.map((change) => [change.kind, 'device' in change.data && change.data.device?.class]);
  expect(told).toEqual([
    ['media.attached', 'usb-storage'],
    ['media.changed', 'optical'],
  ]);
});

it.each<[string, Partial<DeviceFacts>]>([
  ['a stick whose disk is there', { interfaces: ['08:06:50'], sizeBytes: 4096 }],
  ['a keyboard', { class: 'hid', interfaces: ['03:01:01'] }],
  ['a memory card', { class: 'memory-card', bus: 'mmc', interfaces: [] }],
])('%s is not asked', async (_name, facts) => {
  expect((await told(deviceOf(facts), [])).asked).toBe(0);
});
