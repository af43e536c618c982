import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VolumeFacts } from '#shared/device/facts.ts';
import type { EventData } from '#shared/events/kinds.ts';
import type { ScanBeforeUse } from '#shared/policy/scan.ts';
import { wishOf } from '../../../agent/enforcement/wish.ts';
import { linuxRoots } from '../../../agent/platform/sysfs.linux.ts';
import { scanningOnLinux } from '../../../agent/scanning/linux.ts';
import { type Medium, type ScanGate, scanGate } from '../../../agent/scanning/scan-before-use.ts';
import type { Scanned, Scanning } from '../../../agent/scanning/scanner.ts';
import { everything, readOnly } from '../../fakes/decision.ts';
import { imageFolder, noLoopDevices, run } from '../../fakes/loop-device.ts';
import { deviceOf } from '../../fakes/ruled.ts';

const rule: ScanBeforeUse = {
  classes: ['usb-storage'],
  until: 'no-access',
  whenInfected: 'refuse',
  whenNoScanner: 'read-only',
  maxMinutes: 1,
};
const device = deviceOf({ port: '1-1', interfaces: ['08:06:50'] });
const plain: VolumeFacts = { name: 'sdb1', encryption: 'plain', filesystem: 'vfat', sizeBytes: 1 };
const clean: Scanned = { infected: 0, files: 3, bytes: 9, unread: 0, engine: 'Test 1' };
const medium = (...volumes: VolumeFacts[]): Medium => ({ key: 'stick', device, volumes });

let ended: EventData<'media.scanned'>[];
let scanned: string[];
let gate: ScanGate;

function gateWith(found: Scanned | Error, more: Partial<Scanning> = {}): ScanGate {
  const scanning: Scanning = {
    scanners: [
      { name: 'absent', available: () => Promise.resolve(false), scan: () => Promise.reject(new Error('not asked')) },
      {
        name: 'present',
        available: () => Promise.resolve(true),
        scan: (folder) => {
          scanned.push(folder);
          return found instanceof Error ? Promise.reject(found) : Promise.resolve({ ok: true, seen: found });
        },
      },
    ],
    open: ({ name }) => Promise.resolve({ ok: true, seen: { folder: name, close: () => Promise.resolve() } }),
    ...more,
  };
  return scanGate({
    scanning,
    monotonic: () => 0,
    log: pino({ level: 'silent' }),
    ended: (one) => void ended.push(one),
  });
}

beforeEach(() => {
  ended = [];
  scanned = [];
  gate = gateWith(clean);
});
afterEach(() => gate.stop());

const access = (given = medium(plain), one = rule, rights = everything) =>
  gate.narrow(wishOf(rights), given, one).wish.access;
const untilEnded = (count = 1) => expect.poll(() => ended.length).toBe(count);

