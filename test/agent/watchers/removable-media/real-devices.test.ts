import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventKind } from '#shared/events/kinds.ts';
import { watchRemovableMediaOnLinux } from '../../../../agent/watchers/removable-media/linux.ts';
import type { Watcher } from '../../../../agent/watchers/watcher.ts';
import { writeBitLockerSigns } from '../../../fakes/bitlocker-image.ts';
import { hasTool, imageFolder, loopPlace, noLoopDevices, run } from '../../../fakes/loop-device.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const mebibyte = 1 << 20;

describe.skipIf(noLoopDevices)(`loop devices of this computer (${noLoopDevices ?? 'real'})`, () => {
  let images: ReturnType<typeof imageFolder>;
  let context: FakeContext;
  let watcher: Watcher;

  beforeEach(async () => {
    images = imageFolder();
    context = fakeContext();
    watcher = watchRemovableMediaOnLinux()(context);
    await watcher.start();
  });

  afterEach(async () => {
    await watcher.stop();
    images[Symbol.dispose]();
  });

  /** What was told of one device; other tests use loop devices at the same time. */
  function told(place: string, kind: EventKind) {
    return context.changes.filter(
      ({ kind: other, data }) => other === kind && 'device' in data && data.device.port === place,
    );
  }

  /** The kernel detaches an image when the last program has closed it, and other tests look at every disk too. */
  async function untilLetGo(place: string) {
    await expect.poll(() => attachedNow().includes(place), { timeout: 30_000 }).toBe(false);
  }

  async function waitFor(place: string, kind: EventKind) {
    await expect.poll(() => told(place, kind), { timeout: 30_000, interval: 20 }).not.toEqual([]);
    return told(place, kind)[0]?.data;
  }

  it('tells of an image attached, mounted, unmounted and detached, each within three seconds', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'removable-media', area: 'volumes' });

    const image = images.image('disk.img', 16 * mebibyte);
    run('mkfs.ext4', '-q', '-L', 'WARD 5', image);
    const loop = images.attach(image);
    const volume = { name: loop.name, label: 'WARD 5', filesystem: 'ext4', encryption: 'plain' };
    expect(await waitFor(loop.place, 'media.attached')).toMatchObject({
      device: { class: 'other', bus: 'virtual', sizeBytes: 16 * mebibyte },
      volumes: [volume],
      presentAtStart: false,
    });

    const mount = images.mount(loop.device, '-o', 'ro');
    expect(await waitFor(loop.place, 'media.mounted')).toMatchObject({
      volume: { ...volume, mountPoint: mount.place, readOnly: true },
    });

    mount.unmount();
    expect(await waitFor(loop.place, 'media.unmounted')).toMatchObject({ volume });

    loop.detach();
    await untilLetGo(loop.place);
    await waitFor(loop.place, 'media.removed');
  });

  it.skipIf(!hasTool('cryptsetup')).each(['luks1', 'luks2'])('%s that is not opened is locked', async (type) => {
    const image = images.image('luks.img', 32 * mebibyte);
    const quick = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000', '--key-file', '/proc/version'];
    run('cryptsetup', 'luksFormat', '--batch-mode', '--type', type, ...quick, image);
    const loop = images.attach(image);
    expect(await waitFor(loop.place, 'media.attached')).toMatchObject({
      volumes: [{ filesystem: 'crypto_LUKS', encryption: 'locked', method: type }],
    });
  });

  it('BitLocker that is not opened is locked', async () => {
    const image = images.image('bitlocker.img', 32 * mebibyte);
    writeBitLockerSigns(image);
    const loop = images.attach(image);
    expect(await waitFor(loop.place, 'media.attached')).toMatchObject({
      volumes: [{ filesystem: 'BitLocker', encryption: 'locked', method: 'bitlocker' }],
    });
  });

  it('what has no signature is unknown, for VeraCrypt has none', async () => {
    const loop = images.attach(images.image('blank.img', mebibyte));
    expect(await waitFor(loop.place, 'media.attached')).toMatchObject({ volumes: [{ encryption: 'unknown' }] });
  });

  // By hand, because a kernel may know no partition tables.
  it.skipIf(!hasTool('addpart'))('gives each partition as it appears, in place of the whole', async () => {
    // With -P the partitions go with the image; else the next user of the loop device would find them.
    const loop = images.attach(images.image('parts.img', 16 * mebibyte), '-P');
    await waitFor(loop.place, 'media.attached');
    run('addpart', loop.device, '1', '2048', '8192');
    run('addpart', loop.device, '2', '10240', '16384');
    await expect
      .poll(() => told(loop.place, 'media.changed').at(-1)?.data, { timeout: 30_000 })
      .toMatchObject({
        volumes: [
          { name: `${loop.name}p1`, sizeBytes: 4 * mebibyte },
          { name: `${loop.name}p2`, sizeBytes: 8 * mebibyte },
        ],
      });
  });

  it.skipIf(existsSync('/sys/bus/usb/devices'))('does not load the USB package without a USB bus', () => {
    expect(readFileSync('/proc/self/maps', 'utf8')).not.toContain('usb.linux');
  });

  it('does not tell again after a restart, but tells what went meanwhile', async () => {
    const loop = images.attach(images.image('kept.img', mebibyte));
    await waitFor(loop.place, 'media.attached');
    await watcher.stop();
    watcher = watchRemovableMediaOnLinux()(context);
    await watcher.start();
    expect(told(loop.place, 'media.attached')).toHaveLength(1);

    await watcher.stop();
    loop.detach();
    await untilLetGo(loop.place);
    watcher = watchRemovableMediaOnLinux()(context);
    await watcher.start();
    expect(told(loop.place, 'media.removed')).toHaveLength(1);
  });
});

function attachedNow(): string[] {
  const loops = readdirSync('/sys/block').filter((name) => existsSync(`/sys/block/${name}/loop/backing_file`));
  return loops.map((name) => loopPlace(name));
}
