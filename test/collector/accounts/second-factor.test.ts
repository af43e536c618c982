import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountById } from '../../../collector/accounts/accounts.ts';
import {
  checkSecondFactor,
  confirmSecondFactor,
  isFactorReadable,
  makeRecoveryCodes,
  offerSecondFactor,
  recoveryCodesLeft,
  removeSecondFactor,
  sealSecondFactors,
} from '../../../collector/accounts/second-factor.ts';
import { openSecretBox, secretBox } from '../../../collector/accounts/secret-box.ts';
import { checkPassword } from '../../../collector/accounts/sign-in.ts';
import { addAccount, password, type TestStore, testStore } from '../console/site.ts';

let made: TestStore;
let id: string;
beforeEach(async () => {
  made = await testStore();
  id = await addAccount(made.context);
});
afterEach(() => made[Symbol.asyncDispose]());

const codeAt = (secret: string, at: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at });

/** As a phone does it. */
async function setUp() {
  const { clock } = made.context;
  const { secret, address } = await offerSecondFactor(made.context, { id, username: 'pat' }, 'Example Care');
  const codes = await confirmSecondFactor(made.context, id, codeAt(secret, clock.now()));
  if (!codes) throw new Error('the code was right');
  clock.advance(30_000);
  return { secret, address, codes, now: () => codeAt(secret, clock.now()) };
}
const check = (code: string) => checkSecondFactor(made.context, id, code);

describe('a second factor', () => {
  it('is asked for only after a code has proved that the phone has it', async () => {
    const { store, clock } = made.context;
    const offer = await offerSecondFactor(made.context, { id, username: 'pat' }, 'Example Care');
    expect(await confirmSecondFactor(made.context, id, '000000')).toBeUndefined();
    expect(await accountById(store, id, clock.now())).toMatchObject({ secondFactor: false });
    expect(await offerSecondFactor(made.context, { id, username: 'pat' }, 'Example Care')).toEqual(offer);
    expect(await confirmSecondFactor(made.context, id, codeAt(offer.secret, clock.now()))).toHaveLength(10);
    expect(await accountById(store, id, clock.now())).toMatchObject({ secondFactor: true });
    await expect(offerSecondFactor(made.context, { id, username: 'pat' }, 'x')).rejects.toMatchObject({
      code: 'hasSecondFactor',
    });
  });

  it('tells an authenticator what RFC 6238 and its apps expect', async () => {
    const { address, secret } = await setUp();
    expect(address).toMatch(/^otpauth:\/\/totp\/Portcullis%20Example%20Care:pat\?/);
    expect(new URL(address).searchParams.get('secret')).toBe(secret);
    expect(Secret.fromBase32(secret).bytes).toHaveLength(20);
  });

  it('takes the code of now and of half a minute either way', async () => {
    const { secret } = await setUp();
    const { clock } = made.context;
    clock.advance(60_000);
    expect(await check(codeAt(secret, clock.now() - 60_000))).toBe(false);
    expect(await check(codeAt(secret, clock.now() - 30_000))).toBe(true);
    expect(await check(codeAt(secret, clock.now()))).toBe(true);
    expect(await check(codeAt(secret, clock.now() + 30_000))).toBe(true);
    expect(await check(codeAt(secret, clock.now() + 60_000))).toBe(false);
  });

  it('takes each code once, also when it comes twice at the same moment', async () => {
    const { now } = await setUp();
    const code = now();
    expect((await Promise.all([check(code), check(code)])).sort()).toEqual([false, true]);
  });

  it.each(['', 'abc', '12345', '1234567', '１２３４５６', "' or 1=1"])('refuses %j', async (code) => {
    await setUp();
    expect(await check(code)).toBe(false);
  });

  it('locks the account after five wrong codes, and a right password in between helps nobody', async () => {
    const { now } = await setUp();
    for (let wrong = 0; wrong < 4; wrong += 1) {
      expect(await checkPassword(made.context, { username: 'pat', password })).toMatchObject({ secondFactor: true });
      expect(await check('000000')).toBe(false);
    }
    expect(await check('000000')).toBe(false);
    expect(await check(now())).toBe(false);
    expect(await checkPassword(made.context, { username: 'pat', password })).toBeUndefined();
  });
});

