import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { floppyDisk, memoryCard, type Plugged, stick } from './devices.ts';
import { passphrase } from './images.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

const minuteAndMore = 100_000;
const isFloppy = ({ data }: { data: { device: { bus: string } } }) => data.device.bus === 'floppy';

describe('a medium that comes and goes while its drive stays', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  let floppy: Plugged;
  let withoutFloppy: number;
  beforeAll(async () => {
    scene = await setScene('ccg');
    ({ machine, agent } = scene);
    // A floppy drive is asked once a minute, which passes while the other tests run.
    withoutFloppy = await agent.lastSequence();
    floppy = await floppyDisk()(machine);
  });
  afterAll(() => scene?.end());

  it('a memory card', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'removable-media', area: 'memory cards' });
    const since = await agent.lastSequence();
    const { unplug } = await memoryCard()(machine);
    await agent.expectKnown(since, {
      device: { class: 'memory-card', bus: 'mmc', serialTrust: 'device', interfaces: [] },
      volumes: [{ name: 'mmcblk0p1', label: 'CARD', filesystem: 'vfat', encryption: 'plain' }],
    });
    await machine.guest.run(['/usr/bin/mount', '-t', 'vfat', '/dev/mmcblk0p1', '/mnt/usb']);
    await agent.expectEvents('media.mounted', since);
    await machine.guest.run(['/usr/bin/umount', '/mnt/usb']);
    await agent.expectEvents('media.unmounted', since);
    await unplug();
    await agent.expectEvents('media.removed', since);
    await scene.checkAgain();
    await agent.expectCountsOf('mmc', since, { 'media.attached': 1, 'media.mounted': 1, 'media.removed': 1 });
  });

  it('a LUKS2 stick that is opened, used and closed', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'removable-media', area: 'volumes' });
    const since = await agent.lastSequence();
    const { unplug } = await stick('luks2', { serial: 'OPENED' })(machine);
    await agent.expectKnown(since, { device: {}, volumes: [{ encryption: 'locked', method: 'luks2' }] });
    const open = ['/sbin/cryptsetup', 'open', '--key-file', '-', '/dev/sda', 'opened'];
    await machine.guest.run(open, { input: passphrase });
    const { data } = await agent.expectKnown(since, {
      device: {},
      volumes: [{ name: 'sda', encryption: 'encrypted', method: 'luks2' }, { encryption: 'encrypted' }],
    });
    expect(data.device.serial).toBe('OPENED');
    await machine.guest.run(['/sbin/cryptsetup', 'close', 'opened']);
    await agent.expectKnown(since, { device: {}, volumes: [{ encryption: 'locked', method: 'luks2' }] });
    await unplug();
    await agent.expectEvents('media.removed', since);
    await agent.expectCountsOf('usb', since, { 'media.attached': 1, 'media.removed': 1 });
  });

  it('a floppy disk, within the minute after which its drive is asked again', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'removable-media', area: 'floppy' });
    const [attached] = await agent.expectEvents('media.attached', withoutFloppy, isFloppy, minuteAndMore);
    expect(attached?.data).toMatchObject({
      device: { class: 'floppy', serialTrust: 'blank', interfaces: [] },
      volumes: [{ name: 'fd0', label: 'FLOPPY', filesystem: 'vfat', encryption: 'plain' }],
    });
    await floppy.unplug();
    await agent.expectEvents('media.removed', withoutFloppy, isFloppy, minuteAndMore);
    await agent.expectCountsOf('floppy', 0, { 'media.attached': 1, 'media.removed': 1 });
  }, 240_000);

  it('no fault of the agent', () => scene.expectHealthy());
});
