import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventData, kindDefinition } from '#shared/events/kinds.ts';
import type { Role } from '../../../collector/accounts/roles.ts';
import { openSession } from '../../../collector/accounts/sessions.ts';
import { listPeople } from '../../../collector/register/people.ts';
import { importPeople } from '../../../collector/register/people-import.ts';
import { fillComputer, fillEvent } from './filling.ts';
import { addAccount, form, fromHere, type TestStore, testConsole, testStore, type Visitor } from './site.ts';

const staff = `reference,name,team,accounts,supervises,deputises
E1,Robin Example,Reception,FOCUS\\robin,,
E2,Sam Sample,Reception,sam,Reception,
E3,Kim Invented,Finance,kim,Finance,
`;

let made: TestStore;
let app: FastifyInstance;
let ids: Record<string, string>;
beforeEach(async () => {
  made = await testStore();
  app = await testConsole({ ...made.context, passwords: { ...made.context.passwords, secondFactorFor: [] } });
  const by = { accountId: null, now: made.context.clock.now() };
  for (const organisation of ['Example Care', 'Other']) {
    await importPeople(made.context.store, { organisation, text: staff, complete: false, today: '2026-11-23' }, by);
  }
  const people = await listPeople(made.context.store, { organisations: 'all', teams: 'all' });
  ids = Object.fromEntries(people.map(({ id, reference, organisation }) => [`${organisation} ${reference}`, id]));
});
afterEach(async () => {
  await app.close();
  await made[Symbol.asyncDispose]();
});

async function as(
  role: Role,
  scope: { organisation?: string; person_id?: string | undefined } = {},
): Promise<Visitor & { id: string }> {
  const id = await addAccount(made.context, { username: role, role });
  if (Object.keys(scope).length > 0)
    await made.context.store.updateTable('accounts').set(scope).where('id', '=', id).execute();
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
const person = (reference = 'E1', organisation = 'Example Care') => `/people/${ids[`${organisation} ${reference}`]}`;
const audit = async (action: string) =>
  (await made.context.store.selectFrom('audit').selectAll().execute()).filter((entry) => entry.action === action);

describe('the history of a person', () => {
  const fill = async () => {
    const computer = await fillComputer(made.context, 'FOC-LT-001');
    const example = kindDefinition('software.installed').example as EventData<'software.installed'>;
    const actor = { user: 'FOCUS\\Robin' };
    await fillEvent(made.context, computer, 'software.installed', example, { actor });
    await fillEvent(made.context, computer, 'software.installed', example, { actor: { user: 'somebody' } });
  };

  it('opens only with a reason, which stands in the trail and on the page of the person', async () => {
    await fill();
    const analyst = await as('ict-analyst');
    const refused = await analyst.post(`${person()}/history`, { reason: 'because', days: '7' });
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('Say in a sentence why');
    expect(await audit('person.history-opened')).toEqual([]);
    const reason = 'Alert about a stick that was found';
    const { body, statusCode } = await analyst.post(`${person()}/history`, { reason, days: '7' });
    expect(statusCode).toBe(200);
    expect(body).toContain('1 event');
    expect(body).toContain('FOC-LT-001');
    expect(body).toContain(reason);
    expect(await audit('person.history-opened')).toMatchObject([
      { account_id: analyst.id, detail: `last 7 days: ${reason}` },
    ]);
  });

  it('shows who looked at a person to whoever looks next', async () => {
    await (await as('ict-analyst')).get(person());
    const { body } = await (await as('auditor')).get(person());
    expect(body).toContain('Who looked');
    expect(body.match(/Opened a person/g)).toHaveLength(2);
  });

  it('is empty for somebody whose names on computers nobody knows, and says so', async () => {
    await fill();
    const { body } = await (await as('ict-analyst')).post(`${person('E3')}/history`, {
      reason: 'A question of the IG lead',
      days: '90',
    });
    expect(body).toContain('Nothing was recorded of this person in that time');
  });
});

describe('scope', () => {
  it('lets a supervisor see the own team, and nobody else, and open no history', async () => {
    const supervisor = await as('supervisor', { person_id: ids['Example Care E2'] });
    const { body } = await supervisor.get('/people');
    expect(body).toContain('Robin Example');
    expect(body).not.toContain('Kim Invented');
    expect((await supervisor.get(person('E1'))).statusCode).toBe(200);
    for (const url of [person('E3'), person('E1', 'Other'), '/people/nobody'])
      expect((await supervisor.get(url)).statusCode).toBe(404);
    expect((await supervisor.post(`${person('E1')}/history`, { reason: 'I would like to know' })).statusCode).toBe(403);
  });

  it('keeps organisations apart: in the list, on pages, in exports, imports and forms', async () => {
    const boss = await as('ict-administrator', { organisation: 'Other' });
    expect((await boss.get('/people')).body.match(/Robin Example/g)).toHaveLength(1);
    expect((await boss.get(person('E1'))).statusCode).toBe(404);
    expect((await boss.post(`${person('E1')}/history`, { reason: 'I would like to know' })).statusCode).toBe(404);
    expect((await boss.get('/people/export')).body.match(/Robin Example/g)).toHaveLength(1);
    const theirs = { text: 'reference,name\nE9,New', organisation: 'Example Care' };
    expect((await boss.post('/people/import', theirs)).statusCode).toBe(403);
    expect(
      (await boss.post('/people/new', { reference: 'E9', name: 'New', organisation: 'Example Care' })).statusCode,
    ).toBe(403);
  });

  it('keeps the trail of one organisation from the auditor of another', async () => {
    const analyst = await as('ict-analyst', { organisation: 'Example Care' });
    await analyst.get(person());
    const auditor = await as('auditor', { organisation: 'Other' });
    expect((await auditor.get('/audit?action=person.viewed')).body).toContain('No entry fits');
  });
});

describe('the import page', () => {
  it('shows the changes, then makes those, line breaks and all', async () => {
    const boss = await as('ict-administrator');
    const text = 'reference,name,team\r\nE1,Robin Renamed,Reception\r\nE8,"Lee ""Joiner""",Night\r\n';
    const shown = await boss.post('/people/import', { text });
    expect(shown.body).toContain('2 changes, 0 unchanged, 2 not in the list');
    expect(shown.body).toContain('Robin Example → Robin Renamed');
    const fingerprint = /name="fingerprint" value="([^"]*)"/.exec(shown.body)?.[1] ?? '';
    const kept = /<textarea name="text" hidden>\n([^<]*)</.exec(shown.body)?.[1]?.replaceAll('&quot;', '"') ?? '';
    const done = await boss.post('/people/import', { text: kept, fingerprint });
    expect(done.body).toContain('2 changes made.');
    expect((await boss.get('/people?search=lee')).body).toContain('Lee &quot;Joiner&quot;');
  });

  it('lists what is wrong with its line, and keeps what was typed', async () => {
    const { body, statusCode } = await (await as('ict-administrator')).post('/people/import', {
      text: 'reference,name\nE1,<b>\n,x',
    });
    expect(statusCode).toBe(422);
    expect(body).toContain('Line 3: There is no reference');
    expect(body).toContain('E1,&lt;b&gt;');
  });

  it('takes thousands of people', async () => {
    const lines = Array.from({ length: 3000 }, (_, index) => `X${index},Person number ${index},Team ${index % 50}`);
    const { statusCode, body } = await (await as('ict-administrator')).post('/people/import', {
      text: `reference,name,team\n${lines.join('\n')}`,
    });
    expect(statusCode).toBe(200);
    expect(body).toContain('3,000 changes');
  });
});

