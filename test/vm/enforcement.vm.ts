import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { attack, fingerprintOf } from './attacker.ts';
import { type Plug, phone, stick, usbCase, usbDevice } from './devices.ts';
import { gadget } from './gadget.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

/*
 * The policy is enforced, and somebody in the guest goes for every disk as soon as the kernel has it.
 */
const refused: [name: string, plug: Plug][] = [
  ['a stick', stick('fat32', { serial: 'REFUSED0001' })],
  ['a UAS disk', usbCase('usb-uas', 'scsi-hd', 'fat32')],
];

describe('under a policy that is enforced', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  beforeAll(async () => {
    scene = await setScene('focus', 'enforce');
    ({ machine, agent } = scene);
  });
  afterAll(() => scene?.end());

  /** Long enough for every disk that could still come up. */
  async function settle(): Promise<void> {
    await machine.guest.run(['/bin/sleep', '4']);
    await machine.guest.run(['/bin/udevadm', 'settle']);
  }

  it.each(refused)(
    'the attacker gets nothing of %s, and the collector learns that it was stopped',
    async (_name, plug) => {
      const since = await agent.lastSequence();
      const attacker = await attack(machine.guest, 'write');
      const { unplug, image = '' } = await plug(machine);
      const before = fingerprintOf(image);
      try {
        const [attached] = await agent.expectEvents('media.attached', since);
        expect(attached?.decision).toMatchObject({ mode: 'enforce', rights: { read: 'deny', write: 'deny' } });
        await settle();
        expect(attacker.leaks()).toEqual([]);
        await agent.expectOutcome(since, 'applied');
      } finally {
        await attacker.stop();
        await unplug();
      }
      expect(fingerprintOf(image)).toBe(before);
      await agent.expectEvents('media.removed', since);
    },
  );

  it('a keyboard works', async () => {
    const since = await agent.lastSequence();
    const { unplug } = await usbDevice('usb-kbd')(machine);
    await agent.expectEvents('media.attached', since, ({ data }) => data.device.class === 'hid');
    await machine.guest.sh('until ls /sys/bus/usb/drivers/usbhid/ | grep -q :; do usleep 100000; done');
    await unplug();
    await agent.expectEvents('media.removed', since);
  });

  it('a phone charges, and nobody gets its files', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'phones and cameras' });
    const since = await agent.lastSequence();
    const { unplug } = await phone()(machine);
    const { data } = await agent.expectKnown(since, { device: { class: 'phone' }, volumes: [] });
    await agent.expectOutcome(since, 'applied');
    const { port } = data.device;
    const words = [port, port, `${port}:1.0`].map(
      (place, index) => `/sys/bus/usb/devices/${place}/${['authorized', 'bConfigurationValue', 'authorized'][index]}`,
    );
    // In use and drawing its current; its one interface shut.
    expect((await machine.guest.run(['/bin/cat', ...words])).split('\n')).toEqual(['1', '1', '0', '']);
    await unplug();
    await agent.expectEvents('media.removed', since);
  });

  it('of a stick that is also a keyboard, the attacker gets no data', async () => {
    const since = await agent.lastSequence();
    const attacker = await attack(machine.guest);
    const words = { vendorId: '0781', productId: '5581', serial: 'BADUSB0001' };
    const { unplug } = await gadget(words, ['storage', 'keyboard'])(machine);
    await agent.expectEvents('media.attached', since);
    await settle();
    expect(attacker.leaks()).toEqual([]);
    await attacker.stop();
    await unplug();
    await agent.expectEvents('media.removed', since);
  });

  it('a disc can be read, though its drive looks like a stick until it is asked', async () => {
    const since = await agent.lastSequence();
    const { unplug } = await usbCase('usb-bot', 'scsi-cd', 'disc')(machine);
    try {
      await agent.expectKnown(since, { device: { class: 'optical' }, volumes: [{ label: 'DISC' }] });
      await machine.guest.run(['/usr/bin/mount', '-t', 'iso9660', '/dev/sr0', '/mnt/usb']);
      expect(await machine.guest.run(['/bin/cat', '/mnt/usb/canary.txt'])).toContain('canary');
      await machine.guest.run(['/usr/bin/umount', '/mnt/usb']);
    } finally {
      await unplug();
      await agent.expectEvents('media.removed', since);
    }
  });

  it('an attacker who first kills the agent gets nothing either, and the agent comes back', async () => {
    const since = await agent.lastSequence();
    await agent.end('KILL');
    const attacker = await attack(machine.guest, 'write');
    const { unplug } = await stick('fat32', { serial: 'ORPHAN0001' })(machine);
    await settle();
    expect(attacker.leaks()).toEqual([]);
    await agent.start();
    await agent.expectEvents('media.attached', since, ({ data }) => data.device.serial === 'ORPHAN0001');
    await settle();
    expect(attacker.leaks()).toEqual([]);
    await attacker.stop();
    await unplug();
  });

  it('no fault of the agent', () => scene.expectHealthy());
});
