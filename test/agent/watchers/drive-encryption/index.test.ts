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
  watcher = await started();
  await watcher.stop();
  context.clock.time += 60_000;
});

async function started(): Promise<Watcher> {
  const made = driveEncryption({
    look: async () => look,
    listen: async () => ({ stop: async () => undefined }),
    coverage: () => [],
  })(context);
  await made.start();
  return made;
}

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
    await (await started()).stop();
    expect(context.changes[1]?.data).not.toHaveProperty('previous');
  });
});

describe('an exception for this computer', () => {
  const exception = (from: string, to: string, kind: 'encryption' | 'local-data' = 'encryption') => {
    const approval = { id: 'E-7', kind, computerId: 'C1', from, to, approver: 'H', reference: 'E-7' };
    context.standingTold = { approvals: [approval], codes: [] };
  };
  const [one, two] = ['2026-11-21T12:01:00.000Z', '2026-11-21T12:02:00.000Z'];
  const held = { authorisation: 'approved', approval: 'E-7' };

  it('is told with its number when it begins, and its end is told by itself', async () => {
    exception(one, two);
    await watcher.check();
    await watcher.check();
    context.clock.time += 60_000;
    await watcher.check();
    expect(context.changes.map(({ data }) => data)).toEqual([
      { drive: plain, since: noon },
      { drive: plain, previous: 'plain', since: noon, ...held },
      { drive: plain, previous: 'plain', since: noon },
    ]);
  });

  it('goes with a drive that comes while it holds, and not with an encrypted one', async () => {
    exception(one, two);
    look = {
      ok: true,
      seen: [
        { ...plain, name: 'sdb1' },
        { ...encrypted, name: 'sdc1' },
      ],
    };
    await watcher.check();
    const told = context.changes.flatMap(({ kind, data }) => (kind === 'drive.encryption-changed' ? [data] : []));
    expect(told.slice(1)).toMatchObject([{ drive: { name: 'sdb1' }, ...held }, { drive: { name: 'sdc1' } }]);
    expect(told[2]).not.toHaveProperty('approval');
  });

  it.each([
    ['not begun', two, '2026-11-22T00:00:00.000Z', 'encryption'],
    ['over', noon, one, 'encryption'],
    ['of another kind', one, two, 'local-data'],
  ] as const)('counts for nothing when it is %s', async (_, from, to, kind) => {
    exception(from, to, kind);
    await watcher.check();
    expect(context.changes).toHaveLength(1);
  });
});
