import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FilledComputer, fillAlert, fillComputer, fillEvent } from './filling.ts';
import { hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

let site: OpenConsole;
let analyst: SomebodySignedIn;
let laptop: FilledComputer;
let desk: FilledComputer;

beforeEach(async () => {
  site = await openConsole();
  analyst = await site.visitor('ict-analyst', { username: 'alex' });
  laptop = await fillComputer(site.context, 'FOC-LT-014');
  desk = await fillComputer(site.context, 'FOC-PC-031');
});
afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

const alertRows = () => site.context.store.selectFrom('alerts').selectAll().orderBy('id').execute();
const states = async () => (await alertRows()).map(({ state }) => state);
const actions = async (action: string) =>
  site.context.store
    .selectFrom('audit')
    .selectAll()
    .where('action', '=', action as 'alert.closed')
    .execute();
const ticks = (body: string) =>
  [...body.matchAll(/name="alert" value="([^"]+)" id="tick/g)].map(([, value]) => value ?? '');
const hidden = (body: string) =>
  [...body.matchAll(/type="hidden" name="alert" value="([^"]+)"/g)].map(([, id]) => id ?? '');

describe('alerts of the same rule, person and thing', () => {
  beforeEach(async () => {
    for (const computer of [laptop, desk, laptop]) {
      await fillAlert(site.context, computer, { title: 'Stick', group: computer === desk ? 'one' : `one` });
    }
    await fillAlert(site.context, desk, { title: 'Other' });
  });

  it('stand in one line, with how many there are and on how many computers', async () => {
    const { body } = await analyst.get('/alerts');
    expect(body).toContain('3 alerts in 2 groups');
    expect(body).toContain('2 alerts</strong>');
    expect(body).toContain('>2 computers</a>');
    expect(ticks(body)).toHaveLength(2);
  });

  it('stand each in their own line when asked, and behind the link of their group', async () => {
    expect(ticks((await analyst.get('/alerts?rows=each')).body)).toHaveLength(3);
    const href = /class="nhsuk-link app-alert" href="([^"]*same=[^"]*)"/.exec((await analyst.get('/alerts')).body)?.[1];
    const { body } = await analyst.get((href ?? '').replaceAll('&amp;', '&'));
    expect(ticks(body)).toHaveLength(2);
    expect(body).toContain('The same as: Stick');
  });
});

describe('handling one alert', () => {
  it('is assigned to a colleague, which its timeline and the trail say', async () => {
    const colleague = await site.visitor('ict-administrator', { username: 'robin' });
    const id = await fillAlert(site.context, laptop, { title: 'Stick' });
    await analyst.post(`/alerts/${id}`, { action: 'assigned', assignee: colleague.id });
    const { body } = await analyst.get(`/alerts/${id}?done=assigned`);
    expect(body).toContain('Assigned to: Pat robin');
    expect(body).toContain('To Pat robin');
    expect(await actions('alert.assigned')).toMatchObject([{ object: id, account_id: analyst.id }]);
    expect(ticks((await colleague.get('/alerts?assigned=me')).body)).toEqual([id]);
    expect(ticks((await analyst.get('/alerts?assigned=me')).body)).toEqual([]);
  });

  it.each(['auditor', 'supervisor'] as const)(
    'is not assigned to an account that may not handle it: %s',
    async (role) => {
      const other = await site.visitor(role);
      const id = await fillAlert(site.context, laptop, { title: 'Stick' });
      const answer = await analyst.post(`/alerts/${id}`, { action: 'assigned', assignee: other.id });
      expect([answer.statusCode, answer.body.includes('Choose who is to look into it')]).toEqual([422, true]);
    },
  );

  it('becomes the alert of whoever acknowledges it, unless it is somebody’s already', async () => {
    const colleague = await site.visitor('ict-analyst');
    const mine = await fillAlert(site.context, laptop, { title: 'Free' });
    const theirs = await fillAlert(site.context, laptop, { title: 'Taken' });
    await analyst.post(`/alerts/${theirs}`, { action: 'assigned', assignee: colleague.id });
    for (const id of [mine, theirs]) await analyst.post(`/alerts/${id}`, { action: 'acknowledged' });
    const owners = new Map((await alertRows()).map(({ id, assignee_id }) => [id, assignee_id]));
    expect([owners.get(mine), owners.get(theirs)]).toEqual([analyst.id, colleague.id]);
  });

  it('leads back to the list it was opened from, and on to the next alert of it', async () => {
    const at = site.context.clock.now();
    const first = await fillAlert(site.context, laptop, { title: 'First', severity: 'high', at });
    await fillAlert(site.context, laptop, { title: 'Not in the list', severity: 'low', at: at - 1 });
    const second = await fillAlert(site.context, desk, { title: 'Second', severity: 'high', at: at - 2 });
    const { body } = await analyst.get(`/alerts/${first}?list=severity%3Dhigh`);
    expect(body).toContain('href="/alerts?severity=high"');
    expect(body).toContain(`href="/alerts/${second}?list=severity%3Dhigh"`);
    const { headers } = await analyst.post(`/alerts/${first}`, { action: 'acknowledged', list: 'severity=high' });
    expect(headers.location).toBe(`/alerts/${first}?list=severity%3Dhigh&done=acknowledged`);
  });

  it.each(['https://evil.test/', '//evil.test', 'state=closed"><script>', `place=${'x'.repeat(5000)}`])(
    'goes nowhere else, whatever the address says of the list: %s',
    async (list) => {
      const id = await fillAlert(site.context, laptop, { title: 'Stick' });
      const answer = await analyst.post(`/alerts/${id}`, { action: 'acknowledged', list });
      expect(`${answer.headers.location}`).toMatch(new RegExp(`^/alerts/${id}\\?`));
      const { body } = await analyst.get(`/alerts/${id}?${new URLSearchParams({ list })}`);
      expect(body).not.toMatch(/evil\.test|<script>/);
    },
  );
});

