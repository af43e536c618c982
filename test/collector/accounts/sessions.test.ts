import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  endSession,
  findSession,
  isFormToken,
  openSession,
  sessionLimits,
} from '../../../collector/accounts/sessions.ts';
import { addAccount, type TestStore, testStore } from '../console/site.ts';

const minute = 60_000;
let made: TestStore;
let account: string;
beforeEach(async () => {
  made = await testStore();
  account = await addAccount(made.context);
});
afterEach(() => made[Symbol.asyncDispose]());

const open = () => openSession(made.context, account);
const find = (cookie: string, use: 'touch' | 'look' = 'touch') => findSession(made.context, cookie, use);

describe('a session', () => {
  it('is found by its cookie, of which the store has only the hash', async () => {
    const { cookie, session } = await open();
    expect(Buffer.from(cookie, 'base64url')).toHaveLength(32);
    expect(await find(cookie)).toEqual(session);
    const rows = JSON.stringify(await made.context.store.selectFrom('sessions').selectAll().execute());
    expect(rows).not.toContain(cookie);
    expect(await find(session.id)).toBeUndefined();
    expect(await find('')).toBeUndefined();
  });

  it('ends after 30 minutes without use', async () => {
    const { cookie } = await open();
    made.context.clock.advance(29 * minute);
    expect(await find(cookie)).toBeDefined();
    made.context.clock.advance(29 * minute);
    expect(await find(cookie)).toBeDefined();
    made.context.clock.advance(30 * minute);
    expect(await find(cookie)).toBeUndefined();
    expect(await made.context.store.selectFrom('sessions').selectAll().execute()).toEqual([]);
  });

  it('is not kept alive by what a page does by itself', async () => {
    const { cookie } = await open();
    for (let look = 0; look < 29; look += 1) {
      made.context.clock.advance(minute);
      expect(await find(cookie, 'look')).toBeDefined();
    }
    made.context.clock.advance(minute);
    expect(await find(cookie, 'look')).toBeUndefined();
  });

  it('ends after 12 hours however much it is used', async () => {
    const { cookie } = await open();
    for (let used = 0; used < sessionLimits.absolute / (20 * minute) - 1; used += 1) {
      made.context.clock.advance(20 * minute);
      expect(await find(cookie)).toBeDefined();
    }
    made.context.clock.advance(20 * minute);
    expect(await find(cookie)).toBeUndefined();
  });

  it('ends when the clock is set back, and not when it is corrected by seconds', async () => {
    const { cookie } = await open();
    made.context.clock.advance(-5000);
    expect(await find(cookie)).toBeDefined();
    made.context.clock.advance(-60 * minute);
    expect(await find(cookie)).toBeUndefined();
  });

  it('can be revoked, and others stay', async () => {
    const [one, two] = [await open(), await open()];
    await endSession(made.context.store, one.session.id);
    expect(await find(one.cookie)).toBeUndefined();
    expect(await find(two.cookie)).toBeDefined();
  });

  it('knows its own form token only', async () => {
    const [one, two] = [await open(), await open()];
    expect(isFormToken(one.session, one.session.formToken)).toBe(true);
    for (const wrong of [two.session.formToken, '', undefined, [one.session.formToken]]) {
      expect(isFormToken(one.session, wrong)).toBe(false);
    }
  });

  it('leaves nothing behind once it is over: the next sign-in clears it away', async () => {
    await open();
    made.context.clock.advance(sessionLimits.absolute);
    await open();
    expect(await made.context.store.selectFrom('sessions').selectAll().execute()).toHaveLength(1);
  });
});
