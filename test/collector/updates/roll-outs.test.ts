import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKeyPair } from '#shared/identity.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { isMeant } from '../../../collector/updates/choice.ts';
import { releaseOffers } from '../../../collector/updates/offers.ts';
import { addRelease } from '../../../collector/updates/releases.ts';
import { noteUpdates, updatesIn } from '../../../collector/updates/roll-out-computers.ts';
import {
  isNews,
  listRollOuts,
  startRollOut,
  stepRollOut,
  usualPlan,
  widenRollOut,
} from '../../../collector/updates/roll-outs.ts';
import { bundleOf } from '../../fakes/agent-bundle.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { type TestStore, testSigner, testStore } from '../console/site.ts';

describe('the choice of computers', () => {
  const plan = fc.record({
    id: fc.uuid(),
    groups: fc.constant([] as string[]),
    percent: fc.integer({ min: 1, max: 100 }),
  });
  const computer = fc.record({ id: fc.uuid(), groups: fc.subarray(['one', 'two', 'three']) });

  it('is the same at every asking, and only grows with the share', () => {
    fc.assert(
      fc.property(plan, computer, fc.integer({ min: 0, max: 99 }), (one, asked, more) => {
        const wider = { ...one, percent: Math.min(100, one.percent + more) };
        expect(isMeant(one, asked)).toBe(isMeant(one, asked));
        if (isMeant(one, asked)) expect(isMeant(wider, asked)).toBe(true);
        expect(isMeant({ ...one, percent: 100 }, asked)).toBe(true);
      }),
    );
  });

  it('is of computers of the groups alone', () => {
    fc.assert(
      fc.property(computer, fc.subarray(['one', 'two', 'three'], { minLength: 1 }), (asked, groups) => {
        const shared = groups.some((group) => asked.groups.includes(group));
        expect(isMeant({ id: 'x', groups, percent: 100 }, asked)).toBe(shared);
      }),
    );
  });

  it('takes about the share it is told', () => {
    const ids = Array.from({ length: 3000 }, (_, index) => ({ id: `computer-${index}`, groups: [] }));
    const taken = ids.filter((one) => isMeant({ id: 'roll-out', groups: [], percent: 20 }, one)).length;
    expect(taken).toBeGreaterThan(500);
    expect(taken).toBeLessThan(700);
  });
});

it.each([
  ['0.2.0', false, '0.1.0', true],
  ['0.2.0', false, '0.2.0', false],
  ['0.1.0', false, '0.2.0', false],
  ['0.1.0', true, '0.2.0', true],
  ['0.1.0', true, '0.1.0', false],
])('a release %s (way back: %s) is news for %s: %s', (version, rollBack, runs, news) => {
  expect(isNews({ version, rollBack }, runs)).toBe(news);
});

let made: TestStore;
let work: ReturnType<typeof tempFolder>;
beforeEach(async () => {
  made = await testStore();
  work = tempFolder();
});
afterEach(async () => {
  await made[Symbol.asyncDispose]();
  work[Symbol.dispose]();
});

async function rolledOut(computers: number, plan: Partial<typeof usualPlan>) {
  const { store, clock } = made.context;
  const doer = { by: 'Pat', accountId: null, now: clock.now() };
  const parts = { store, home: work.path, organisation: 'Example Care', signer: testSigner };
  const file = await bundleOf(work.path, '0.2.0');
  const release = await addRelease(parts, { file, notes: '', rollBack: false, reportWithin: 60, ...doer });
  const id = await startRollOut(store, release, { ...usualPlan, ...plan }, doer);
  const offers = releaseOffers(store, clock, work.path);
  const asked = { platform: 'linux', arch: 'x64', version: '0.1.0', launcher: 'yes' } as const;
  const ids: string[] = [];
  for (let index = 0; index < computers; index += 1) {
    const one = { publicKey: newKeyPair().publicKey, hostname: `FOC-${index}`, version: '0.1.0', now: clock.now() };
    ids.push(await store.transaction().execute((tx) => addComputer(tx, one)));
  }
  const told = (no: number, state: 'failed' | 'updated') =>
    store.transaction().execute((tx) =>
      noteUpdates(tx, no, {
        told: [{ version: '0.2.0', state, reason: state === 'failed' ? 'crashed' : null }],
        monitoringClause: 'focus 3.6',
        policyVersion: 1,
        now: clock.now(),
      }),
    );
  return {
    id,
    doer,
    release,
    parts,
    file,
    ids,
    told,
    ask: (one: string) => offers.offerFor(one, asked),
    now: async () => (await listRollOuts(store))[0],
  };
}

