import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { fingerprintOf } from './attacker.ts';
import { withoutScan } from './collector.ts';
import { type Plugged, stick } from './devices.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

const serial = 'DICTATION0001';
/** The profile lets dictation devices be read; this one is put on its list. */
const withDictation = (text: string) =>
  withoutScan(text).replace('devices: []', `devices: [{ vendorId: '46f4', productId: '0001', serial: ${serial} }]`);

describe('a stick that may only be read', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  beforeAll(async () => {
    scene = await setScene('focus', 'enforce', withDictation);
    ({ machine, agent } = scene);
  });
  afterAll(() => scene?.end());

  async function plugIn(): Promise<Plugged & { image: string; since: number }> {
    const since = await agent.lastSequence();
    const { unplug, image = '' } = await stick('fat32', { serial })(machine);
    const seen = await agent.expectKnown(since, { device: { serial }, volumes: [{ label: 'STICK', readOnly: true }] });
    expect(seen.decision?.rights).toMatchObject({ read: 'allow', write: 'deny', execute: 'deny' });
    return { unplug, image, since };
  }

  /** As root in the guest. */
  const fails = async (script: string) => expect(machine.guest.sh(script)).rejects.toThrow();

  it('is not changed by one byte, whatever root tries by disk, by partition and by file', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'read-only' });
    const { unplug, image, since } = await plugIn();
    const before = fingerprintOf(image);
    await agent.expectOutcome(since, 'pending');
    for (const node of ['/dev/sda', '/dev/sda1'])
      await fails(`dd if=/dev/urandom of=${node} bs=512 count=1 seek=64 conv=notrunc,fsync`);
    await fails('/usr/bin/mount -t vfat -o rw /dev/sda1 /mnt/usb && echo text > /mnt/usb/text');
    await machine.guest.sh('/usr/bin/umount /mnt/usb; /usr/bin/mount -t vfat -o ro /dev/sda1 /mnt/usb');
    expect(await machine.guest.run(['/bin/cat', '/mnt/usb/canary.txt'])).toContain('canary');
    await fails('/usr/bin/mount -o remount,rw /mnt/usb && echo text > /mnt/usb/text');
    // Decided and carried out once more since it is in use.
    await agent.expectOutcome(since, 'applied');
    await fails('/usr/bin/mount -o remount,rw /mnt/usb && echo text > /mnt/usb/text');
    await machine.guest.run(['/usr/bin/umount', '/mnt/usb']);
    await unplug();
    await agent.expectEvents('media.removed', since);
    expect(fingerprintOf(image)).toBe(before);
  });

  it('is made read-only again when root makes it writable, and the collector is told', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'tampering' });
    const { unplug, since } = await plugIn();
    await agent.expectOutcome(since, 'pending');
    // Else the rule of udev, late on a busy computer, puts it right before the agent has seen it.
    await machine.guest.run(['/bin/udevadm', 'settle']);
    await machine.guest.sh('/usr/sbin/blockdev --setrw /dev/sda /dev/sda1');
    await machine.guest.sh(
      'until [ "$(cat /sys/block/sda/ro /sys/block/sda/sda1/ro | uniq)" = 1 ]; do usleep 50000; done',
    );
    const [tampered] = await agent.expectEvents('agent.tampered', since);
    expect(tampered?.data.because).toContain('read-only');
    await unplug();
    await agent.expectEvents('media.removed', since);
  });

  it('is refused with its copy as soon as two have one serial number', async () => {
    const { unplug, since } = await plugIn();
    const copy = await stick('ext4', { serial })(machine);
    const isShared = ({ data }: { data: { device: { serialTrust: string } } }) => data.device.serialTrust === 'shared';
    await agent.expectCount('media.attached', since, isShared, 2);
    await machine.guest.sh('while ls /sys/block | grep -q ^sd; do usleep 100000; done');
    await copy.unplug();
    await unplug();
    await agent.expectCount('media.removed', since, isShared, 2);
  });

  it('no fault of the agent', () => scene.expectHealthy());
});
