import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proofs.ts';
import { portcullisAgent, type TestAgent } from './agent.ts';
import { attack, fingerprintOf } from './attacker.ts';
import { stick } from './devices.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

/** What the kernel lets in by itself, and whether udev is told to treat disks in any special way. */
const state =
  'cat /sys/bus/usb/devices/usb*/authorized_default /sys/bus/usb/devices/usb*/interface_authorized_default /sys/bus/mmc/drivers_autoprobe; ls /run/udev/rules.d 2>/dev/null || true';

describe('enforcement that ends', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  let former: string;
  beforeAll(async () => {
    scene = await setScene('focus', 'enforce');
    ({ machine, agent } = scene);
    await agent.end('TERM');
    former = await machine.guest.sh(state);
  });
  afterAll(() => scene?.end());

  /** Starts the agent and plugs in a stick that it refuses. */
  async function refuse(serial: string) {
    await agent.start();
    const since = await agent.lastSequence();
    const plugged = await stick('fat32', { serial })(machine);
    await agent.expectEvents('media.attached', since, ({ data }) => data.device.serial === serial);
    await agent.expectOutcome(since, 'applied');
    return { ...plugged, since, image: plugged.image ?? '' };
  }

  const settle = () => machine.guest.run(['/bin/sleep', '4']);
  const diskComes = () => machine.guest.sh('until [ -e /dev/sda1 ]; do usleep 100000; done');
  const diskGoes = () => machine.guest.sh('while [ -e /dev/sda ]; do usleep 100000; done');

  it('by a kill -9: what was refused stays refused, and the next start tells of it', async () => {
    const { unplug, image } = await refuse('KILLED0001');
    const before = fingerprintOf(image);
    const attacker = await attack(machine.guest, 'write');
    expect(await agent.end('KILL')).toBe('SIGKILL');
    await settle();
    expect(attacker.nodes()).toEqual([]);
    const since = await agent.lastSequence();
    await agent.start();
    const [started] = await agent.expectEvents('agent.started', since);
    expect(started?.data.previousRun).toBe('unclean');
    const [found] = await agent.expectEvents('media.decided', since);
    expect(found).toMatchObject({
      data: { device: { serial: 'KILLED0001' } },
      decision: { rights: { read: 'deny' } },
      outcome: { state: 'applied', mechanism: 'USB device not authorised' },
    });
    await settle();
    expect([attacker.nodes(), attacker.leaks()]).toEqual([[], []]);
    await attacker.stop();
    await unplug();
    expect(fingerprintOf(image)).toBe(before);
    await agent.expectEvents('media.removed', since);
    await agent.end('TERM');
  });

  it('on purpose: everything is as it was before, and what was refused is let in', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'restoring' });
    const { unplug } = await refuse('STOPPED0001');
    expect(await machine.guest.sh(state)).not.toBe(former);
    await agent.end('TERM');
    await diskComes();
    expect(await machine.guest.sh(state)).toBe(former);
    await unplug();
    await diskGoes();
  });

  it('by a kill -9, and is not to come back: "release" restores the former state', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'restoring' });
    const { unplug } = await refuse('RELEASED0001');
    await agent.end('KILL');
    expect(await machine.guest.run([...portcullisAgent, 'release'])).toContain('restored');
    await diskComes();
    expect(await machine.guest.sh(state)).toBe(former);
    await unplug();
    await diskGoes();
  });
});
