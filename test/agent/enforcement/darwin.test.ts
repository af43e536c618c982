import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deviceKey } from '#shared/device/facts.ts';
import type { Rights } from '#shared/policy/decision.ts';
import { enforceOnDarwin } from '../../../agent/enforcement/darwin.ts';
import type { Enforcement, Ruled } from '../../../agent/enforcement/enforcement.ts';
import { wishOf } from '../../../agent/enforcement/wish.ts';
import { storageReader } from '../../../agent/platform/darwin/storage.ts';
import { readMedia } from '../../../agent/watchers/removable-media/darwin.ts';
import { findMedia } from '../../../agent/watchers/removable-media/devices.darwin.ts';
import { type FakeMac, fakeMac } from '../../fakes/darwin-tools.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { proves } from '../../support/proofs.ts';

const full: Rights = { connect: 'allow', read: 'allow', write: 'allow', execute: 'allow' };
const readOnly: Rights = { ...full, write: 'deny' };
const refused: Rights = { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' };
const proof = { os: 'darwin', by: 'fixtures', capability: 'enforcement' } as const;

let folder: ReturnType<typeof tempFolder>;
let mac: FakeMac;
beforeEach(() => {
  folder = tempFolder();
  mac = fakeMac();
});
afterEach(() => folder[Symbol.dispose]());

function started(): Enforcement {
  const clock = { now: () => 0, monotonic: () => 0 };
  const context = { clock, log: pino({ enabled: false }), ownPaths: ['/Library/Application Support/Portcullis'] };
  return enforceOnDarwin(mac, join(folder.path, 'run', 'enforcement.json'))(context);
}

/** These rights for the product, and everything for the others. */
async function ruled(product: string, rights: Rights): Promise<Ruled[]> {
  const media = await readMedia(
    mac,
    storageReader(mac, () => 0),
  );
  if (!media.ok) throw new Error(media.error.says);
  return findMedia(media.seen.usb, media.seen.storage).map(({ device, volumes }) => {
    const wish = wishOf(device.product === product ? rights : full);
    return { key: deviceKey(device), device, wish, volumes: new Map(volumes.map(({ name }) => [name, wish])) };
  });
}

async function carriedOut(enforcement: Enforcement, product: string, rights: Rights) {
  const all = await ruled(product, rights);
  const results = await enforcement.carryOut(all);
  return results.get(all.find(({ device }) => device.product === product)?.key ?? '');
}

describe('a policy that is enforced on a Mac', () => {
  test('unmounts the volume of a refused stick, and reads that back', async ({ task }) => {
    proves(task, { ...proof, area: 'refused' });
    const enforcement = started();
    await enforcement.setMode('enforce');
    const result = await carriedOut(enforcement, 'Ultra USB 3.0', refused);
    expect(result?.outcome).toMatchObject({ state: 'applied', mechanism: 'volume unmounted (diskutil unmount)' });
    expect(result?.volumes.get('disk4s1')).toMatchObject({ state: 'applied' });
    expect([...mac.unmounted]).toEqual(['disk4s1']);
  });

  test('tells of a failure when macOS refuses to unmount', async ({ task }) => {
    proves(task, { ...proof, area: 'refused' });
    const enforcement = started();
    await enforcement.setMode('enforce');
    mac.says.set('diskutil unmount force disk4s1', null);
    const result = await carriedOut(enforcement, 'Ultra USB 3.0', refused);
    expect(result?.outcome).toMatchObject({ state: 'failed', because: 'Not done: unmount. status-1' });
  });

  test('believes no tool that says it is done when it is not', async () => {
    const enforcement = started();
    await enforcement.setMode('enforce');
    mac.says.set('diskutil unmount force disk4s1', 'Volume BACKUP on disk4s1 force-unmounted');
    expect((await carriedOut(enforcement, 'Ultra USB 3.0', refused))?.outcome.state).toBe('failed');
  });

  test('mounts again what may only be read', async ({ task }) => {
    proves(task, { ...proof, area: 'read-only' });
    const enforcement = started();
    await enforcement.setMode('enforce');
    const result = await carriedOut(enforcement, 'Ultra USB 3.0', readOnly);
    expect(result?.outcome).toMatchObject({
      state: 'applied',
      mechanism: 'volume mounted read-only (diskutil mount readOnly)',
    });
    expect([...mac.readOnly]).toEqual(['disk4s1']);
  });

  test('says that it cannot forbid to start programs, and cannot take a phone away', async ({ task }) => {
    proves(task, { ...proof, area: 'phones and cameras', shows: 'cannot' });
    const enforcement = started();
    await enforcement.setMode('enforce');
    const noExecute = await carriedOut(enforcement, 'Ultra USB 3.0', { ...full, execute: 'deny' });
    const phone = await carriedOut(enforcement, 'iPhone', refused);
    expect([noExecute?.outcome.state, phone?.outcome.state]).toEqual(['unsupported', 'unsupported']);
    expect([...mac.unmounted]).toEqual([]);
  });

  test('notices that somebody mounted it again, says so, and puts it right', async ({ task }) => {
    proves(task, { ...proof, area: 'tampering' });
    const enforcement = started();
    await enforcement.setMode('enforce');
    await carriedOut(enforcement, 'Ultra USB 3.0', refused);
    mac.unmounted.clear();
    const again = await carriedOut(enforcement, 'Ultra USB 3.0', refused);
    expect(again).toMatchObject({ outcome: { state: 'applied' }, undone: 'Taken back by another hand: unmount.' });
    expect([...mac.unmounted]).toEqual(['disk4s1']);
    expect(await carriedOut(enforcement, 'Ultra USB 3.0', refused)).not.toHaveProperty('undone');
  });

  test('lets in again what is allowed later', async () => {
    const enforcement = started();
    await enforcement.setMode('enforce');
    await carriedOut(enforcement, 'Ultra USB 3.0', refused);
    expect((await carriedOut(enforcement, 'Ultra USB 3.0', full))?.outcome.state).toBe('applied');
    expect([...mac.unmounted]).toEqual([]);
  });

  test('leaves alone what was never in use, and what somebody else made read-only', async () => {
    const enforcement = started();
    await enforcement.setMode('enforce');
    await enforcement.carryOut(await ruled('nothing', full));
    expect(mac.asked.filter((words) => /^diskutil (un)?mount/.test(words))).toEqual([]);
  });

  test.for(['a stop on purpose', 'a run after a crash'])('gives back everything: %s', async (how, { task }) => {
    proves(task, { ...proof, area: 'restoring' });
    const first = started();
    await first.setMode('enforce');
    await carriedOut(first, 'Ultra USB 3.0', refused);
    await carriedOut(first, 'Portable SSD T5', readOnly);
    const last = how === 'a stop on purpose' ? first : started();
    expect(await last.release()).toBe(true);
    expect([[...mac.unmounted], [...mac.readOnly]]).toEqual([[], []]);
    expect(await last.release()).toBe(false);
  });

  test('changes nothing when it cannot keep what stood before', async () => {
    const clock = { now: () => 0, monotonic: () => 0 };
    const enforcement = enforceOnDarwin(
      mac,
      '/dev/null/enforcement.json',
    )({ clock, log: pino({ enabled: false }), ownPaths: [] });
    await enforcement.setMode('enforce');
    expect((await carriedOut(enforcement, 'Ultra USB 3.0', refused))?.outcome.state).toBe('failed');
    expect([...mac.unmounted]).toEqual([]);
    expect(enforcement.coverage()[0]?.state).toBe('failed');
  });

  test('scans nothing before use, and says what it cannot do', ({ task }) => {
    proves(task, { ...proof, area: 'scan before use', shows: 'cannot' });
    const states = Object.fromEntries(
      started()
        .coverage()
        .map(({ area, state }) => [area, state]),
    );
    expect(states).toEqual({
      'disks, sticks, discs and memory cards': 'idle',
      'phones and cameras': 'unsupported',
      'other usb devices': 'unsupported',
      'programs on media': 'unsupported',
    });
  });
});
