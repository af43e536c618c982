import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountById, changeAccount, setDisabled, unlockAccount } from '../../../collector/accounts/accounts.ts';
import { type PasswordHasher, passwordHasher } from '../../../collector/accounts/password-hash.ts';
import { createAccount, createFirstAdministrator, setPassword } from '../../../collector/accounts/passwords.ts';
import { findSession, openSession } from '../../../collector/accounts/sessions.ts';
import { checkPassword } from '../../../collector/accounts/sign-in.ts';
import { addAccount, password, type TestStore, testStore } from '../console/site.ts';

let made: TestStore;
beforeEach(async () => {
  made = await testStore();
});
afterEach(() => made[Symbol.asyncDispose]());

const audit = async (action: string) =>
  (await made.context.store.selectFrom('audit').selectAll().execute()).filter((row) => row.action === action);
const attempt = (secret = 'not the password', username = 'pat') =>
  checkPassword(made.context, { username, password: secret });

describe('signing in', () => {
  it('gives the account for the right password, however the name is typed', async () => {
    const id = await addAccount(made.context);
    expect(await attempt(password, ' PAT ')).toMatchObject({ id, username: 'pat', role: 'ict-analyst' });
  });

  it('goes one way for an unknown name, a wrong password and a disabled account: one hash is compared', async () => {
    const compared: string[] = [];
    const real = passwordHasher();
    const counting: PasswordHasher = {
      ...real,
      verify(secret, stored) {
        compared.push(stored);
        return real.verify(secret, stored);
      },
    };
    const context = { ...made.context, hasher: counting };
    await addAccount(made.context);
    await addAccount(made.context, { username: 'gone' });
    await made.context.store.updateTable('accounts').set({ disabled_at: 1 }).where('username', '=', 'gone').execute();
    for (const username of ['nobody', 'pat', 'gone']) {
      const secret = username === 'gone' ? password : 'not the password';
      expect(await checkPassword(context, { username, password: secret })).toBeUndefined();
    }
    expect(compared).toHaveLength(3);
    for (const stored of compared) expect(stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  });

  it('keeps nothing of what was typed as an unknown name', async () => {
    await attempt('x', 'typed-my-password-here');
    const rows = await made.context.store.selectFrom('audit').selectAll().execute();
    expect(rows).toMatchObject([{ seq: 1, action: 'sign-in.failed', object: null }]);
    expect(JSON.stringify(rows)).not.toContain('typed-my-password-here');
  });

  it('Following the incorrect entering of a password (3-5 times) the account is locked: after five it refuses the right one, until an administrator unlocks', async () => {
    const id = await addAccount(made.context);
    for (let wrong = 0; wrong < 5; wrong += 1) await attempt();
    expect(await attempt(password)).toBeUndefined();
    expect(await audit('account.locked')).toMatchObject([{ object: id }]);
    await unlockAccount(made.context, { accountId: id, by: null });
    expect(await attempt(password)).toMatchObject({ id });
    expect(await audit('account.unlocked')).toHaveLength(1);
  });

  it('counts wrong passwords in a row only', async () => {
    await addAccount(made.context);
    for (let round = 0; round < 2; round += 1) {
      for (let wrong = 0; wrong < 4; wrong += 1) await attempt();
      expect(await attempt(password)).toBeDefined();
    }
  });

  it('looks at five guesses and no more, even when they come all at once', async () => {
    await addAccount(made.context);
    const seen: string[] = [];
    const hasher: PasswordHasher = {
      ...made.context.hasher,
      verify: (_secret, stored) => {
        seen.push(stored);
        return Promise.resolve(false);
      },
    };
    const guesses = Array.from({ length: 20 }, () =>
      checkPassword({ ...made.context, hasher }, { username: 'pat', password: 'guess' }),
    );
    await Promise.all(guesses);
    const { password_hash } = await made.context.store.selectFrom('accounts').selectAll().executeTakeFirstOrThrow();
    expect(seen.filter((stored) => stored === password_hash)).toHaveLength(5);
    expect(await audit('account.locked')).toHaveLength(1);
  });

  it('does not count an attempt that was turned away unseen', async () => {
    await addAccount(made.context);
    const busy: PasswordHasher = { ...made.context.hasher, verify: () => Promise.reject(new Error('busy')) };
    for (let tries = 0; tries < 6; tries += 1) {
      await expect(checkPassword({ ...made.context, hasher: busy }, { username: 'pat', password })).rejects.toThrow();
    }
    expect(await attempt(password)).toBeDefined();
  });
});

describe('the first administrator', () => {
  it('is made once, with a strong password that must be changed', async () => {
    const first = await createFirstAdministrator(made.context);
    expect(first?.password).toMatch(/^([A-HJ-NP-Za-km-z2-9]{5}-){3}[A-HJ-NP-Za-km-z2-9]{5}$/);
    expect(await attempt(first?.password, first?.username)).toMatchObject({
      role: 'ict-administrator',
      mustChangePassword: true,
    });
    expect(await createFirstAdministrator(made.context)).toBeNull();
  });
});

describe('an account', () => {
  const fresh = { username: 'sam', displayName: 'Sam', role: 'auditor' as const, password, mustChangePassword: false };

  it('All users are provided with their own ID: an account has a name of its own', async () => {
    await createAccount(made.context, fresh);
    await expect(createAccount(made.context, { ...fresh, username: 'SAM' })).rejects.toMatchObject({
      code: 'usernameTaken',
    });
  });

  it.each(['', 'a', '<script>', 'two words', '-x', 'x'.repeat(65)])('may not be called %j', async (username) => {
    await expect(createAccount(made.context, { ...fresh, username })).rejects.toMatchObject({ code: 'badUsername' });
  });

  it('may not have a weak password, not even from an administrator', async () => {
    await expect(createAccount(made.context, { ...fresh, password: 'short' })).rejects.toMatchObject({
      code: 'weakPassword',
    });
  });

  it('loses all its sessions with its old password', async () => {
    const id = await addAccount(made.context);
    const { cookie } = await openSession(made.context, id);
    const change = { accountId: id, password: 'yellow harbour biscuit', mustChangePassword: true, by: null };
    await setPassword(made.context, change);
    expect(await findSession(made.context, cookie, 'look')).toBeUndefined();
    expect(await attempt(password)).toBeUndefined();
    expect(await attempt('yellow harbour biscuit')).toMatchObject({ mustChangePassword: true });
    expect(await audit('password.reset')).toMatchObject([{ account_id: null, object: id }]);
  });

  it('with a role this version does not know may do nothing', async () => {
    const id = await addAccount(made.context);
    await made.context.store.updateTable('accounts').set({ role: 'emperor' }).execute();
    expect(await accountById(made.context.store, id, made.context.clock.now())).toBeUndefined();
    expect(await attempt(password)).toBeUndefined();
  });
});

describe('a joiner, mover and leaver', () => {
  const day = 24 * 60 * 60 * 1000;
  const details = {
    displayName: 'Pat',
    organisation: null,
    teamId: null,
    personId: null,
    role: 'ict-analyst' as const,
  };

  it.each([
    ['before the first day', { validFrom: day, validTo: null }, false],
    ['on the first day', { validFrom: 0, validTo: null }, true],
    ['before the end', { validFrom: null, validTo: 1 }, true],
    ['from the end on', { validFrom: null, validTo: 0 }, false],
  ])('%s', async (_name, { validFrom, validTo }, works) => {
    const accountId = await addAccount(made.context);
    const now = made.context.clock.now();
    const at = (offset: number | null) => (offset === null ? null : now + offset);
    await changeAccount(
      made.context,
      { accountId, by: null },
      { ...details, validFrom: at(validFrom), validTo: at(validTo) },
    );
    expect((await attempt(password)) !== undefined).toBe(works);
    expect((await accountById(made.context.store, accountId, now)) !== undefined).toBe(works);
  });

  it('who moves has the new role at once, and the trail says which it was', async () => {
    const accountId = await addAccount(made.context);
    await changeAccount(
      made.context,
      { accountId, by: 'x' },
      { ...details, role: 'auditor', validFrom: null, validTo: null },
    );
    expect(await accountById(made.context.store, accountId, made.context.clock.now())).toMatchObject({
      role: 'auditor',
    });
    expect(await audit('account.changed')).toMatchObject([{ account_id: 'x', detail: 'ict-analyst to auditor' }]);
  });

  it('who leaves loses the open sessions', async () => {
    const accountId = await addAccount(made.context);
    const { cookie } = await openSession(made.context, accountId);
    await setDisabled(made.context, { accountId, by: null }, true);
    expect(await findSession(made.context, cookie, 'look')).toBeUndefined();
    await setDisabled(made.context, { accountId, by: null }, false);
    expect(await attempt(password)).toMatchObject({ id: accountId });
  });
});