describe('a medium that has to be scanned', () => {
  it('is held before its volumes are known, while it is scanned, and then left to its rights', async () => {
    expect(access(medium())).toBe('held');
    expect(ended).toEqual([]);
    expect(access()).toBe('held');
    await untilEnded();
    expect(access()).toBe('full');
    expect(access(medium(plain), rule, readOnly)).toBe('read-only');
    expect(ended).toEqual([{ device, result: 'clean', durationMs: 0, ...clean }]);
  });

  it('may be readable meanwhile, where the policy says so, and starts no program', () => {
    const wish = gate.narrow(wishOf(everything), medium(plain), { ...rule, until: 'read-only' }).wish;
    expect(wish).toEqual({ connect: true, access: 'read-only', execute: false });
  });

  it('is scanned once, mounted or not, and again when something else is in the drive', async () => {
    access();
    await untilEnded();
    access(medium({ ...plain, mountPoint: '/media/usb', readOnly: true }));
    expect(scanned).toEqual(['sdb1']);
    expect(access(medium({ ...plain, label: 'OTHER' }))).toBe('held');
    await untilEnded(2);
  });

  it('is scanned again when it was taken out', async () => {
    access();
    await untilEnded();
    gate.keepOnly(new Set());
    expect(access()).toBe('held');
    await untilEnded(2);
  });

  it.each([
    ['refuse', 'refused'],
    ['read-only', 'read-only'],
    ['allow-and-record', 'full'],
  ] as const)('with something on it: %s', async (whenInfected, expected) => {
    gate = gateWith({ ...clean, infected: 2 });
    const one = { ...rule, whenInfected };
    access(medium(plain), one);
    await untilEnded();
    expect(ended).toMatchObject([{ result: 'infected', infected: 2 }]);
    expect(access(medium(plain), one)).toBe(expected);
  });

  it.each<[string, () => ScanGate]>([
    ['no antivirus', () => gateWith(clean, { scanners: [] })],
    ['files that could not be read', () => gateWith({ ...clean, unread: 1 })],
    ['an antivirus that fails', () => gateWith(new Error('no'))],
    [
      'a volume that cannot be opened',
      () => gateWith(clean, { open: () => Promise.resolve({ ok: false, error: { code: 'EINVAL', says: '' } }) }),
    ],
  ])('%s: what the policy states for it', async (_, made) => {
    gate = made();
    access();
    await untilEnded();
    expect(ended).toMatchObject([{ result: 'not-scanned' }]);
    expect(access()).toBe('read-only');
  });

  it('an infected file counts for more than one that could not be read', async () => {
    gate = gateWith({ ...clean, infected: 1, unread: 1 });
    access();
    await untilEnded();
    expect(ended).toMatchObject([{ result: 'infected' }]);
  });

  it('is not held for what nothing can read yet: a locked container is scanned when it is opened', async () => {
    const locked: VolumeFacts = { name: 'sdb1', encryption: 'locked', filesystem: 'crypto_LUKS', sizeBytes: 1 };
    expect(access(medium(locked))).toBe('full');
    const opened: VolumeFacts = { ...plain, name: 'dm-0', encryption: 'encrypted' };
    expect(access(medium({ ...locked, encryption: 'encrypted' }, opened))).toBe('held');
    await untilEnded();
    expect(scanned).toEqual(['dm-0']);
  });

  it('is not looked at when it is refused anyway, is of another class, or no policy asks for it', () => {
    expect(gate.narrow(wishOf({ ...everything, read: 'deny' }), medium(plain), rule).wish.access).toBe('refused');
    expect(access({ ...medium(plain), device: { ...device, class: 'optical' } })).toBe('full');
    expect(gate.narrow(wishOf(everything), medium(plain), undefined).wish.access).toBe('full');
    expect(scanned).toEqual([]);
  });
});

describe.skipIf(noLoopDevices)(`a volume shown to the agent alone (${noLoopDevices ?? 'real'})`, () => {
  it('can be read, cannot be changed or started, and is gone afterwards; not a byte of it differs', async () => {
    using images = imageFolder();
    const image = images.image('disk.img', 16 << 20);
    mkdirSync(join(images.folder, 'content'));
    writeFileSync(join(images.folder, 'content/letter.txt'), 'a letter');
    run('mkfs.ext4', '-q', '-d', join(images.folder, 'content'), image);
    const before = readFileSync(image);
    const { name } = images.attach(image);
    const { open } = scanningOnLinux({ ...linuxRoots, run: images.folder });
    const look = await open({ name, filesystem: 'ext4' });
    if (!look.ok) throw new Error(look.error.says);
    const { folder, close } = look.seen;
    expect(readFileSync(join(folder, 'letter.txt'), 'utf8')).toBe('a letter');
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((one) => one.includes(` ${folder} `));
    expect(line).toMatch(/ ro,nosuid,nodev,noexec/);
    await close();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(` ${folder} `);
    expect(readFileSync(image).equals(before)).toBe(true);
  });
});
