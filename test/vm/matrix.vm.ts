import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileNames } from '../../collector/home.ts';
import { type Proof, proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { type Case, catalogue } from './catalogue.ts';
import type { Machine } from './machine.ts';
import { everything, rightsOf } from './rights.ts';
import { type Scene, setScene } from './scene.ts';

/** The lines of the table of support that a device speaks for. */
function provenBy({ device, volumes }: Pick<Case, 'device' | 'volumes'>): Proof[] {
  const proof = { os: 'linux', by: 'hardware emulation', capability: 'removable-media' } as const;
  return [
    { ...proof, area: 'usb' },
    ...(device.class === 'phone' ? [{ ...proof, area: 'phones and cameras' } as const] : []),
    ...(device.class === 'optical' ? [{ ...proof, area: 'optical' } as const] : []),
    ...(volumes.length > 0 ? [{ ...proof, area: 'volumes' } as const] : []),
  ];
}

/*
 * Everything people plug in, one after the other, on one computer for each profile. What the collector outside has
 * stored is all that counts.
 */
describe.each(profileNames)('under the profile %s, the collector outside learns of', (profile) => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  beforeAll(async () => {
    scene = await setScene(profile);
    ({ machine, agent } = scene);
  });
  afterAll(() => scene?.end());

  it.for(catalogue)('$name', async ({ plug, device, volumes, mount, isRefused }, { task }) => {
    proves(task, ...provenBy({ device, volumes }));
    const since = await agent.lastSequence();
    const { unplug } = await plug(machine);
    try {
      const seen = await agent.expectKnown(since, { device, volumes });
      expect(seen.decision).toMatchObject({ mode: 'report', rights: everything });
      expect(seen.decision?.wouldHave).toEqual(rightsOf(profile, seen.data.device.class, isRefused));
      if (mount) await mountAndUnmount(since, mount);
    } finally {
      await unplug();
    }
    await agent.expectEvents('media.removed', since);
    // Disks let go of their names a moment later.
    await machine.guest.sh("while ls /sys/block | grep -qE '^s[dr]'; do usleep 100000; done");
    await agent.expectCountsOf('usb', since, {
      'media.attached': 1,
      'media.removed': 1,
      'media.mounted': mount ? 1 : 0,
    });
  });

  async function mountAndUnmount(
    since: number,
    { node, type, readOnly = false }: { node: string; type: string; readOnly?: boolean },
  ) {
    await machine.guest.run(['/usr/bin/mount', '-t', type, `/dev/${node}`, '/mnt/usb']);
    try {
      const [mounted] = await agent.expectEvents('media.mounted', since);
      expect(mounted?.data.volume).toMatchObject({ name: node, mountPoint: '/mnt/usb', readOnly });
    } finally {
      await machine.guest.run(['/usr/bin/umount', '/mnt/usb']);
    }
    await agent.expectEvents('media.unmounted', since);
  }

  it('each of them once, and nothing that was not there', async () => {
    await scene.checkAgain();
    await agent.expectCountsOf('usb', 0, { 'media.attached': catalogue.length, 'media.removed': catalogue.length });
  });

  it('no fault of the agent', () => scene.expectHealthy());
});
