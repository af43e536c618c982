import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localAddress } from '../../../collector/console/sign-in-pages.ts';
import { addAccount, form, fromHere, password, signInAs, type TestStore, testConsole, testStore } from './site.ts';

let made: TestStore;
let app: FastifyInstance;
beforeEach(async () => {
  made = await testStore();
  app = await testConsole(made.context);
  await addAccount(made.context);
});
afterEach(async () => {
  await app.close();
  await made[Symbol.asyncDispose]();
});

const post = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, headers: { ...fromHere, ...headers }, payload: form(fields) });
const right = { username: 'pat', password };

describe('the sign-in', () => {
  it('sets a cookie that scripts, other hosts and plain HTTP never get', async () => {
    const answer = await post('/sign-in', right);
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/');
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-portcullis=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('answers alike for an unknown name, a wrong password and a locked account', async () => {
    const errorOf = (body: string) => /nhsuk-error-summary[\s\S]*?<\/ul>/.exec(body)?.[0];
    const wrong = await post('/sign-in', { ...right, password: 'wrong' });
    const unknown = await post('/sign-in', { ...right, username: 'nobody' });
    await made.context.store.updateTable('accounts').set({ locked_at: 1 }).execute();
    const locked = await post('/sign-in', right);
    for (const answer of [wrong, unknown, locked]) {
      expect(answer.statusCode).toBe(422);
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(errorOf(answer.body)).toBe(errorOf(wrong.body));
    }
    expect(wrong.body).toContain('<title>Error: Sign in');
  });

  it('never shows a password again', async () => {
    const { body } = await post('/sign-in', { ...right, password: 'wrong-but-secret' });
    expect(body).not.toContain('wrong-but-secret');
  });

  it('lets ten failures through in five minutes and asks whoever comes then to wait', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await post('/sign-in', { username: `name${tries}`, password: 'x' })).statusCode).toBe(422);
    }
    const answer = await post('/sign-in', right);
    expect(answer.statusCode).toBe(429);
    expect(answer.body).toContain('Wait five minutes');
  });

  it('lets a whole office in from one address', async () => {
    for (let person = 0; person < 12; person += 1) expect((await post('/sign-in', right)).statusCode).toBe(303);
  });

  it('looks at ten guesses of an address and no more, even when they come all at once', async () => {
    const guesses = Array.from({ length: 25 }, (_, index) =>
      post('/sign-in', { username: `name${index}`, password: 'x' }),
    );
    const statuses = (await Promise.all(guesses)).map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 422)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
    ['an unknown origin', { 'sec-fetch-site': '', origin: 'null' }],
  ])('refuses a form from %s', async (_name, headers) => {
    const answer = await post('/sign-in', right, headers);
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('refuses a form that says nothing of where it came from', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await app.inject({ method: 'POST', url: '/sign-in', headers, payload: form(right) });
    expect(answer.statusCode).toBe(403);
  });

  it('takes the origin of an older browser', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://portcullis.test:8443' };
    const host = 'portcullis.test:8443';
    const sent = { method: 'POST' as const, url: '/sign-in', payload: form(right) };
    expect((await app.inject({ ...sent, headers: { ...headers, host } })).statusCode).toBe(303);
    expect((await app.inject({ ...sent, headers: { ...headers, host: 'other.test' } })).statusCode).toBe(403);
  });

  it('remembers where somebody wanted to go', async () => {
    const asked = await app.inject({ url: '/alerts?severity=high&state=closed' });
    expect(asked.statusCode).toBe(303);
    expect(asked.headers.location).toBe('/sign-in?next=%2Falerts%3Fseverity%3Dhigh%26state%3Dclosed');
    const answer = await post('/sign-in', { ...right, next: '/alerts?severity=high&state=closed' });
    expect(answer.headers.location).toBe('/alerts?severity=high&state=closed');
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
    'x',
    '/sign-in',
    '/sign-in/code',
    '/x/..//evil.example',
    '/.//evil.example',
  ])('goes nowhere else: %j', (address) => expect(localAddress(address)).toBe('/'));

  it.each(['/x\r\nSet-Cookie: a=b', '/x%0d%0aSet-Cookie:%20a=b', '/\u2028x', '/x?y=\r\n\r\n<script>'])(
    'writes no header of what was asked for: %j',
    async (next) => {
      const answer = await post('/sign-in', { ...right, next });
      expect(answer.statusCode).toBe(303);
      expect([answer.headers['set-cookie']].flat()).toHaveLength(1);
      expect(answer.headers.location).toMatch(/^\/[!-~]*$/);
    },
  );

  it('is needed for every page and every step', async () => {
    for (const url of [
      '/',
      '/alerts',
      '/alerts/live',
      '/alerts/x',
      '/computers',
      '/computers/x',
      '/about-monitoring',
    ]) {
      expect((await app.inject({ url })).headers.location).toMatch(/^\/sign-in/);
    }
    for (const url of ['/alerts/x', '/sign-out', '/change-password']) {
      expect((await post(url, {})).headers.location).toBe('/sign-in');
    }
  });
});