describe('a roll-out', () => {
  it('pauses with one alert when more have failed than it bears, and nobody is offered it after', async () => {
    const { ids, told, ask, now } = await rolledOut(5, { mostFailures: 1 });
    for (const id of ids.slice(0, 4)) await ask(id);
    expect(await told(1, 'failed')).toEqual([]);
    expect(await now()).toMatchObject({ state: 'running' });
    expect(await told(2, 'failed')).toHaveLength(1);
    expect(await told(3, 'failed')).toEqual([]);
    expect(await now()).toMatchObject({ state: 'paused', counts: { failed: 3, offered: 1 } });
    expect(await ask(ids[4] ?? '')).toEqual({ offer: null, rollOut: null });
    const alerts = await made.context.store.selectFrom('alerts').select(['rule_id', 'severity', 'clause']).execute();
    expect(alerts).toEqual([{ rule_id: 'roll-out-paused', severity: 'high', clause: 'focus 3.6' }]);
  });

  it('that is resumed bears as many again', async () => {
    const { id, doer, ids, told, ask, now } = await rolledOut(4, { mostFailures: 1 });
    for (const one of ids) await ask(one);
    for (const no of [1, 2]) await told(no, 'failed');
    await stepRollOut(made.context.store, id, 'resume', doer);
    await told(3, 'failed');
    expect(await now()).toMatchObject({ state: 'running' });
    await told(4, 'failed');
    expect(await now()).toMatchObject({ state: 'paused' });
  });

  it('hears no computer of what it was not offered', async () => {
    const { told, now } = await rolledOut(2, { mostFailures: 0 });
    expect(await told(1, 'failed')).toEqual([]);
    expect(await now()).toMatchObject({ state: 'running', counts: { failed: 0 } });
  });

  it('takes the place of the one before it, and cannot be stepped where it does not stand', async () => {
    const { id, doer, release } = await rolledOut(1, {});
    const { store } = made.context;
    const next = await startRollOut(store, release, usualPlan, doer);
    expect((await listRollOuts(store)).map((one) => [one.id, one.state])).toEqual(
      expect.arrayContaining([
        [id, 'stopped'],
        [next, 'running'],
      ]),
    );
    await expect(stepRollOut(store, id, 'resume', doer)).rejects.toThrow(/stopped already/);
    await expect(widenRollOut(store, id, 50, doer)).rejects.toThrow(/Start another/);
    await expect(widenRollOut(store, next, 0, doer)).rejects.toThrow(/from 1 to 100/);
  });

  it('is not made of a file that is no bundle, nor of the same file twice', async () => {
    const { parts, doer, file } = await rolledOut(1, {});
    const given = { notes: '', rollBack: false, reportWithin: 60, ...doer };
    await expect(addRelease(parts, { ...given, file })).rejects.toThrow(/the release 0.2.0 already/);
    const other = new URL('../../../package.json', import.meta.url).pathname;
    await expect(addRelease(parts, { ...given, file: other })).rejects.toThrow(/no bundle of the agent/);
    await expect(addRelease(parts, { ...given, file: `${file}.gone` })).rejects.toThrow(/There is no file/);
  });
});

it('reads of updates from events, and of nothing else', () => {
  const stamp = { seq: 1, at: '2026-11-30T09:00:00.000Z', bootId: 'one', uptimeMs: 1 };
  expect(
    updatesIn([
      { ...stamp, kind: 'agent.updated', data: { from: '0.1.0', to: '0.2.0', sha256: 'a'.repeat(64) } },
      { ...stamp, kind: 'agent.update-failed', data: { version: '0.3.0', reason: 'silent', because: 'It was.' } },
      { ...stamp, kind: 'agent.stopped', data: { because: 'SIGTERM' } },
    ]),
  ).toEqual([
    { version: '0.2.0', state: 'updated', reason: null },
    { version: '0.3.0', state: 'failed', reason: 'silent' },
  ]);
});
