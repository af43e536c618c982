import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '../../../collector/accounts/roles.ts';
import { access, mayUse, type Route } from '../../../collector/console/access.ts';
import { fillEstate, linksIn, openEveryPage } from './estate.ts';
import { type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

/** Routes about one thing, which is named in the address. Files that everybody loads belong to nobody. */
const routes = (Object.keys(access) as Route[]).filter(
  (route) => route.includes('/:') && roles.some((role) => mayUse(role, route)) && !route.startsWith('GET /assets/'),
);
const folderOf = (route: Route) => route.slice(route.indexOf('/'), route.indexOf('/:'));

let site: OpenConsole;
/** By folder, such as `/alerts`: the last part of the address of a thing that is there. */
const ids = new Map<string, string>();
const strangers = new Map<string, SomebodySignedIn>();

beforeAll(async () => {
  site = await openConsole();
  const admin = { role: 'ict-administrator' as const, ...(await site.visitor('ict-administrator')) };
  await fillEstate(site, admin, 'Plain name');
  for (const { body } of await openEveryPage([admin], 2)) for (const link of linksIn(body)) keepId(link);
  const other = { id: 'team-other', organisation: 'Example Care', name: 'Another team' };
  await site.context.store.insertInto('teams').values(other).execute();
  for (const role of roles) {
    strangers.set(`${role} of another organisation`, await site.visitor(role, { organisation: 'Other Trust' }));
    strangers.set(`${role} of another team`, await site.visitor(role, { team: other.id }));
  }
}, 300_000);
afterAll(() => site[Symbol.asyncDispose]());

function keepId(link: string): void {
  const path = link.split('?')[0] ?? '';
  for (const folder of new Set(routes.map(folderOf))) {
    const [id = ''] = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/') : [];
    const isThing = /\d|[\w-]{20}/.test(id) && !(`GET ${folder}/${id}` in access);
    if (isThing && !ids.has(folder)) ids.set(folder, id);
  }
}

/** Everything in the store, without what every visit writes. */
async function state(): Promise<string> {
  const { store } = site.context;
  const tables = await store.introspection.getTables();
  const quiet = new Set(['audit', 'sessions']);
  const kept = tables.filter(({ name, isView }) => !isView && !quiet.has(name));
  const rows = kept.map(({ name }) =>
    store
      .selectFrom(name as 'alerts')
      .selectAll()
      .execute(),
  );
  return JSON.stringify(await Promise.all(rows));
}

/** What an answer says, without what is new in each. */
function says({ statusCode, body }: { statusCode: number; body: string }, id: string): unknown {
  const plain = body.replaceAll(/<code>[0-9a-f-]{36}<\/code>|name="formToken" value="[^"]*"/g, '');
  // The number of a version is a digit like others.
  return { statusCode, body: id.length > 9 ? plain.replaceAll(id, 'ID') : plain };
}

describe('a thing of another organisation or another team', () => {
  it.for(routes)('is as one that does not exist: %s', async (route, { skip }) => {
    const id = ids.get(folderOf(route));
    if (id === undefined) return skip(`nothing in estate.ts makes a thing under ${folderOf(route)} yet`);
    const before = await state();
    const none = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
    for (const [name, stranger] of strangers) {
      const role = roles.find((word) => name.startsWith(`${word} of`));
      if (!mayUse(role, route)) continue;
      const ask = (one: string) => {
        const url = route.slice(route.indexOf('/')).replace(/:\w+/, one).replaceAll(/:\w+/g, 'x');
        return route.startsWith('GET') ? stranger.get(url) : stranger.post(url, {});
      };
      const [real, unreal] = [await ask(id), await ask(none)];
      expect([name, real.statusCode]).toEqual([name, expect.toBeOneOf([403, 404])]);
      expect([name, says(real, id)]).toEqual([name, says(unreal, none)]);
    }
    expect(await state()).toBe(before);
  });
});
