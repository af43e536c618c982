import { describe, expect, it } from 'vitest';
import { createToken } from '../../../collector/gateway/tokens.ts';
import {
  checkEnrolment,
  goLiveSteps,
  missingSteps,
  recordedSteps,
  recordStep,
} from '../../../collector/transparency/go-live.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.parse('2026-11-30T09:00:00Z');
const good = { reference: 'IG-2026-114', decidedOn: '2026-11-02', decidedBy: 'IG Steering Group', by: 'ict', now };

describe('enrolment outside a trial', () => {
  it('is refused until each step is recorded, and says which are missing', async () => {
    await using made = await testStore();
    const { store } = made;
    await checkEnrolment(store, 10, now);
    await expect(checkEnrolment(store, 11, now)).rejects.toThrow(/at most 10 computers.*staff were told/);
    for (const step of goLiveSteps) await store.transaction().execute((tx) => recordStep(tx, { ...good, step }));
    expect(missingSteps(await recordedSteps(store))).toEqual([]);
    await checkEnrolment(store, 500, now);
  });

  it('counts codes that were made and not used yet', async () => {
    await using made = await testStore();
    const { store } = made;
    await createToken(store, now, { uses: 9 });
    await checkEnrolment(store, 1, now);
    await expect(checkEnrolment(store, 2, now)).rejects.toMatchObject({ code: 'notTold' });
    const later = now + 8 * 24 * 60 * 60 * 1000;
    await checkEnrolment(store, 10, later);
  });

  it.each([
    ['a reference', { reference: ' ' }, /reference/],
    ['who decided', { decidedBy: '' }, /role or body/],
    ['a day', { decidedOn: '31 Feb' }, /day it was decided/],
    ['a day that has been', { decidedOn: '2026-12-24' }, /not later than today/],
  ])('needs %s', async (_, change, words) => {
    await using made = await testStore();
    const step = recordStep.bind(undefined, undefined as never);
    await expect(step({ ...good, ...change, step: 'dpia' })).rejects.toThrow(words);
    expect(await recordedSteps(made.store)).toEqual({});
  });

  it('takes the newest record of a step', async () => {
    await using made = await testStore();
    for (const [index, reference] of ['DPIA-1', 'DPIA-2'].entries())
      await made.store
        .transaction()
        .execute((tx) => recordStep(tx, { ...good, reference, step: 'dpia', now: now + index }));
    expect((await recordedSteps(made.store)).dpia?.reference).toBe('DPIA-2');
  });
});