describe('recovery codes', () => {
  it('let in once each, however they are typed', async () => {
    const { codes } = await setUp();
    const [first = '', second = ''] = codes;
    expect(await check(first)).toBe(true);
    expect(await check(first)).toBe(false);
    expect(await check(second.toUpperCase().replaceAll('-', ' '))).toBe(true);
    expect(await recoveryCodesLeft(made.context.store, id)).toBe(8);
  });

  it('are kept as hashes only', async () => {
    const { codes } = await setUp();
    const kept = JSON.stringify(await made.context.store.selectFrom('recovery_codes').selectAll().execute());
    for (const code of codes) expect(kept).not.toContain(code);
  });

  it('are void when new ones are made, or the second factor is taken away', async () => {
    const { codes } = await setUp();
    const [fresh = ''] = await makeRecoveryCodes(made.context, id);
    expect(await check(codes[0] ?? '')).toBe(false);
    expect(await check(fresh)).toBe(true);
    await removeSecondFactor(made.context, { accountId: id, by: null });
    expect(await recoveryCodesLeft(made.context.store, id)).toBe(0);
    expect(await checkPassword(made.context, { username: 'pat', password })).toMatchObject({ secondFactor: false });
  });
});

describe('in the store', () => {
  const bytes = () => ['', '-wal'].map((end) => readFileSync(made.context.storeFile + end, 'latin1')).join('');

  it('a secret lies sealed, also in the log of the database', async () => {
    const { secret } = await setUp();
    expect(bytes()).not.toContain(secret);
  });

  it('one that was kept as it is by an earlier version is sealed once, leaves no copy, and goes on working', async () => {
    const { secret, now } = await setUp();
    const { store, secrets } = made.context;
    await store.updateTable('second_factors').set({ secret }).execute();
    expect(bytes()).toContain(secret);
    expect(await sealSecondFactors(store, secrets)).toBe(0);
    expect(bytes()).not.toContain(secret);
    const sealed = () => store.selectFrom('second_factors').select('secret').executeTakeFirstOrThrow();
    const once = await sealed();
    expect(await sealSecondFactors(store, secrets)).toBe(0);
    expect(await sealed()).toEqual(once);
    expect(await check(now())).toBe(true);
  });

  it('opens for its own account only', async () => {
    const { now } = await setUp();
    const other = await addAccount(made.context, { username: 'sam' });
    await made.context.store.updateTable('second_factors').set({ account_id: other }).execute();
    expect(await checkSecondFactor(made.context, other, now())).toBe(false);
  });

  it('is worth nothing without its key: only a recovery code is left, until it is removed and set up anew', async () => {
    const { codes, now } = await setUp();
    made.context.secrets = secretBox(randomBytes(32));
    const { store, secrets } = made.context;
    expect(await sealSecondFactors(store, secrets)).toBe(1);
    expect(await isFactorReadable(made.context, id)).toBe(false);
    expect(await check(now())).toBe(false);
    expect(await check(codes[0] ?? '')).toBe(true);
    await removeSecondFactor(made.context, { accountId: id, by: null });
    expect(await isFactorReadable(made.context, id)).toBe(true);
    const anew = await setUp();
    expect(await check(anew.now())).toBe(true);
  });

  it('has its key in a file of the owner, made once', async () => {
    const file = join(made.context.storeFile, '..', 'second-factor-key');
    const sealed = openSecretBox(file).seal('a secret', 'A');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openSecretBox(file).open(sealed, 'A')).toBe('a secret');
    expect(openSecretBox(file).open(sealed, 'B')).toBeUndefined();
  });
});
