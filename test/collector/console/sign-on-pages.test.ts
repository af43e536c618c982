import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignOnSettings } from '../../../collector/accounts/sign-on-settings.ts';
import { singleSignOn } from '../../../collector/accounts/single-sign-on.ts';
import { clientId, consoleAddress, type IdentityProvider, identityProvider } from '../../fakes/identity-provider.ts';
import { addAccount, type TestStore, testConsole, testStore } from './site.ts';

const sam = {
  sub: 'subject-of-sam',
  oid: '0f00',
  tid: 'tenant',
  name: 'Sam Supervisor',
  preferred_username: 'Sam@Example.test',
  roles: ['supervisor'],
};

let made: TestStore;
let provider: IdentityProvider;
let app: FastifyInstance;
beforeEach(async () => {
  made = await testStore();
  provider = await identityProvider({ ...sam });
  app = await open();
});
afterEach(async () => {
  await app.close();
  await provider[Symbol.asyncDispose]();
  await made[Symbol.asyncDispose]();
});

function open(more: Partial<SignOnSettings> = {}) {
  const settings = { issuer: provider.issuer, clientId, address: consoleAddress, name: 'Example Care', ...more };
  return testConsole(made.context, undefined, singleSignOn(settings, undefined));
}
const cookieOf = (headers: object, name: string) =>
  new RegExp(`${name}=[^;]*`).exec(`${(headers as Record<string, unknown>)['set-cookie']}`)?.[0] ?? '';
const accounts = () => made.context.store.selectFrom('accounts').selectAll().execute();

/** Leaves for the provider. @returns the address asked for there, and the cookie that stays */
async function leave(next = '/') {
  const answer = await app.inject({ url: `/sign-in/organisation?next=${encodeURIComponent(next)}` });
  expect(answer.statusCode).toBe(303);
  return { address: `${answer.headers.location}`, cookie: cookieOf(answer.headers, '__Host-portcullis-sign-on') };
}
const comeBack = (address: URL, cookie: string) =>
  app.inject({ url: `${address.pathname}${address.search}`, headers: { cookie } });

async function signOn(next?: string) {
  const { address, cookie } = await leave(next);
  return comeBack(await provider.visit(address), cookie);
}

