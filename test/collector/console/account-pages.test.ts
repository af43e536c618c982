import type { FastifyInstance } from 'fastify';
import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealBreakGlass } from '../../../collector/accounts/break-glass.ts';
import { passwordProfile } from '../../../collector/accounts/password-profiles.ts';
import type { Role } from '../../../collector/accounts/roles.ts';
import { openSession } from '../../../collector/accounts/sessions.ts';
import {
  addAccount,
  form,
  fromHere,
  password,
  signInAs,
  type TestStore,
  testConsole,
  testStore,
  type Visitor,
} from './site.ts';

let made: TestStore;
let app: FastifyInstance;
beforeEach(async () => {
  made = await testStore();
  app = await open({});
});
afterEach(async () => {
  await app.close();
  await made[Symbol.asyncDispose]();
});

/** Without the demand for a second factor, which has its own test. */
function open(more: object) {
  return testConsole({ ...made.context, passwords: { ...made.context.passwords, secondFactorFor: [] }, ...more });
}

/** A visitor without the sign-in form: no hash is worked out. */
async function as(
  role: Role,
  username: string = role,
  fields: { organisation?: string } = {},
): Promise<Visitor & { id: string }> {
  const id = await addAccount(made.context, { username, role });
  if (fields.organisation) await made.context.store.updateTable('accounts').set(fields).where('id', '=', id).execute();
  const { cookie: value, session } = await openSession(made.context, id);
  const cookie = `__Host-portcullis=${value}`;
  return {
    id,
    cookie,
    get: (url) => app.inject({ url, headers: { cookie } }),
    post: (url, given) =>
      app.inject({
        method: 'POST',
        url,
        headers: { ...fromHere, cookie },
        payload: form({ formToken: session.formToken, ...given }),
      }),
  };
}
const row = (id: string) =>
  made.context.store.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const audit = async (action: string) =>
  (await made.context.store.selectFrom('audit').selectAll().execute()).filter((entry) => entry.action === action);
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: made.context.clock.now() });