describe('one person', () => {
  it('is added and changed by a form with the rules of the import', async () => {
    const boss = await as('ict-administrator');
    const added = await boss.post('/people/new', {
      reference: 'E7',
      name: 'Lee Joiner',
      team: 'Night',
      accounts: 'lee; FOCUS\\lee',
    });
    expect(added.headers.location).toMatch(/^\/people\/[0-9a-f-]{36}$/);
    expect((await boss.get('/people/new?reference=E7')).body).toContain('value="focus&#92;lee;lee"');
    expect((await boss.post('/people/new', { reference: 'E7', name: '' })).body).toContain('There is no name');
  });
});

describe('the audit page', () => {
  it('shows what was done and seen, filtered, and itself stands in the trail', async () => {
    const analyst = await as('ict-analyst');
    await analyst.get('/people?search=robin');
    await analyst.get(person());
    const auditor = await as('auditor');
    const { body } = await auditor.get(`/audit?who=${analyst.id}`);
    expect(body).toContain('Opened a person</span>');
    expect(body).toContain('search=robin');
    expect(body).not.toContain('Imported people</span>');
    expect((await auditor.get('/audit?action=people.imported')).body).toContain('Imported people</span>');
    expect((await auditor.get('/audit?from=2030-01-01')).body).toContain('No entry fits');
    expect((await auditor.get('/audit?action=%27+or+1%3D1&before=x&from=never')).statusCode).toBe(200);
    expect((await auditor.get('/audit')).body).toContain('Opened a page</span>');
  });

  it('goes on page by page without losing or repeating an entry', async () => {
    const auditor = await as('auditor');
    for (let count = 0; count < 60; count += 1) await auditor.get('/about-monitoring');
    const numbers = (text: string) =>
      [...text.matchAll(/Number <\/span><span>(\d+)</g)].map(([, number]) => Number(number));
    const first = (await auditor.get('/audit?action=page.viewed')).body;
    const next = /href="(\/audit\?[^"]*before=[^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const [one, other] = [numbers(first), numbers((await auditor.get(next)).body)];
    expect(one).toHaveLength(50);
    expect(Math.max(...other)).toBeLessThan(Math.min(...one));
  });
});