describe('a signed-in visit', () => {
  it('sends nothing without its form token', async () => {
    const visitor = await signInAs(app);
    for (const fields of [{}, { formToken: 'guessed' }]) {
      const answer = await post('/sign-out', fields, { cookie: visitor.cookie });
      expect(answer.statusCode).toBe(403);
    }
    expect((await visitor.get('/alerts')).statusCode).toBe(200);
  });

  it('ends with the sign-out, for whoever still has the cookie', async () => {
    const visitor = await signInAs(app);
    const answer = await visitor.post('/sign-out', {});
    expect(answer.headers['set-cookie']).toMatch(/^__Host-portcullis=; Max-Age=0/);
    expect((await visitor.get('/alerts')).statusCode).toBe(303);
  });

  it('begins under a new id at each sign-in, and one that was planted before is worth nothing', async () => {
    const planted = await signInAs(app);
    const answer = await post('/sign-in', right, { cookie: planted.cookie });
    const fresh = `${answer.headers['set-cookie']}`.split(';')[0] ?? '';
    expect(fresh).not.toBe(planted.cookie);
    expect((await planted.get('/alerts')).statusCode).toBe(303);
    expect((await app.inject({ url: '/alerts', headers: { cookie: fresh } })).statusCode).toBe(200);
    const invented = await post('/sign-in', right, { cookie: `__Host-portcullis=${'A'.repeat(43)}` });
    expect(`${invented.headers['set-cookie']}`).not.toContain('A'.repeat(43));
  });

  it('says when it ends, in the foot of every page', async () => {
    const visitor = await signInAs(app);
    const { body } = await visitor.get('/alerts');
    expect(body).toContain('You are signed out at 23 November 2026, 9:00am unless you open a page before');
    expect(body).toContain('and at 23 November 2026, 8:30pm in any case');
    made.context.clock.advance(10 * 60_000);
    const { idleEnd, end } = JSON.parse((await visitor.get('/session')).body) as Record<string, string>;
    expect([idleEnd, end]).toEqual(['2026-11-23T09:10:00.000Z', '2026-11-23T20:30:00.000Z']);
  });

  it('ends when the account is disabled', async () => {
    const visitor = await signInAs(app);
    await made.context.store.updateTable('accounts').set({ disabled_at: 1 }).execute();
    expect((await visitor.get('/alerts')).statusCode).toBe(303);
  });
});

describe('a password that somebody else knows', () => {
  it('must be changed before anything else, and the change opens the console', async () => {
    await addAccount(made.context, { username: 'fresh', mustChangePassword: true });
    const visitor = await signInAs(app, 'fresh');
    for (const url of ['/', '/alerts', '/computers', '/about-monitoring']) {
      expect((await visitor.get(url)).headers.location).toBe('/change-password');
    }
    const weak = await visitor.post('/change-password', { current: password, password: 'short' });
    expect(weak.statusCode).toBe(422);
    expect(weak.body).toContain('at least 12 characters');
    const same = await visitor.post('/change-password', { current: password, password });
    expect(same.body).toContain('not the one you have now');
    const wrong = await visitor.post('/change-password', { current: 'x', password: 'yellow harbour biscuit' });
    expect(wrong.body).toContain('This is not the password you have now');
    const done = await visitor.post('/change-password', { current: password, password: 'yellow harbour biscuit' });
    expect(done.headers.location).toBe('/');
    expect((await visitor.get('/')).headers.location).toMatch(/^\/sign-in/);
    const again = await signInAs(app, 'fresh', 'yellow harbour biscuit');
    expect((await again.get('/')).statusCode).toBe(200);
    const audit = await made.context.store.selectFrom('audit').select('action').execute();
    expect(audit.map((row) => row.action)).toContain('password.changed');
  });

  it('can be left unchanged by signing out', async () => {
    await addAccount(made.context, { username: 'fresh', mustChangePassword: true });
    const visitor = await signInAs(app, 'fresh');
    expect((await visitor.post('/sign-out', {})).headers.location).toBe('/sign-in');
  });
});
