import { describe, expect, it } from 'vitest';
import { eventKinds } from '#shared/events/kinds.ts';
import type { Software } from '#shared/events/software.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Approval, TitleStanding } from '#shared/policy/standing.ts';
import { checker } from '#shared/schema.ts';
import { software } from '../../../../agent/watchers/software/index.ts';
import type { Snapshot } from '../../../../agent/watchers/software/snapshot.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';

const title = (name: string, version = '1'): Software => ({ source: 'dpkg', name, version });
const start = Date.UTC(2026, 10, 30, 9);
const hour = 60 * 60_000;
const iso = (time: number) => new Date(time).toISOString();
type Named = Omit<TitleStanding, 'source' | 'name'>;

/** A computer with `old` in its build, on which `new` was installed since; policy and standing are known and empty. */
async function computer({ list = ['listed'], build = [title('old')] } = {}) {
  const context = fakeContext({ time: start });
  let seen: Snapshot = { dpkg: build };
  const inventory = {
    look: () => Promise.resolve({ ok: true as const, seen }),
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: () => [],
    forget: () => undefined,
  };
  const begin = (of: FakeContext) => software(inventory, of);
  let watcher = begin(context);
  const made = {
    context,
    list: (names: string[]) => {
      const approved = names.map((name) => ({ source: 'dpkg', name }));
      context.policyInForce = { software: { approved, intervalMinutes: 60 } } as unknown as Policy;
    },
    told: (titles: Record<string, Named>, approvals: Approval[] = []) => {
      const decided = Object.entries(titles).map(([name, more]) => ({ source: 'dpkg' as const, name, ...more }));
      context.standingTold = { approvals, codes: [], software: decided };
    },
    /** @returns what was told since, in few words */
    async look(installed?: Software[]) {
      const before = context.changes.length;
      seen = installed ? { dpkg: installed } : {};
      await watcher.check();
      return context.changes.slice(before).map(({ kind, data }) => {
        const { software: of, approval, because } = data as { software: Software; approval?: string; because?: string };
        return [kind, of.name, approval, because].filter(Boolean).join(' ');
      });
    },
    /** What it remembered comes back from the disk. */
    startAgain: () => {
      watcher = begin(context);
    },
  };
  made.list(list);
  made.told({});
  await watcher.check();
  return made;
}

const request = (to: number, name = 'new'): Approval => ({
  ...{ id: 'R-1', kind: 'software', title: name, from: iso(start - hour), to: iso(to) },
  ...{ approver: 'H', reference: 'R' },
});

describe('what is installed', () => {
  it('is told as disallowed once, be it of the build or installed since', async () => {
    const made = await computer();
    await made.look([title('old'), title('new')]);
    made.told({ old: { standing: 'disallowed' }, new: { standing: 'disallowed' } });
    expect(await made.look()).toEqual([
      'software.decided old unapproved disallowed',
      'software.decided new unapproved disallowed',
    ]);
    expect(await made.look()).toEqual([]);
    made.startAgain();
    expect(await made.look()).toEqual([]);
  });

  it('is told again when it was let be meanwhile', async () => {
    const made = await computer();
    made.told({ old: { standing: 'disallowed' } });
    await made.look();
    made.told({});
    expect(await made.look()).toEqual([]);
    made.startAgain();
    made.told({ old: { standing: 'disallowed' } });
    expect(await made.look()).toEqual(['software.decided old unapproved disallowed']);
    made.told({ old: { standing: 'approved' } });
    expect(await made.look()).toEqual(['software.decided old approved register']);
  });

  it('is told when the time for which it was tolerated is over', async () => {
    const made = await computer();
    made.told({ old: { standing: 'tolerated', until: iso(start + hour) } });
    expect(await made.look()).toEqual([]);
    made.context.clock.time += hour;
    expect(await made.look()).toEqual(['software.decided old unapproved tolerance-over']);
  });

  it('is told when its maker looks after it no more', async () => {
    const made = await computer();
    made.told({ old: { unsupportedSince: iso(start + hour) } });
    expect(await made.look()).toEqual([]);
    made.context.clock.time += hour;
    expect(await made.look()).toEqual(['software.decided old unapproved unsupported']);
  });

  it('is told when the request that covered it runs out', async () => {
    const made = await computer();
    made.told({}, [request(start + hour), request(start + hour, 'old')]);
    expect(await made.look([title('old'), title('new')])).toEqual([
      'software.installed new approved request',
      'software.decided old approved request',
    ]);
    made.context.clock.time += hour;
    expect(await made.look()).toEqual(['software.decided old unapproved list', 'software.decided new unapproved list']);
  });

  it('is told when a policy has it on its list no more, unless it is part of the build', async () => {
    const made = await computer({ list: ['*'] });
    await made.look([title('old'), title('new')]);
    made.list([]);
    expect(await made.look()).toEqual(['software.decided new unapproved list']);
  });

  it('is not told beside its own installation', async () => {
    const made = await computer();
    made.told({ new: { standing: 'disallowed' } });
    expect(await made.look([title('old'), title('new')])).toEqual(['software.installed new unapproved disallowed']);
    expect(await made.look()).toEqual([]);
  });

  it('is one title in however many versions', async () => {
    const made = await computer({ build: [title('old', '1'), title('old', '2')] });
    made.told({ old: { standing: 'disallowed' } });
    expect(await made.look()).toEqual(['software.decided old unapproved disallowed']);
  });

  it('that goes and comes back is an installation, judged as such', async () => {
    const made = await computer();
    made.told({ old: { standing: 'disallowed' } });
    await made.look();
    expect(await made.look([])).toEqual(['software.removed old']);
    expect(await made.look([title('old')])).toEqual(['software.installed old unapproved disallowed']);
  });
});

it('a computer that comes new with a disallowed title says so at its first look', async () => {
  const made = await computer();
  made.told({ old: { standing: 'disallowed' } });
  made.context.memory = undefined;
  made.startAgain();
  expect(await made.look([title('old')])).toEqual(['software.listed', 'software.decided old unapproved disallowed']);
});

it('nothing turns while the standing or the policy is not known', async () => {
  const made = await computer();
  made.told({ old: { standing: 'disallowed' } });
  await made.look();
  const { standingTold, policyInForce } = made.context;
  made.context.standingTold = null;
  expect(await made.look()).toEqual([]);
  made.context.standingTold = { approvals: [], codes: [] };
  expect(await made.look()).toEqual([]);
  made.context.standingTold = standingTold;
  made.context.policyInForce = null;
  expect(await made.look()).toEqual([]);
  made.context.policyInForce = policyInForce;
  expect(await made.look()).toEqual([]);
});

it('what the disk did not take is told at the next look', async () => {
  const made = await computer();
  made.told({ old: { standing: 'disallowed' } });
  const { record } = made.context;
  made.context.record = () => {
    throw new Error('The disk is full.');
  };
  made.startAgain();
  await expect(made.look()).rejects.toThrow('The disk is full.');
  made.context.record = record;
  made.startAgain();
  expect(await made.look()).toEqual(['software.decided old unapproved disallowed']);
});

it('what is told fits its schema', async () => {
  const made = await computer();
  made.told({}, [request(start + hour, 'old')]);
  await made.look();
  const decided = made.context.changes.filter(({ kind }) => kind === 'software.decided');
  expect(decided).toHaveLength(1);
  const { check } = checker(eventKinds['software.decided'].data);
  for (const { data } of decided) expect(check(data)).toBe(true);
});