describe('the second factor', () => {
  it('is demanded of an administrator under Cyber Essentials before anything else, and then asked for at each sign-in', async () => {
    await app.close();
    app = await testConsole(made.context);
    await addAccount(made.context, { username: 'boss', role: 'ict-administrator' });
    const visitor = await signInAs(app, 'boss');
    expect((await visitor.get('/accounts')).headers.location).toBe('/account/second-factor');
    const { body } = await visitor.get('/account/second-factor');
    expect(body).toMatch(/<svg[\s\S]*<\/svg>/);
    const secret = /<code class="app-key">([A-Z2-7 ]+)</.exec(body)?.[1]?.replaceAll(' ', '') ?? '';
    const formToken = /name="formToken" value="([^"]+)"/.exec(body)?.[1] ?? '';
    const confirm = (code: string) =>
      app.inject({
        method: 'POST',
        url: '/account/second-factor',
        headers: { ...fromHere, cookie: visitor.cookie },
        payload: form({ formToken, code }),
      });
    expect((await confirm('000000')).statusCode).toBe(422);
    const confirmed = await confirm(codeOf(secret));
    const [recovery = ''] = /[a-z2-9]{4}(-[a-z2-9]{4}){3}/.exec(confirmed.body) ?? [];
    expect(recovery).not.toBe('');
    expect((await visitor.get('/accounts')).statusCode).toBe(200);

    const half = await signInAs(app, 'boss');
    for (const url of ['/accounts', '/', '/account', '/session']) {
      expect((await half.get(url)).headers.location).toMatch(/^\/sign-in/);
    }
    const asked = await half.get('/sign-in/code?next=%2Faccounts');
    const halfToken = /name="formToken" value="([^"]+)"/.exec(asked.body)?.[1] ?? '';
    const give = (fields: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url: '/sign-in/code',
        headers: { ...fromHere, cookie: half.cookie },
        payload: form(fields),
      });
    expect((await give({ code: recovery })).headers.location).toBe('/sign-in');
    expect((await give({ formToken: halfToken, code: '000000' })).statusCode).toBe(422);
    const answer = await give({ formToken: halfToken, code: recovery, next: '/accounts' });
    expect(answer.headers.location).toBe('/accounts');
    const cookie = `${answer.headers['set-cookie']}`.split(';')[0] ?? '';
    expect(cookie).not.toBe(half.cookie);
    expect((await app.inject({ url: '/accounts', headers: { cookie } })).statusCode).toBe(200);
    expect((await give({ formToken: halfToken, code: codeOf(secret) })).headers.location).toBe('/sign-in');
  });

  it('waits ten minutes for its code, and opens nothing meanwhile', async () => {
    const id = await addAccount(made.context);
    const { cookie } = await openSession(made.context, id, { stage: 'code' });
    const headers = { cookie: `__Host-portcullis=${cookie}` };
    expect((await app.inject({ url: '/sign-in/code', headers })).statusCode).toBe(200);
    expect((await app.inject({ url: '/account', headers })).statusCode).toBe(303);
    made.context.clock.advance(10 * 60_000);
    expect((await app.inject({ url: '/sign-in/code', headers })).headers.location).toBe('/sign-in');
  });

  it('cannot be taken away, nor its recovery codes be made, with a borrowed session alone', async () => {
    const visitor = await as('ict-analyst');
    const { body } = await visitor.get('/account/second-factor');
    const secret = /<code class="app-key">([A-Z2-7 ]+)</.exec(body)?.[1]?.replaceAll(' ', '') ?? '';
    await visitor.post('/account/second-factor', { code: codeOf(secret) });
    for (const url of ['/account/second-factor/remove', '/account/recovery-codes']) {
      expect((await visitor.post(url, { code: '000000' })).statusCode).toBe(422);
    }
    made.context.clock.advance(60_000);
    expect((await visitor.post('/account/second-factor/remove', { code: codeOf(secret) })).statusCode).toBe(303);
    expect(await audit('second-factor.removed')).toHaveLength(1);
  });
});

describe('a password under Appendix A', () => {
  it('that is 90 days old must be changed before anything else', async () => {
    await app.close();
    app = await open({ passwords: passwordProfile('ccg-appendix-a', 'Example Care') });
    const visitor = await as('ict-analyst');
    expect((await visitor.get('/alerts')).statusCode).not.toBe(303);
    await made.context.store
      .updateTable('accounts')
      .set({ password_changed_at: made.context.clock.now() - 90 * 86_400_000 })
      .execute();
    expect((await visitor.get('/alerts')).headers.location).toBe('/change-password');
    const page = await visitor.get('/change-password');
    expect(page.body).toContain('older than 90 days');
    const weak = await visitor.post('/change-password', { current: password, password: 'FarmHairTree83*' });
    expect(weak.statusCode).toBe(422);
    expect(weak.body).toContain('There is 1 now');
    const phrase = await visitor.post('/change-password', { current: password, password: 'Iu2l@n1TA' });
    expect([phrase.statusCode, phrase.body.includes('Take out &quot;@n1ta&quot;')]).toEqual([422, true]);
    expect((await visitor.post('/change-password', { current: password, password: 'Tq7!rZ4%wP' })).statusCode).toBe(
      303,
    );
  });
});

