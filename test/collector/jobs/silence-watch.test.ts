import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKeyPair } from '#shared/identity.ts';
import { silenceWatch } from '../../../collector/jobs/silence-watch.ts';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { type TestStore, testSigner, testStore } from '../console/site.ts';

const hour = 3_600_000;
let made: TestStore;
let look: () => Promise<void>;
beforeEach(async () => {
  made = await testStore();
  const { store, clock } = made.context;
  const text = profileText('focus', 'Example Care');
  const policy = await publishPolicy(store, testSigner, {
    text,
    reason: 'a test',
    publishedBy: 'test',
    now: clock.now(),
  });
  const job = silenceWatch({ ...made.context, policy: () => policy });
  look = () => job.check();
});
afterEach(() => made[Symbol.asyncDispose]());

async function computers(count: number): Promise<string[]> {
  const { store, clock } = made.context;
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const computer = {
      publicKey: newKeyPair().publicKey,
      hostname: `FOC-${index}`,
      version: '0.1.0',
      now: clock.now(),
    };
    ids.push(await store.transaction().execute((tx) => addComputer(tx, computer)));
  }
  return ids;
}

async function speak(ids: readonly string[]): Promise<void> {
  const { store, clock } = made.context;
  if (ids.length > 0)
    await store.updateTable('computers').set({ last_seen_at: clock.now() }).where('id', 'in', ids).execute();
}

/** Lets time pass with a look now and then, these computers heard and the collector always there. */
async function pass(hours: number, heard: readonly string[]): Promise<void> {
  const { store, clock } = made.context;
  for (let left = hours; left > 0; left -= 5) {
    clock.advance(Math.min(5, left) * hour);
    await speak(heard);
    await store.updateTable('listening').set({ last_at: clock.now() }).execute();
    await look();
  }
}

const alerts = () =>
  made.context.store
    .selectFrom('alerts')
    .select(['rule_id as rule', 'state', 'severity', 'clause', 'count'])
    .orderBy('id')
    .execute();
const lastNote = async () =>
  (await made.context.store.selectFrom('alert_history').selectAll().orderBy('id', 'desc').executeTakeFirst())?.note;

const missed = { rule: 'computer-silent', severity: 'medium', clause: 'focus 3.6', count: 1 };
const allMissed = { rule: 'estate-silent', severity: 'high', clause: 'focus 3.6', count: 1 };

describe('silence of computers', () => {
  it('of one is one alert, which is closed with a note when it is heard again, and another one the next time', async () => {
    const [lost = '', ...others] = await computers(8);
    await speak([lost, ...others]);
    await look();
    await pass(80, others);
    expect(await alerts()).toEqual([{ ...missed, state: 'open' }]);
    await pass(80, others);
    expect(await alerts()).toHaveLength(1);
    await pass(1, [lost, ...others]);
    expect(await alerts()).toEqual([{ ...missed, state: 'closed' }]);
    expect(await lastNote()).toMatch(/heard again, after a silence of \d+ days/);
    await pass(120, others);
    expect(await alerts()).toEqual([
      { ...missed, state: 'closed' },
      { ...missed, state: 'open' },
    ]);
  });

  it('of all is one alert in all, and its end leaves no storm behind', async () => {
    const all = await computers(12);
    await speak(all);
    await look();
    await pass(96, []);
    expect(await alerts()).toEqual([{ ...allMissed, state: 'open' }]);
    const back = all.slice(0, 9);
    await pass(6, back);
    expect(await alerts()).toEqual([{ ...allMissed, state: 'closed' }]);
    expect(await lastNote()).toMatch(/Most computers are heard again/);
    await pass(168, back);
    expect((await alerts()).map(({ rule }) => rule)).toEqual(['estate-silent', ...Array(3).fill('computer-silent')]);
  });

  it('is not laid at their door while the collector was away', async () => {
    const [one = '', ...others] = await computers(8);
    await speak([one, ...others]);
    await look();
    made.context.clock.advance(240 * hour);
    await look();
    expect(await alerts()).toEqual([]);
  });

  it('ends without a word to others when somebody closed the alert before', async () => {
    const [lost = '', ...others] = await computers(8);
    await speak([lost, ...others]);
    await look();
    await pass(80, others);
    await made.context.store.updateTable('alerts').set({ state: 'closed', outcome: 'expected' }).execute();
    await pass(1, [lost, ...others]);
    expect(await made.context.store.selectFrom('alerts').select(['state', 'outcome']).execute()).toEqual([
      { state: 'closed', outcome: 'expected' },
    ]);
    expect(await lastNote()).toMatch(/heard again/);
  });
});