describe('handling many alerts', () => {
  it('names them first and changes nothing, then closes them with one reason', async () => {
    for (const title of ['One', 'Two', 'Three']) await fillAlert(site.context, laptop, { title });
    const [one = '', two = ''] = ticks((await analyst.get('/alerts')).body);
    const { body } = await analyst.get(`/alerts/bulk?action=close&alert=${one}&alert=${two}`);
    expect(body).toContain('Close 2 alerts');
    expect(hidden(body).sort()).toEqual([one, two].sort());
    expect(await states()).toEqual(['open', 'open', 'open']);
    const fields = { action: 'closed', alert: hidden(body), outcome: 'mistake', note: 'The training set.' };
    const { headers } = await analyst.post('/alerts/bulk', fields);
    expect((await states()).sort()).toEqual(['closed', 'closed', 'open']);
    expect((await analyst.get(`${headers.location}`)).body).toContain('You have closed 2 alerts.');
    expect(await actions('alert.closed')).toHaveLength(2);
    const history = site.context.store.selectFrom('alert_history').selectAll().where('action', '=', 'closed');
    expect((await history.execute()).map(({ note }) => note)).toEqual(['The training set.', 'The training set.']);
  });

  it('unfolds a group within the filter, and takes everything that fits when asked', async () => {
    for (const computer of [laptop, desk]) await fillAlert(site.context, computer, { title: 'Stick', group: 'same' });
    await fillAlert(site.context, laptop, { title: 'Other', severity: 'low' });
    const [group = ''] = ticks((await analyst.get('/alerts')).body).filter((value) => value.startsWith('same:'));
    const ids = async (query: string) => hidden((await analyst.get(`/alerts/bulk?${query}`)).body).length;
    expect(await ids(`action=close&alert=${encodeURIComponent(group)}`)).toBe(2);
    expect(await ids(`action=close&alert=${encodeURIComponent(group)}&list=computerId%3D${desk.id}`)).toBe(1);
    expect(await ids('action=assign-all')).toBe(3);
    expect(await ids('action=assign-all&list=severity%3Dlow')).toBe(1);
  });

  it('leaves alone what somebody else has closed in the meantime, and says so', async () => {
    const ids = [];
    for (const title of ['One', 'Two']) ids.push(await fillAlert(site.context, laptop, { title }));
    const { body } = await analyst.get('/alerts/bulk?action=close-all');
    const other = await site.visitor('ict-analyst');
    await other.post(`/alerts/${ids[0]}`, { action: 'closed', outcome: 'expected', note: 'Agreed.' });
    const fields = { action: 'closed', alert: hidden(body), outcome: 'mistake', note: 'All.' };
    const { headers } = await analyst.post('/alerts/bulk', fields);
    expect((await alertRows()).map(({ outcome }) => outcome).sort()).toEqual(['expected', 'mistake']);
    expect((await analyst.get(`${headers.location}`)).body).toContain('You have closed 1 alert.');
  });

  it('assigns, and asks again when nothing was chosen', async () => {
    await fillAlert(site.context, laptop, { title: 'One' });
    const ids = hidden((await analyst.get('/alerts/bulk?action=assign-all')).body);
    const empty = await analyst.post('/alerts/bulk', { action: 'closed', alert: ids, outcome: '', note: '' });
    expect([empty.statusCode, hidden(empty.body)]).toEqual([422, ids]);
    await analyst.post('/alerts/bulk', { action: 'assigned', alert: ids, assignee: analyst.id });
    expect((await alertRows()).map(({ assignee_id }) => assignee_id)).toEqual([analyst.id]);
  });

  it('goes back to the list when nothing was ticked', async () => {
    const answer = await analyst.get('/alerts/bulk?action=close&list=severity%3Dhigh');
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/alerts?severity=high']);
  });

  it('handles hundreds in one go', async () => {
    for (let count = 0; count < 120; count += 1) await fillAlert(site.context, laptop, { title: `A${count}` });
    const { body } = await analyst.get('/alerts/bulk?action=close-all');
    expect(body).toContain('And 95 more.');
    await analyst.post('/alerts/bulk', { action: 'closed', alert: hidden(body), outcome: 'mistake', note: 'All.' });
    expect(new Set(await states())).toEqual(new Set(['closed']));
  });
});