describe('sessions', () => {
  it('are listed with their browsers, and one or all others can be ended', async () => {
    const visitor = await as('ict-analyst');
    const others = await Promise.all(
      ['Mozilla/5.0 (Windows NT 10.0) Firefox/140.0', undefined].map((browser) =>
        openSession(made.context, visitor.id, { browser }),
      ),
    );
    const { body } = await visitor.get('/account');
    expect(body).toContain('Firefox on Windows');
    await visitor.post('/account/sessions', { session: others[0]?.session.id ?? '' });
    const left = async () => (await made.context.store.selectFrom('sessions').select('cookie_hash').execute()).length;
    expect(await left()).toBe(2);
    await visitor.post('/account/sessions', { session: 'others' });
    expect(await left()).toBe(1);
    expect((await visitor.get('/account')).statusCode).toBe(200);
  });

  it('of others cannot be ended by their id', async () => {
    const visitor = await as('ict-analyst');
    const victim = await openSession(made.context, await addAccount(made.context, { username: 'victim' }));
    await visitor.post('/account/sessions', { session: victim.session.id });
    expect(
      await made.context.store
        .selectFrom('sessions')
        .selectAll()
        .where('cookie_hash', '=', victim.session.id)
        .execute(),
    ).toHaveLength(1);
  });

  it('end for an administrator with one step, and the trail says so', async () => {
    const boss = await as('ict-administrator');
    const pat = await as('ict-analyst');
    expect((await boss.post(`/accounts/${pat.id}`, { action: 'end-sessions' })).statusCode).toBe(303);
    expect((await pat.get('/account')).headers.location).toMatch(/^\/sign-in/);
    expect(await audit('session.ended')).toMatchObject([{ account_id: boss.id, object: pat.id }]);
  });

  it('say a hostile browser name harmlessly', async () => {
    const visitor = await as('ict-analyst');
    await openSession(made.context, visitor.id, { browser: '<script>alert(1)</script>\u202E\r\nSet-Cookie: a=b' });
    expect((await visitor.get('/account')).body).not.toContain('<script>alert(1)');
  });
});

describe('a password that may be known', () => {
  it('If there is any indication that a password has been compromised it is changed immediately and reported: the others are out, a new one is needed, ICT is alarmed', async () => {
    const visitor = await as('ict-analyst');
    const other = await openSession(made.context, visitor.id);
    expect((await visitor.post('/account/password-known', {})).headers.location).toBe('/change-password');
    expect((await visitor.get('/account')).headers.location).toBe('/change-password');
    expect(
      await made.context.store.selectFrom('sessions').selectAll().where('cookie_hash', '=', other.session.id).execute(),
    ).toEqual([]);
    expect(await made.context.store.selectFrom('alerts').select(['rule_id', 'severity']).execute()).toEqual([
      { rule_id: 'password-reported', severity: 'high' },
    ]);
  });
});

describe('the sealed account', () => {
  it('raises the alarm when somebody signs in with it, and is asked for nothing more', async () => {
    await app.close();
    app = await testConsole(made.context);
    const sealed = await sealBreakGlass(made.context);
    const visitor = await signInAs(app, sealed.username, sealed.password);
    expect((await visitor.get('/accounts')).statusCode).toBe(200);
    expect(await audit('break-glass.used')).toHaveLength(1);
    expect(await made.context.store.selectFrom('alerts').select('severity').execute()).toEqual([
      { severity: 'critical' },
    ]);
  });
});

