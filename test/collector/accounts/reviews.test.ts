import { expect, it } from 'vitest';
import { decideReview, lastReviews, reviewStanding } from '../../../collector/accounts/reviews.ts';
import { addAccount, testStore } from '../console/site.ts';

const day = 86_400_000;

it.each([
  ['a new account', undefined, 0, false, 92],
  ['one made more than a quarter ago', undefined, 92, true, 92],
  ['one decided lately', 90, 100, false, 182],
  ['one decided long ago', 10, 102, true, 102],
])('%s', (_name, decided, today, overdue, due) => {
  const last =
    decided === undefined
      ? undefined
      : { at: decided * day, id: '', account_id: '', reviewer_id: '', decision: 'keep' as const, note: null };
  expect(reviewStanding({ created_at: 0 }, last, today * day)).toMatchObject({ overdue, dueAt: due * day });
});

it('keeps the decision with who, when and why; removing takes the account out of use', async () => {
  await using made = await testStore();
  const { store, clock } = made.context;
  const [accountId, reviewerId] = [
    await addAccount(made.context),
    await addAccount(made.context, { username: 'boss' }),
  ];
  await decideReview(made.context, { accountId, reviewerId, decision: 'keep', note: 'still on the desk' });
  clock.advance(day);
  await decideReview(made.context, { accountId, reviewerId, decision: 'remove', note: '' });
  expect((await lastReviews(store)).get(accountId)).toMatchObject({
    decision: 'remove',
    reviewer_id: reviewerId,
    at: clock.now(),
  });
  const { disabled_at } = await store
    .selectFrom('accounts')
    .select('disabled_at')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  expect(disabled_at).toBe(clock.now());
  await expect(
    decideReview(made.context, { accountId: reviewerId, reviewerId, decision: 'keep', note: '' }),
  ).rejects.toMatchObject({ code: 'ownReview' });
});