describe('saved filters', () => {
  it('are kept for the account, replaced under their name, and removed', async () => {
    await analyst.post('/alerts/filters', { name: 'Grave', list: 'severity=critical&place=x' });
    await analyst.post('/alerts/filters', { name: 'Grave', list: 'severity=high' });
    const { body } = await analyst.get('/alerts');
    expect(body).toMatch(/href="\/alerts\?severity=high">Grave</);
    const other = await site.visitor('ict-analyst');
    expect((await other.get('/alerts')).body).not.toContain('Grave');
    const id = /name="remove" value="([^"]+)"/.exec(body)?.[1] ?? '';
    await other.post('/alerts/filters', { remove: id });
    expect((await analyst.get('/alerts')).body).toContain('>Grave<');
    await analyst.post('/alerts/filters', { remove: id });
    expect((await analyst.get('/alerts')).body).not.toContain('>Grave<');
  });

  it('need a name, and are harmless whatever it is', async () => {
    expect((await analyst.post('/alerts/filters', { name: ' ', list: '' })).body).toContain('Give the filter a name');
    await analyst.post('/alerts/filters', { name: hostile, list: 'person=x' });
    expect((await analyst.get('/alerts')).body).not.toContain('<script>alert');
  });
});

describe('the alerts of one person', () => {
  it('are shown to nobody who has not said why, and the reason is on the trail', async () => {
    await fillAlert(site.context, laptop, { title: 'Theirs', person: 'jordan.example' });
    const address = '/alerts?person=Jordan.Example';
    expect((await analyst.get(address)).body).not.toContain('Theirs');
    expect((await analyst.get('/alerts/export?person=jordan.example')).statusCode).toBe(303);
    expect((await analyst.get('/alerts/bulk?action=close-all&list=person%3Djordan.example')).body).not.toContain(
      'Theirs',
    );
    expect((await analyst.post('/alerts/person', { list: 'person=Jordan.Example', reason: '' })).statusCode).toBe(422);
    const { headers } = await analyst.post('/alerts/person', { list: 'person=Jordan.Example', reason: 'INC-12' });
    expect((await analyst.get(`${headers.location}`)).body).toContain('Theirs');
    expect(await actions('person.history-opened')).toMatchObject([
      { account_id: analyst.id, object: 'alerts of jordan.example', detail: 'INC-12' },
    ]);
  });

  it('ask each account, and again after a working day', async () => {
    await fillAlert(site.context, laptop, { title: 'Theirs', person: 'jordan.example' });
    await analyst.post('/alerts/person', { list: 'person=jordan.example', reason: 'INC-12' });
    const other = await site.visitor('ict-analyst');
    expect((await other.get('/alerts?person=jordan.example')).body).not.toContain('Theirs');
    expect((await analyst.get('/alerts?person=jordan.example')).body).toContain('Theirs');
  });
});

