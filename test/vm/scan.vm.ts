import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventData } from '#shared/events/kinds.ts';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { startAntivirus } from './antivirus.ts';
import { withoutScan } from './collector.ts';
import { usbCase } from './devices.ts';
import type { ImageName } from './images.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

const rule = '{ classes: [optical], until: no-access, whenInfected: refuse, whenNoScanner: refuse, maxMinutes: 5 }';
const withScan = (text: string) => withoutScan(text).replace(/^devices:\n/m, `devices:\n  scan: ${rule}\n`);

describe('discs that wait for the antivirus', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  beforeAll(async () => {
    scene = await setScene('focus', 'enforce', withScan);
    ({ machine, agent } = scene);
  });
  afterAll(() => scene?.end());

  /** Puts a disc in, waits for the end of its scan, and for `then` before it is pulled out. */
  async function scan(image: ImageName, then: (scanned: EventData<'media.scanned'>, node: string) => Promise<void>) {
    const since = await agent.lastSequence();
    const { unplug } = await usbCase('usb-bot', 'scsi-cd', image)(machine);
    try {
      const { data } = await agent.expectKnown(since, { device: { class: 'optical' }, volumes: [{ readOnly: true }] });
      const [scanned] = await agent.expectEvents('media.scanned', since);
      if (scanned) await then(scanned.data, `/dev/${data.volumes[0]?.name}`);
    } finally {
      await unplug();
    }
    await agent.expectEvents('media.removed', since);
  }

  async function expectRefused({ device }: EventData<'media.scanned'>): Promise<void> {
    await machine.guest.sh(
      `until [ "$(cat /sys/bus/usb/devices/${device.port}/authorized)" = 0 ]; do usleep 50000; done`,
    );
  }

  it('one that nothing could look at is refused', () =>
    scan('disc', async (scanned) => {
      expect(scanned).toMatchObject({ result: 'not-scanned' });
      await expectRefused(scanned);
    }));

  it('one on which nothing was found can be read afterwards', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'scan before use' });
    await startAntivirus(machine.guest);
    await scan('disc', async (scanned, node) => {
      expect(scanned).toMatchObject({
        result: 'clean',
        infected: 0,
        files: 1,
        engine: expect.stringContaining('ClamAV'),
      });
      await machine.guest.sh(`while [ "$(stat -c %a ${node})" = 0 ]; do usleep 50000; done`);
      await machine.guest.run(['/usr/bin/mount', '-t', 'iso9660', node, '/mnt/usb']);
      expect(await machine.guest.run(['/bin/cat', '/mnt/usb/canary.txt'])).toContain('canary');
      await machine.guest.run(['/usr/bin/umount', '/mnt/usb']);
    });
  });

  it('one on which something was found is refused', () =>
    scan('disc-infected', async (scanned) => {
      expect(scanned).toMatchObject({ result: 'infected', infected: 1 });
      await expectRefused(scanned);
    }));

  it('no fault of the agent', () => scene.expectHealthy());
});
