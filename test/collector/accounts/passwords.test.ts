import { afterEach, beforeEach, expect, it } from 'vitest';
import { accountById } from '../../../collector/accounts/accounts.ts';
import { passwordProfile } from '../../../collector/accounts/password-profiles.ts';
import { passwordEnd, reportPassword, resetPassword, setPassword } from '../../../collector/accounts/passwords.ts';
import { checkPassword } from '../../../collector/accounts/sign-in.ts';
import { addAccount, type TestStore, testStore } from '../console/site.ts';

let made: TestStore;
let context: TestStore['context'];
let id: string;
const list = ['Tq7!rZ4%wP', 'Vk29!!mdRQ', 'Xp$7mQ2&vLt9', '7Gk!wq-RZ-4x', 'Bw!83nn%KD', 'Jm$$62qqTVx'];

beforeEach(async () => {
  made = await testStore();
  id = await addAccount(made.context);
  context = { ...made.context, passwords: passwordProfile('ccg-appendix-a', 'Example Care') };
});
afterEach(() => made[Symbol.asyncDispose]());

const change = (password: string) => {
  context.clock.advance(1000);
  return setPassword(context, { accountId: id, password, mustChangePassword: false, by: id });
};

it('Previously used passwords should not be re-used for 4 changes: none of the last four may come back, the fifth may', async () => {
  for (const password of list.slice(0, 5)) await change(password);
  for (const password of list.slice(1, 5)) {
    await expect(change(password)).rejects.toMatchObject({
      code: 'weakPassword',
      message: expect.stringMatching(/last 4/),
    });
  }
  await change(list[0] ?? '');
});

it('Passwords should be changed as a minimum every 90 days: counted from the last change, under Appendix A only', async () => {
  await change(list[0] ?? '');
  const account = await accountById(context.store, id, context.clock.now());
  if (!account) throw new Error('there is an account');
  expect(passwordEnd(account, context.passwords)).toBe(context.clock.now() + 90 * 86_400_000);
  expect(passwordEnd(account, made.context.passwords)).toBeNull();
});

it('All new or reset passwords must be changed immediately upon 1st log on, and so one that was reported', async () => {
  const password = await resetPassword(context, { accountId: id, by: 'somebody' });
  expect(await checkPassword(context, { username: 'pat', password })).toMatchObject({ mustChangePassword: true });
  await change(list[0] ?? '');
  expect(await accountById(context.store, id, context.clock.now())).toMatchObject({ mustChangePassword: false });
  await reportPassword(context, id);
  expect(await accountById(context.store, id, context.clock.now())).toMatchObject({ mustChangePassword: true });
});

it('of an account of single sign-on is not kept here', async () => {
  await context.store.updateTable('accounts').set({ external_subject: 'x', password_hash: '' }).execute();
  await expect(change(list[0] ?? '')).rejects.toMatchObject({ code: 'noPassword' });
  expect(await checkPassword(context, { username: 'pat', password: '' })).toBeUndefined();
});