describe('the list as a file', () => {
  it('holds every alert of the filter, and nothing that a spreadsheet would run', async () => {
    for (const title of ['=HYPERLINK("https://evil.test")', '+1', '-1', '@SUM(1)', '\tx']) {
      await fillAlert(site.context, laptop, { title, person: '=cmd', device: { name: `${hostile},\n"x"` } });
    }
    await fillAlert(site.context, desk, { title: 'Elsewhere', severity: 'low' });
    const { body, headers } = await analyst.get('/alerts/export?computer=LT');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toBe('attachment; filename="alerts-2026-11-23.csv"');
    expect(body).not.toContain('Elsewhere');
    const cells = body.replace(/^\uFEFF/, '').split(/\r\n|,/);
    expect(cells.filter((cell) => /^"?[=+\-@\t]/.test(cell))).toEqual([]);
    expect(body.match(/FOC-LT-014/g)).toHaveLength(5);
    expect(await actions('alerts.exported')).toMatchObject([{ account_id: analyst.id, detail: 'computer=LT' }]);
  });

  it('goes on after the first five hundred lines, with one heading', async () => {
    const seqs = Array.from({ length: 1 }, () => null);
    for (let count = 0; count < 501; count += 1) {
      await fillAlert(site.context, laptop, { title: 'Stick', at: count, seqs, group: `g${count}` });
    }
    const { body } = await analyst.get('/alerts/export');
    const lines = body.trimEnd().split('\r\n');
    expect(lines).toHaveLength(502);
    expect(lines.filter((line) => line.includes('Severity,What'))).toHaveLength(1);
    expect(new Set(lines).size).toBe(502);
  });
});

describe('whose alerts', () => {
  const addresses = (id: string) => [`/alerts/${id}`, `/alerts/${id}/allow-once`, `/approvals/new?alert=${id}`];

  it.each([
    ['another organisation', { organisation: 'Other Trust' }],
    ['one team', { team: 'team-1' }],
  ])('an account of %s sees none that are not theirs, by list, by id, in a file or in bulk', async (_name, given) => {
    await site.context.store
      .insertInto('teams')
      .values({ id: 'team-1', organisation: 'Example Care', name: 'A' })
      .execute();
    const id = await fillAlert(site.context, laptop, {
      title: 'Secret stick',
      person: 'jordan.example',
      device: { name: 'Stick' },
    });
    const stranger = await site.visitor('ict-analyst', given);
    for (const address of ['/alerts', '/alerts/export', '/alerts/bulk?action=close-all', ...addresses(id)]) {
      expect((await stranger.get(address)).body).not.toContain('Secret stick');
    }
    expect((await stranger.get(`/alerts/${id}`)).statusCode).toBe(404);
    expect((await stranger.post(`/alerts/${id}`, { action: 'acknowledged' })).statusCode).toBe(404);
    const fields = { action: 'closed', alert: [id], outcome: 'mistake', note: 'Mine now.' };
    await stranger.post('/alerts/bulk', fields);
    expect(await states()).toEqual(['open']);
    expect((await stranger.get('/alerts')).body).toMatch(/app-figure__count">0</);
  });

  it('an account of one team sees those of its people', async () => {
    const { store } = site.context;
    await store.insertInto('teams').values({ id: 'team-1', organisation: 'Example Care', name: 'A' }).execute();
    const person = { id: 'p1', organisation: 'Example Care', reference: '1', name: 'Jordan Example', email: null };
    await store
      .insertInto('people')
      .values({ ...person, team_id: 'team-1', starts_on: null, leaves_on: null })
      .execute();
    const own = { organisation: 'Example Care', name: 'jordan.example', person_id: 'p1' };
    await store.insertInto('person_accounts').values(own).execute();
    const id = await fillAlert(site.context, laptop, { title: 'Of the team', person: 'Jordan.Example' });
    await fillAlert(site.context, laptop, { title: 'Of others', person: 'kim.test' });
    const theirs = await site.visitor('ict-analyst', { team: 'team-1' });
    expect(ticks((await theirs.get('/alerts')).body)).toEqual([id]);
    expect((await theirs.get(`/alerts/${id}`)).statusCode).toBe(200);
  });

  it.each(['..%2f..%2fetc%2fpasswd', 'x%00', "' or 1=1 --", 'null', 'constructor'])(
    'there is none by the id %s',
    async (id) => {
      for (const path of [`/alerts/${id}`, `/alerts/${id}/allow-once`]) {
        expect([path, (await analyst.get(path)).statusCode]).toEqual([
          path,
          expect.toSatisfy((code) => code === 404 || code === 400),
        ]);
      }
    },
  );
});

describe('markup in what computers and people send', () => {
  it('is text on every page of an alert', async () => {
    const device = {
      ...{ class: 'usb-storage' as const, bus: 'usb' as const, vendor: hostile, product: hostile, serial: hostile },
      ...{ serialTrust: 'device' as const, interfaces: ['08:06:50'], port: hostile },
    };
    const seq = await fillEvent(site.context, laptop, 'media.attached', { device, volumes: [], presentAtStart: false });
    const named = { key: hostile, name: hostile };
    const id = await fillAlert(site.context, laptop, { title: hostile, person: hostile, device: named, seqs: [seq] });
    await fillAlert(site.context, desk, { title: hostile, person: hostile, device: named, group: hostile });
    await analyst.post(`/alerts/${id}`, { action: 'noted', note: hostile });
    const list = new URLSearchParams({
      deviceKey: hostile,
      computer: hostile,
      device: hostile,
      same: hostile,
    }).toString();
    const pages = [
      '/alerts',
      `/alerts?${list}`,
      `/alerts?${new URLSearchParams({ person: hostile })}`,
      `/alerts/${id}?${new URLSearchParams({ list })}`,
      `/alerts/${id}/allow-once`,
      '/alerts/bulk?action=close-all',
      `/approvals/new?alert=${id}&kind=media-issue`,
    ];
    for (const page of pages) {
      const { body, statusCode } = await analyst.get(page);
      expect([page, statusCode]).toEqual([page, 200]);
      expect([page, /<script>alert|<img src=x/.test(body)]).toEqual([page, false]);
    }
  });
});
