import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profileNames } from '../../collector/home.ts';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { type Attacker, attack, fingerprintOf } from './attacker.ts';
import { type Case, catalogue } from './catalogue.ts';
import { floppyDisk, memoryCard, type Plugged } from './devices.ts';
import type { Machine } from './machine.ts';
import { rightsOf } from './rights.ts';
import { type Scene, setScene } from './scene.ts';

/*
 * The same devices as in `matrix.vm.ts`, and now what the profile denies is stopped, while somebody in the guest goes
 * for every disk.
 */
describe.each(profileNames)('under the profile %s, enforced', (profile) => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  let attacker: Attacker;
  let floppy: Plugged;
  let withoutFloppy: number;
  beforeAll(async () => {
    scene = await setScene(profile, 'enforce');
    ({ machine, agent } = scene);
    // A floppy drive is asked once a minute, which passes while the other tests run.
    withoutFloppy = await agent.lastSequence();
    floppy = await floppyDisk()(machine);
    attacker = await attack(machine.guest, 'write');
  });
  afterAll(() => scene?.end());

  /** Long enough for every disk that could still come up: a stick's comes a second after the stick. */
  async function settle(): Promise<void> {
    await machine.guest.run(['/bin/sleep', '3']);
    await machine.guest.run(['/bin/udevadm', 'settle']);
  }

  async function expectSeen({ device, volumes, isRefused }: Case, since: number) {
    const { class: deviceClass = 'other' } = device;
    const rights = rightsOf(profile, deviceClass, isRefused);
    const isShut = rights.read === 'deny';
    const shown = isShut ? [] : volumes;
    const seen = await agent.expectKnown(since, { device, volumes: shown });
    expect(seen.decision).toMatchObject({ mode: 'enforce', rights });
    // Mounts are made without programs when they come; a device without volumes has nothing to wait for.
    await agent.expectOutcome(since, shown.length > 0 ? 'pending' : 'applied');
    return { isShut };
  }

  it.for(catalogue)('$name', async (one, { task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'refused' });
    const since = await agent.lastSequence();
    const before = attacker.nodes().length;
    const { unplug, image } = await one.plug(machine);
    const untouched = image === undefined ? undefined : fingerprintOf(image);
    try {
      const { isShut } = await expectSeen(one, since);
      await settle();
      if (isShut) expect(attacker.nodes().slice(before)).toEqual([]);
    } finally {
      await unplug();
    }
    await agent.expectEvents('media.removed', since);
    expect(image === undefined ? undefined : fingerprintOf(image)).toBe(untouched);
    expect(attacker.leaks().filter(({ how }) => how === 'write')).toEqual([]);
    // Disks let go of their names a moment later.
    await machine.guest.sh("while ls /sys/block | grep -qE '^s[dr]'; do usleep 100000; done");
  });

  it('a memory card, which gets no driver', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enforcement', area: 'refused' });
    const since = await agent.lastSequence();
    const before = attacker.nodes().length;
    const { unplug } = await memoryCard()(machine);
    await agent.expectKnown(since, { device: { class: 'memory-card', bus: 'mmc' }, volumes: [] });
    await agent.expectOutcome(since, 'applied');
    await settle();
    expect(attacker.nodes().slice(before)).toEqual([]);
    await unplug();
    await agent.expectEvents('media.removed', since);
  });

  it('a floppy disk, which stays as it is: root can open it still, and not write', async () => {
    const { image = '', unplug } = floppy;
    const isFloppy = ({ data }: { data: { device: { bus: string } } }) => data.device.bus === 'floppy';
    const [attached] = await agent.expectEvents('media.attached', withoutFloppy, isFloppy, 100_000);
    expect(attached).toMatchObject({
      data: { device: { class: 'floppy' } },
      decision: { mode: 'enforce', rights: rightsOf(profile, 'floppy') },
      outcome: { state: 'applied', because: 'Root can still open it.' },
    });
    const before = fingerprintOf(image);
    expect(await machine.guest.run(['/bin/stat', '-c', '%a', '/dev/fd0'])).toBe('0\n');
    await expect(
      machine.guest.sh('dd if=/dev/urandom of=/dev/fd0 bs=512 count=1 conv=notrunc,fsync'),
    ).rejects.toThrow();
    await unplug();
    expect(fingerprintOf(image)).toBe(before);
  }, 180_000);

  it('no fault of the agent', () => scene.expectHealthy());
});
