import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import type { Rights } from '#shared/policy/decision.ts';
import type { CarriedOut, Enforcement } from '../../../agent/enforcement/enforcement.ts';
import { enforceOnLinux } from '../../../agent/enforcement/linux.ts';
import { linuxRoots } from '../../../agent/platform/sysfs.linux.ts';
import { charging, everything, readOnly } from '../../fakes/decision.ts';
import { imageFolder, noLoopDevices, run } from '../../fakes/loop-device.ts';
import { ruledOf } from '../../fakes/ruled.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { proves } from '../../support/proofs.ts';

/** Loop devices are block devices like any other; what holds for them is the kernel's own word. */
describe.skipIf(noLoopDevices)(`block devices of this computer (${noLoopDevices ?? 'real'})`, () => {
  let images: ReturnType<typeof imageFolder>;
  let state: ReturnType<typeof tempFolder>;
  let enforcement: Enforcement;
  let image: string;
  let loop: ReturnType<ReturnType<typeof imageFolder>['attach']>;

  /** The real disks and nothing else: a test that ends early must not leave a computer without its keyboard. */
  const made = (ownPaths = ['/']) => {
    const roots = { ...linuxRoots, sys: join(state.path, 'sys'), run: state.path };
    return enforceOnLinux({ roots })({ clock: systemClock, log: pino({ level: 'silent' }), ownPaths });
  };

  beforeEach(async () => {
    images = imageFolder();
    state = tempFolder();
    mkdirSync(join(state.path, 'sys'));
    symlinkSync('/sys/block', join(state.path, 'sys/block'));
    image = images.image('disk.img', 16 << 20);
    run('mkfs.ext4', '-q', image);
    loop = images.attach(image);
    enforcement = made();
    await enforcement.setMode('enforce');
  });

  afterEach(async () => {
    await enforcement.release();
    for (const place of places.splice(0)) if (mountOf(place)) run('umount', place);
    images[Symbol.dispose]();
    state[Symbol.dispose]();
  });

  async function carryOut(rights: Rights): Promise<CarriedOut | undefined> {
    const facts = { class: 'other', bus: 'virtual', port: loop.place } as const;
    const ruled = ruledOf(facts, rights, { [loop.name]: rights });
    return (await enforcement.carryOut([ruled])).get(ruled.key);
  }

  const places: string[] = [];
  /** Not the folder's own way to mount: the agent may unmount what a test has mounted. */
  function mount(...options: string[]): string {
    const place = mkdtempSync(join(images.folder, 'place-'));
    run('mount', ...options, loop.device, place);
    places.push(place);
    return place;
  }

  const digest = () => createHash('sha256').update(readFileSync(image)).digest('hex');
  const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const mountOf = (place: string) => mounts().find((line) => line.includes(` ${place} `));

  /** As root, the way a program would that does not ask. */
  function writeRaw(): void {
    const file = openSync(loop.device, 'r+');
    try {
      writeSync(file, Buffer.alloc(4096, 1), 0, 4096, 8 << 20);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  it('read-only: not one byte changes, through the block device or the file system, as root', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'enforcement', area: 'read-only' });

    const done = await carryOut(readOnly);
    expect(done?.outcome).toMatchObject({ state: 'pending', mechanism: 'block device read-only' });
    const before = digest();
    expect(writeRaw).toThrow();
    const place = mount();
    expect(() => writeFileSync(join(place, 'file'), 'text')).toThrow(/EROFS/);
    expect(() => run('mount', '-o', 'remount,rw', place)).toThrow();
    expect(() => writeFileSync(join(place, 'file'), 'text')).toThrow(/EROFS/);
    expect((await carryOut(readOnly))?.outcome).toEqual({
      state: 'applied',
      mechanism: 'block device read-only; mounted noexec',
      milliseconds: expect.any(Number),
    });
    run('sync');
    expect(digest()).toBe(before);
  });

  it('read-only: what was mounted for writing before is made read-only and without programs', async () => {
    const place = mount();
    writeFileSync(join(place, 'program'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
    expect(run(join(place, 'program'))).toBe('ran');
    expect((await carryOut(readOnly))?.outcome.state).toBe('applied');
    expect(() => writeFileSync(join(place, 'more'), '')).toThrow(/EROFS/);
    expect(() => run(join(place, 'program'))).toThrow(/EACCES/);
    expect(mountOf(place)).toMatch(/ ro,nosuid,nodev,noexec/);
  });

  it('read-only: says that it waits while a program still writes, and is done when the program ends', async () => {
    const place = mount();
    const writer = openSync(join(place, 'open'), 'w');
    try {
      const { state: said, because } = (await carryOut(readOnly))?.outcome ?? {};
      expect({ said, because }).toEqual({
        said: 'pending',
        because: 'Programs that had files open on it keep these until they end.',
      });
      expect(mountOf(place)).toBeUndefined();
    } finally {
      closeSync(writer);
    }
    await expect
      .poll(async () => (await carryOut(readOnly))?.outcome.because, { timeout: 30_000 })
      .not.toMatch(/keep these/);
    expect(writeRaw).toThrow();
  });

  it('execute denied alone: writing goes on, programs do not start', async () => {
    const place = mount();
    writeFileSync(join(place, 'program'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
    const done = await carryOut({ ...everything, execute: 'deny' });
    expect(done?.outcome).toMatchObject({ state: 'applied', mechanism: 'mounted noexec' });
    expect(() => run(join(place, 'program'))).toThrow(/EACCES/);
    writeFileSync(join(place, 'file'), 'text');
  });

  it('refused: unmounted, read-only and closed to others; mounted again it goes again', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'enforcement', area: 'refused' });

    const place = mount();
    expect((await carryOut(charging))?.outcome).toMatchObject({
      state: 'applied',
      because: 'Root can still open it.',
    });
    expect(mountOf(place)).toBeUndefined();
    expect(statSync(loop.device).mode & 0o777).toBe(0);
    expect(writeRaw).toThrow();
    run('mount', loop.device, place);
    await carryOut(charging);
    expect(mountOf(place)).toBeUndefined();
  });

  it('tells of a hand that made it writable again, and puts it right', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'enforcement', area: 'tampering' });

    await carryOut(readOnly);
    mount();
    expect((await carryOut(readOnly))?.undone).toBeUndefined();
    run('blockdev', '--setrw', loop.device);
    const done = await carryOut(readOnly);
    expect(done).toMatchObject({
      undone: 'Taken back by another hand: read-only.',
      outcome: { state: 'applied' },
    });
    expect(run('blockdev', '--getro', loop.device)).toBe('1');
  });

  it('gives back what it took, when it is allowed and when the agent stops', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'enforcement', area: 'restoring' });

    const mode = statSync(loop.device).mode;
    await carryOut(charging);
    await carryOut(everything);
    expect(run('blockdev', '--getro', loop.device)).toBe('0');
    expect(statSync(loop.device).mode).toBe(mode);
    await carryOut(charging);
    await enforcement.release();
    expect(run('blockdev', '--getro', loop.device)).toBe('0');
    expect(statSync(loop.device).mode).toBe(mode);
  });

  it('a run after a crash knows what the one before had changed', async () => {
    await carryOut(charging);
    enforcement = made();
    await enforcement.setMode('enforce');
    expect((await carryOut(charging))?.undone).toBeUndefined();
    expect(await made().release()).toBe(true);
    expect(run('blockdev', '--getro', loop.device)).toBe('0');
    expect(await made().release()).toBe(false);
  });

  it('never touches a disk the system or the agent lives on', async () => {
    const place = mount();
    enforcement = made([join(place, 'home')]);
    await enforcement.setMode('enforce');
    expect((await carryOut(charging))?.outcome).toMatchObject({ state: 'unsupported', mechanism: 'safety floor' });
    writeFileSync(join(place, 'file'), 'text');
  });

  it('leaves what was read-only by itself read-only when it is allowed', async () => {
    loop.detach();
    loop = images.attach(image, '--read-only');
    expect((await carryOut(everything))?.outcome).toMatchObject({ state: 'applied' });
    await enforcement.release();
    expect(run('blockdev', '--getro', loop.device)).toBe('1');
  });
});
