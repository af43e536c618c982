import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, roles } from '../../../collector/accounts/roles.ts';
import { openSession } from '../../../collector/accounts/sessions.ts';
import { access, type Grant, mayUse, type Route, refuseUnlistedRoutes } from '../../../collector/console/access.ts';
import { addAccount, form, fromHere, type TestStore, testConsole, testStore } from './site.ts';

const routes = Object.keys(access) as Route[];
const grantOf = (route: Route): Grant => access[route];
const pages = routes.filter((route) => grantOf(route) !== 'machines');
const nothing = '01a20786-bb40-728c-85d0-c4d6bc71817e';

let made: TestStore;
let app: FastifyInstance;
/** One session for each role, opened without a sign-in: hashing a password takes its time. */
const sessions = new Map<Role, { cookie: string; formToken: string }>();

beforeAll(async () => {
  made = await testStore();
  // Nobody is asked for a second factor here: that gate has tests of its own, and would hide this one.
  const passwords = { ...made.context.passwords, secondFactorFor: [] };
  app = await testConsole({ ...made.context, passwords });
});
afterAll(async () => {
  await app.close();
  await made[Symbol.asyncDispose]();
});

async function sessionOf(role: Role) {
  const standing = sessions.get(role);
  if (standing) return standing;
  const username = role;
  const row = await made.context.store
    .selectFrom('accounts')
    .select('id')
    .where('username', '=', username)
    .executeTakeFirst();
  const { cookie, session } = await openSession(
    made.context,
    row?.id ?? (await addAccount(made.context, { username, role })),
  );
  const opened = { cookie: `__Host-portcullis=${cookie}`, formToken: session.formToken };
  sessions.set(role, opened);
  return opened;
}

/** Asks as this role, or as nobody. What the route then says to an empty form or an unknown id does not matter. */
async function ask(route: Route, role: Role | undefined) {
  const [method = 'GET', pattern = '/'] = route.split(' ');
  const url = pattern.replace(':version', '1').replace(':name', 'none.css').replaceAll(/:\w+/g, nothing);
  const session = role && (await sessionOf(role));
  if (route === 'POST /sign-out' && role) sessions.delete(role);
  return app.inject({
    method: method as 'GET' | 'POST',
    url,
    headers: { ...(method === 'POST' ? fromHere : {}), ...(session ? { cookie: session.cookie } : {}) },
    ...(method === 'POST' ? { payload: form({ formToken: session?.formToken ?? '' }) } : {}),
  });
}

describe('every route, for every role and for nobody', () => {
  it.each(pages)('%s', async (route) => {
    for (const role of [undefined, ...roles]) {
      // A page that streams for ever is asked for once by whom it refuses only; live.test.ts reads it.
      if (route === 'GET /alerts/live' && mayUse(role, route)) continue;
      const answer = await ask(route, role);
      const toSignIn = answer.statusCode === 303 && `${answer.headers.location}`.startsWith('/sign-in');
      const refused = answer.statusCode === 403 && answer.body.includes('not part of the work of your role');
      const expected = mayUse(role, route);
      if (role === undefined && !expected) expect([route, 'nobody', toSignIn]).toEqual([route, 'nobody', true]);
      if (role !== undefined) expect([route, role, !refused]).toEqual([route, role, expected]);
      expect([route, role, answer.statusCode]).not.toEqual([route, role, 500]);
    }
    // Said again: what asked to report a password, or ended sessions, must not colour the next route.
    sessions.clear();
    await made.context.store.updateTable('accounts').set({ must_change_password: 0 }).execute();
  });

  it('is registered, so that the table holds nothing that is not there', () => {
    const missing = pages.filter((route) => {
      const [method = '', url = ''] = route.split(' ');
      return !app.hasRoute({ method: method as 'GET', url });
    });
    expect(missing).toEqual([]);
  });
});

describe('every form', () => {
  const forms = pages.filter((route) => route.startsWith('POST') && grantOf(route) !== 'everybody');

  it.each(forms)('%s comes from a page of this session, or is refused', async (route) => {
    const role = roles.find((word) => mayUse(word, route));
    if (!role) throw new Error('somebody may use it');
    const { cookie, formToken } = await sessionOf(role);
    const other = [...(await Promise.all(roles.filter((word) => word !== role).map(sessionOf)))][0];
    const url = route.slice('POST '.length).replace(':version', '1').replaceAll(/:\w+/g, nothing);
    const send = (token: string, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: { ...fromHere, cookie, ...headers },
        payload: form({ formToken: token }),
      });
    const answers = await Promise.all([
      send(''),
      send('guessed'),
      send(other?.formToken ?? ''),
      send(formToken, { 'sec-fetch-site': 'cross-site' }),
      send(formToken, { 'sec-fetch-site': 'same-site' }),
      send(formToken, { origin: 'https://evil.example' }),
    ]);
    for (const answer of answers) {
      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('did not come from a page of this console');
    }
  });

  it('is refused when it is sent as plain text, which needs no leave of the browser', async () => {
    const { cookie, formToken } = await sessionOf('ict-administrator');
    const headers = { ...fromHere, cookie, 'content-type': 'text/plain' };
    const answer = await app.inject({
      method: 'POST',
      url: '/accounts/new',
      headers,
      payload: form({ formToken }),
    });
    expect(answer.statusCode).toBe(403);
  });
});

describe('a route that the table does not know', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE'] as const)('cannot be added: %s', (method) => {
    const bare = Fastify();
    refuseUnlistedRoutes(bare);
    expect(() => bare.route({ method, url: '/forgotten', handler: () => '' })).toThrow(/not in the table/);
  });

  it('cannot be added under a known address with another method', () => {
    const bare = Fastify();
    refuseUnlistedRoutes(bare);
    expect(() => bare.delete('/alerts/:id', () => '')).toThrow(/not in the table/);
    expect(() => bare.get('/alerts/:id', () => '')).not.toThrow();
  });
});

describe('the table', () => {
  const granted = (role: Role) => pages.filter((route) => Array.isArray(grantOf(route)) && mayUse(role, route));

  it('lets an auditor change nothing but say why a history is opened', () => {
    const changing = granted('auditor').filter((route) => route.startsWith('POST'));
    expect(changing.filter((route) => !/^POST \/(people\/:id\/history|alerts\/(filters|person))$/.test(route))).toEqual(
      [],
    );
  });

  it('lets an administrator do all that an analyst may', () => {
    const more = new Set(granted('ict-administrator'));
    expect(granted('ict-analyst').filter((route) => !more.has(route))).toEqual([]);
  });

  it('keeps accounts to administrators, and their review to those who answer for them', () => {
    for (const role of roles.filter((word) => word !== 'ict-administrator')) {
      expect(granted(role).filter((route) => /\/accounts(?!.*review)/.test(route))).toEqual([]);
    }
  });

  it('gives no page to machines and no machine route to people', () => {
    for (const route of routes.filter((name) => grantOf(name) === 'machines')) {
      for (const role of [undefined, ...roles]) expect(mayUse(role, route)).toBe(false);
    }
  });
});
