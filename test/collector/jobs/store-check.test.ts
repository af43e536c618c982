import { afterEach, beforeEach, expect, it } from 'vitest';
import { storeCheck } from '../../../collector/jobs/store-check.ts';
import type { Survey } from '../../../collector/store/survey.ts';
import { upkeepOf } from '../../../collector/store/upkeep.ts';
import { type TestStore, testStore } from '../console/site.ts';

const hour = 3_600_000;
const well: Survey = { damaged: [], verified: { holds: true, computers: [] } };
let made: TestStore;
beforeEach(async () => {
  made = await testStore();
});
afterEach(() => made[Symbol.asyncDispose]());

it('looks after each start, and then once a day', async () => {
  let looks = 0;
  const survey = async () => {
    looks += 1;
    return well;
  };
  const first = storeCheck({ ...made.context, survey });
  const { clock } = made.context;
  await first.check();
  await first.check();
  expect(looks).toBe(1);
  clock.advance(23 * hour);
  await first.check();
  expect(looks).toBe(1);
  clock.advance(2 * hour);
  await first.check();
  expect(looks).toBe(2);
  const again = storeCheck({ ...made.context, survey });
  await again.check();
  expect(looks).toBe(3);
  clock.advance(-200 * hour);
  await again.check();
  expect(looks).toBe(4);
});

it('does not hold up a stop, and is then not said to be done', async () => {
  const began = Promise.withResolvers<void>();
  const job = storeCheck({
    ...made.context,
    survey: (calledOff) =>
      new Promise((resolve) => {
        calledOff.addEventListener('abort', () => resolve(undefined));
        began.resolve();
      }),
  });
  const looking = job.check();
  await began.promise;
  await job.stop();
  await looking;
  expect((await upkeepOf(made.context.store)).size).toBe(0);
});

it('tells damage that stays once a day, however often the collector is started', async () => {
  const damaged = [{ table: 'events', says: ['Tree 12 page 30: btreeInitPage() returns error code 11'] }];
  const { store, clock } = made.context;
  const start = () => storeCheck({ ...made.context, survey: async () => ({ damaged }) }).check();
  const alerts = () => store.selectFrom('alerts').select('rule_id').execute();
  await start();
  await start();
  expect(await alerts()).toEqual([{ rule_id: 'store-damaged' }]);
  clock.advance(25 * hour);
  await start();
  expect(await alerts()).toHaveLength(2);
});
