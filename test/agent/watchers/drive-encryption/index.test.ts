import { beforeEach, describe, expect, it } from 'vitest';
import type { DriveFacts } from '#shared/events/drive.ts';
import { driveEncryption } from '../../../../agent/watchers/drive-encryption/index.ts';
import type { Look, Watcher } from '../../../../agent/watchers/watcher.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';

const plain: DriveFacts = { name: 'sda1', use: 'filesystem', mountPoints: ['/'], encryption: 'plain' };
const encrypted: DriveFacts = { ...plain, encryption: 'encrypted', method: 'luks2' };
const noon = '2026-11-21T12:00:00.000Z';

let context: FakeContext;
let look: Look<DriveFacts[]>;
let watcher: Watcher;

beforeEach(async () => {
  context = fakeContext({ time: Date.parse(noon) });
  look = { ok: true, seen: [plain] };
  watcher = driveEncryption({
    look: async () => look,
    listen: async () => ({ stop: async () => undefined }),
    coverage: () => [],
  })(context);
  await watcher.start();
  await watcher.stop();
  context.clock.time += 60_000;
});

describe('the encryption of a drive over time', () => {
  it('is told at first sight', () => {
    expect(context.changes).toEqual([{ kind: 'drive.encryption-changed', data: { drive: plain, since: noon } }]);
  });

  it('is not told again while it stays, whatever else of the drive changes', async () => {
    look = { ok: true, seen: [{ ...plain, mountPoints: ['/', '/home'] }] };
    await watcher.check();
    expect(context.changes).toHaveLength(1);
  });

  it('is told with the state before when it changes', async () => {
    look = { ok: true, seen: [encrypted] };
    await watcher.check();
    const since = '2026-11-21T12:01:00.000Z';
    expect(context.changes[1]?.data).toEqual({ drive: encrypted, previous: 'plain', since });
  });

  it('keeps since when it has been so when another drive changes', async () => {
    look = { ok: true, seen: [plain, { ...encrypted, name: 'sdb1' }] };
    await watcher.check();
    expect(context.memory).toMatchObject([{ since: noon }, { since: '2026-11-21T12:01:00.000Z' }]);
  });

  it('tells swap and file system on one device apart', async () => {
    look = { ok: true, seen: [plain, { ...plain, use: 'swap' }] };
    await watcher.check();
    expect(context.changes[1]?.data).toMatchObject({ drive: { use: 'swap' } });
  });

  it('ends when the drive is gone', async () => {
    look = { ok: true, seen: [] };
    await watcher.check();
    expect(context.changes[1]).toEqual({ kind: 'drive.removed', data: { drive: plain } });
  });

  it('is untouched by a look that failed', async () => {
    look = { ok: false, error: { code: 'EACCES', says: 'no' } };
    await watcher.check();
    expect(context.changes).toHaveLength(1);
    expect(context.memory).toMatchObject([{ drive: plain }]);
  });

  it('takes what it cannot make sense of in its memory for a first sight', async () => {
    context.memory = [{ drive: 'nonsense' }];
    await watcher.check();
    expect(context.changes[1]?.data).not.toHaveProperty('previous');
  });
});
