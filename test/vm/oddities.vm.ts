import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanText } from '#shared/text.ts';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { stick, usbDevice } from './devices.ts';
import { gadget } from './gadget.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

describe('what does not behave', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  beforeAll(async () => {
    scene = await setScene('focus');
    ({ machine, agent } = scene);
  });
  afterAll(() => scene?.end());

  it('ten sticks, each pulled out as soon as it is told of: each once', async () => {
    const start = await agent.lastSequence();
    const serials = Array.from({ length: 10 }, (_, index) => `QUICK${index}`);
    for (const serial of serials) {
      const { unplug } = await stick('fat32', { serial })(machine);
      await agent.expectEvents('media.attached', start, ({ data }) => data.device.serial === serial);
      await unplug();
    }
    await agent.expectEvents('media.removed', start, ({ data }) => data.device.serial === serials.at(-1));
    await scene.checkAgain();
    const told = await agent.toldOfUsb(start, ['media.attached', 'media.removed']);
    expect(told).toEqual(serials.flatMap((serial) => [`media.attached ${serial}`, `media.removed ${serial}`]));
  });

  it('one stick pulled out and put back ten times: each time', async () => {
    const start = await agent.lastSequence();
    for (let time = 0; time < 10; time++) {
      const since = await agent.lastSequence();
      const { unplug } = await stick('fat32', { serial: 'AGAIN' })(machine);
      await agent.expectEvents('media.attached', since);
      await unplug();
    }
    await agent.expectEvents('media.removed', start, ({ seq }) => seq > start);
    await scene.checkAgain();
    const told = await agent.toldOfUsb(start, ['media.attached', 'media.removed']);
    expect(told).toEqual(Array.from({ length: 10 }, () => ['media.attached AGAIN', 'media.removed AGAIN']).flat());
  });

  it('a stick pulled out while it is mounted', async () => {
    const since = await agent.lastSequence();
    const { unplug } = await stick('fat32', { serial: 'MOUNTED' })(machine);
    await agent.expectKnown(since, { device: {}, volumes: [{ name: 'sda1' }] });
    await machine.guest.run(['/usr/bin/mount', '-t', 'vfat', '/dev/sda1', '/mnt/usb']);
    await agent.expectEvents('media.mounted', since);
    await unplug();
    await agent.expectEvents('media.removed', since);
    await machine.guest.run(['/usr/bin/umount', '-l', '/mnt/usb']);
    await scene.checkAgain();
    await agent.expectCountsOf('usb', since, { 'media.attached': 1, 'media.mounted': 1, 'media.removed': 1 });
  });

  it('two sticks with one serial number, which is then believed of neither', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'removable-media', area: 'usb' });
    const since = await agent.lastSequence();
    const first = await stick('fat32', { serial: 'TWIN' })(machine);
    await agent.expectEvents('media.attached', since);
    const second = await stick('ext4', { serial: 'TWIN' })(machine);
    const isShared = ({ data }: { data: { device: { serialTrust: string } } }) => data.device.serialTrust === 'shared';
    await agent.expectCount('media.attached', since, isShared, 2);
    await first.unplug();
    await second.unplug();
    await agent.expectCount('media.removed', since, isShared, 2);
  });

  it('a stick behind a hub, and the hub pulled out with it', async () => {
    const since = await agent.lastSequence();
    const hub = await usbDevice('usb-hub', { port: '1' })(machine);
    await agent.expectEvents('media.attached', since, ({ data }) => data.device.class === 'hub');
    await stick('fat32', { serial: 'BEHIND', port: '1.2' })(machine);
    const [attached] = await agent.expectEvents('media.attached', since, ({ data }) => data.device.serial === 'BEHIND');
    expect(attached?.data.device.port).toMatch(/^\d+-\d+\.2$/);
    await hub.unplug();
    await agent.expectCount('media.removed', since, () => true, 2);
  });

  it('words made to harm, which arrive harmless', async () => {
    const since = await agent.lastSequence();
    const words = {
      vendor: '<script>alert(1)</script>\u202Egnp.exe',
      product: 'A'.repeat(126),
      serial: "=cmd|' /C calc'!A0,\"\u001B[2J\u0007\n\u200B;--",
    };
    const { unplug } = await gadget({ vendorId: '1209', productId: '0001', ...words }, ['storage'])(machine);
    const expected = Object.fromEntries(Object.entries(words).map(([name, word]) => [name, cleanText(word)]));
    const { data } = await agent.expectKnown(since, { device: expected, volumes: [{ label: 'SMALL' }] });
    expect(JSON.stringify(data.device)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    await unplug();
    await agent.expectEvents('media.removed', since);
  });

  it('no fault of the agent, and none of these words in its log', async () => {
    await scene.expectHealthy();
    expect(await agent.log()).not.toMatch(/QUICK|AGAIN|TWIN|script|AAAA|STICK|SMALL/);
  });
});
