import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proves } from '../support/proofs.ts';
import type { TestAgent } from './agent.ts';
import { stick } from './devices.ts';
import type { Machine } from './machine.ts';
import { type Scene, setScene } from './scene.ts';

const known = { device: { class: 'usb-storage' }, volumes: [{ label: 'STICK' }] };

describe('an agent that ends and comes back', () => {
  let scene: Scene;
  let machine: Machine;
  let agent: TestAgent;
  beforeAll(async () => {
    scene = await setScene('focus');
    ({ machine, agent } = scene);
  });
  afterAll(() => scene?.end());

  it.each([
    ['told to stop', 'TERM', 'clean'],
    ['killed', 'KILL', 'unclean'],
  ] as const)('%s, does not tell again what is still plugged in', async (_how, signal, previousRun) => {
    const serial = `STAYS-${signal}`;
    const { unplug } = await stick('fat32', { serial })(machine);
    await agent.expectKnown(0, { ...known, device: { serial } });
    const since = await agent.lastSequence();
    await agent.end(signal);
    await agent.start();
    const [started] = await agent.expectEvents('agent.started', since);
    expect(started?.data.previousRun).toBe(previousRun);
    await scene.checkAgain();
    await agent.expectCountsOf('usb', since, { 'media.attached': 0, 'media.changed': 0, 'media.removed': 0 });
    await unplug();
    await agent.expectEvents('media.removed', since, ({ data }) => data.device.serial === serial);
    await scene.checkAgain();
    await agent.expectCountsOf('usb', since, { 'media.attached': 0, 'media.removed': 1 });
  });

  it('tells what came and what went while it was away', async ({ task }) => {
    proves(task, {
      os: 'linux',
      by: 'hardware emulation',
      capability: 'enrolment and reporting',
      area: 'stop and start',
    });
    const gone = await stick('fat32', { serial: 'GOES' })(machine);
    await agent.expectKnown(0, { ...known, device: { serial: 'GOES' } });
    const since = await agent.lastSequence();
    await agent.end('KILL');
    await gone.unplug();
    const came = await stick('fat32', { serial: 'COMES' })(machine);
    await machine.guest.sh('until [ -e /dev/sda1 ]; do usleep 100000; done');
    await agent.start();
    const [attached] = await agent.expectEvents('media.attached', since);
    const [removed] = await agent.expectEvents('media.removed', since);
    expect(attached?.data).toMatchObject({ presentAtStart: true, device: { serial: 'COMES' } });
    expect(removed?.data.device.serial).toBe('GOES');
    await came.unplug();
    await agent.expectEvents('media.removed', since, ({ data }) => data.device.serial === 'COMES');
    await scene.checkAgain();
    await agent.expectCountsOf('usb', since, { 'media.attached': 1, 'media.removed': 2 });
  });

  it('has no gap in its numbers', async ({ task }) => {
    proves(task, { os: 'linux', by: 'hardware emulation', capability: 'enrolment and reporting' });
    const numbers = (await agent.events()).map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    await scene.expectHealthy();
  });
});