describe('an administrator', () => {
  const fresh = { username: 'lee', displayName: 'Lee Joiner', role: 'supervisor' };

  it('Passwords are never revealed to system administrators: they make an account with a password that is shown once and must be changed', async () => {
    const boss = await as('ict-administrator');
    const { body } = await boss.post('/accounts/new', fresh);
    const [, first = ''] = /<code class="app-key">([^<]+)</.exec(body) ?? [];
    expect((await (await signInAs(app, 'lee', first)).get('/people')).headers.location).toBe('/change-password');
    expect((await boss.get('/accounts')).body).not.toContain(first);
    expect(await audit('account.created')).toContainEqual(
      expect.objectContaining({ account_id: boss.id, detail: 'supervisor' }),
    );
  });

  it.each([
    [{ username: 'x y' }, 'A user name has 2 to 64'],
    [{ username: 'ict-administrator' }, 'an account with this user name already'],
    [{ role: 'emperor' }, 'Choose a role'],
    [{ displayName: '' }, 'Give the name of the person'],
    [{ validFrom: 'tomorrow' }, 'Give a day such as'],
    [{ validFrom: '2026-12-02', validTo: '2026-12-01' }, 'The last day comes before the first'],
    [{ person: 'E404' }, 'Nobody in the register has this reference'],
    [{ teamId: 'none' }, 'Choose a team of this organisation'],
  ])('is told what is wrong with %j', async (wrong, says) => {
    const boss = await as('ict-administrator');
    const answer = await boss.post('/accounts/new', { ...fresh, ...wrong });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain(says);
    expect(await made.context.store.selectFrom('accounts').select('id').execute()).toHaveLength(1);
  });

  it('resets a password: the old one and its sessions are gone, and the new one must be changed', async () => {
    const boss = await as('ict-administrator');
    const pat = await as('ict-analyst');
    const { body } = await boss.post(`/accounts/${pat.id}`, { action: 'reset' });
    expect(body).toContain('by telephone or in person');
    expect((await pat.get('/account')).headers.location).toMatch(/^\/sign-in/);
    expect(await row(pat.id)).toMatchObject({ must_change_password: 1 });
    expect(await audit('password.reset')).toMatchObject([{ account_id: boss.id, object: pat.id }]);
  });

  it.each(['save', 'reset', 'disable', 'second-factor', 'unlock'])('may not %s their own account', async (action) => {
    const boss = await as('ict-administrator');
    const before = await row(boss.id);
    const answer = await boss.post(`/accounts/${boss.id}`, { action, displayName: 'x', role: 'siro' });
    expect(answer.statusCode).toBe(403);
    expect(await row(boss.id)).toEqual(before);
  });

  it('of one organisation sees, makes and changes accounts of that one only', async () => {
    const boss = await as('ict-administrator', 'boss-a', { organisation: 'A' });
    const mine = await as('ict-analyst', 'mine', { organisation: 'A' });
    const theirs = await as('ict-analyst', 'theirs', { organisation: 'B' });
    const all = await as('ict-analyst', 'all');
    const list = (await boss.get('/accounts')).body;
    expect(list).toContain('mine');
    expect(list).not.toContain('theirs');
    for (const { id } of [theirs, all]) {
      expect((await boss.get(`/accounts/${id}`)).statusCode).toBe(404);
      for (const action of ['save', 'reset', 'disable']) {
        expect((await boss.post(`/accounts/${id}`, { action, displayName: 'x', role: 'siro' })).statusCode).toBe(404);
      }
      expect((await boss.post(`/accounts/${id}/review`, { decision: 'remove' })).statusCode).toBe(404);
    }
    await boss.post(`/accounts/${mine.id}`, { action: 'save', displayName: 'Mine', role: 'siro', organisation: 'B' });
    expect(await row(mine.id)).toMatchObject({ role: 'siro', organisation: 'A' });
  });
});

describe('the access review', () => {
  it('shows who is overdue, and takes a decision with its date, reviewer and note', async () => {
    const head = await as('head-of-business-and-governance');
    const pat = await as('ict-analyst');
    expect((await head.get('/accounts/review')).body).not.toContain('Overdue');
    made.context.clock.advance(10 * 60_000);
    await made.context.store.updateTable('accounts').set({ created_at: 0 }).where('id', '=', pat.id).execute();
    expect((await head.get('/accounts/review')).body).toContain('Overdue');
    await head.post(`/accounts/${pat.id}/review`, { decision: 'keep', note: 'still on the desk' });
    const { body } = await head.get('/accounts/review');
    expect(body).not.toContain('Overdue');
    expect(body).toContain('Kept by Pat Analyst: still on the desk');
    await head.post(`/accounts/${pat.id}/review`, { decision: 'remove' });
    expect((await pat.get('/account')).headers.location).toMatch(/^\/sign-in/);
  });

  it('is not for oneself', async () => {
    const head = await as('head-of-business-and-governance');
    expect((await head.post(`/accounts/${head.id}/review`, { decision: 'keep' })).statusCode).toBe(403);
  });
});