describe('single sign-on', () => {
  it('is offered at the sign-in, beside the accounts of this console', async () => {
    const { body } = await app.inject({ url: '/sign-in' });
    expect(body).toContain('Sign in with Example Care');
    expect(body).toContain('name="password"');
  });

  it('asks with the code flow, PKCE, state and nonce, each new every time', async () => {
    const [one, other] = [new URL((await leave()).address), new URL((await leave()).address)];
    expect(Object.fromEntries(one.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${consoleAddress}/sign-in/organisation/answer`,
      scope: 'openid profile',
    });
    for (const secret of ['state', 'nonce', 'code_challenge']) {
      expect(one.searchParams.get(secret)).toMatch(/^[\w-]{43}$/);
      expect(one.searchParams.get(secret)).not.toBe(other.searchParams.get(secret));
    }
  });

  it('lets in whoever has one of our roles, under a new session, and goes on to where they wanted', async () => {
    const answer = await signOn('/people?search=x');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/people?search=x');
    const session = cookieOf(answer.headers, '__Host-portcullis');
    expect((await app.inject({ url: '/people', headers: { cookie: session } })).statusCode).toBe(200);
    expect(await accounts()).toMatchObject([
      { username: 'sam@example.test', display_name: 'Sam Supervisor', role: 'supervisor', password_hash: '' },
    ]);
  });

  it('knows the person again by tenant and object id, whatever they are called, with the role of today', async () => {
    await signOn();
    provider.person = { ...sam, name: 'Sam Newname', preferred_username: 'other@example.test', roles: ['auditor'] };
    expect((await signOn()).statusCode).toBe(303);
    expect(await accounts()).toMatchObject([{ display_name: 'Sam Newname', role: 'auditor' }]);
  });

  it.each([
    ['no role', []],
    ['a role that is not ours', ['Global Administrator']],
    ['several of ours', ['auditor', 'ict-administrator']],
    ['a name of the language', ['__proto__', 'constructor']],
  ])('gives no access, and says what to do, with %s', async (_name, roles) => {
    provider.person = { ...sam, roles };
    const answer = await signOn();
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain('You have no access to this console');
    expect(answer.body).toContain('exactly one role');
    expect(cookieOf(answer.headers, '__Host-portcullis=')).toBe('');
    expect(await accounts()).toEqual([]);
    const refused = await made.context.store
      .selectFrom('audit')
      .selectAll()
      .where('action', '=', 'sign-in.refused')
      .execute();
    expect(refused).toMatchObject([{ detail: 'no role' }]);
  });

  it('loses the access with the role', async () => {
    await signOn();
    provider.person = { ...sam, roles: [] };
    expect((await signOn()).statusCode).toBe(403);
  });

  it('gives no access to an account that was taken out of use here', async () => {
    await signOn();
    await made.context.store.updateTable('accounts').set({ disabled_at: 1 }).execute();
    expect((await signOn()).statusCode).toBe(403);
  });

  it('never gives an account that was made here to somebody of the same name there', async () => {
    await addAccount(made.context, { username: 'sam@example.test', role: 'ict-administrator' });
    const answer = await signOn();
    expect(answer.statusCode).toBe(409);
    expect(cookieOf(answer.headers, '__Host-portcullis=')).toBe('');
  });

  it('reads the roles by the names that the settings give them', async () => {
    await app.close();
    app = await open({ roles: { 'Portcullis.Audit': 'auditor' } });
    provider.person = { ...sam, roles: ['Portcullis.Audit', 'supervisor'] };
    expect((await signOn()).statusCode).toBe(303);
    expect(await accounts()).toMatchObject([{ role: 'auditor' }]);
  });

  it('leaves the accounts of this console usable when the provider is away', async () => {
    await app.close();
    app = await open({ issuer: 'http://127.0.0.1:9' });
    const answer = await app.inject({ url: '/sign-in/organisation' });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('use an account of this console');
  });
});

describe('an answer of the provider', () => {
  it('is refused without the cookie of the browser that asked', async () => {
    const { address } = await leave();
    const back = await provider.visit(address);
    expect((await comeBack(back, '')).statusCode).toBe(403);
    expect(await accounts()).toEqual([]);
  });

  it('is refused in another browser: who is lured into it would work as somebody else', async () => {
    const theirs = await leave();
    const own = await leave();
    const back = await provider.visit(theirs.address);
    expect((await comeBack(back, own.cookie)).statusCode).toBe(403);
  });

  it.each(['state', 'nonce', 'verifier'])('is refused when the %s is not the one it was asked with', async (secret) => {
    const { address, cookie } = await leave();
    const [name = '', value = ''] = cookie.split('=');
    const kept = JSON.parse(Buffer.from(value, 'base64url').toString()) as Record<string, string>;
    const forged = Buffer.from(JSON.stringify({ ...kept, [secret]: 'A'.repeat(43) })).toString('base64url');
    expect((await comeBack(await provider.visit(address), `${name}=${forged}`)).statusCode).toBe(403);
    expect(await accounts()).toEqual([]);
  });

  it('works once', async () => {
    const { address, cookie } = await leave();
    const back = await provider.visit(address);
    expect((await comeBack(back, cookie)).statusCode).toBe(303);
    expect((await comeBack(back, cookie)).statusCode).toBe(403);
  });

  it.each(['?error=access_denied', '?code=guessed', '', '?code=a&code=b', '?iss=https://evil.example&code=x'])(
    'is refused: %j',
    async (query) => {
      const { address, cookie } = await leave();
      const state = new URL(address).searchParams.get('state');
      const url = new URL(`${consoleAddress}/sign-in/organisation/answer${query}${query ? '&' : '?'}state=${state}`);
      const answer = await comeBack(url, cookie);
      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('Start it again');
    },
  );

  it('goes on to no other site', async () => {
    expect((await signOn('https://evil.example/')).headers.location).toBe('/');
  });
});
