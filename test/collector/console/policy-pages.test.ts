import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentPolicy, profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { fillComputer, fillEvent } from './filling.ts';
import { testSigner } from './site.ts';
import { hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

const asScript = { accept: 'application/json' };
const agreed = { reason: 'Cameras are needed.', approver: 'Sam Head' };
let site: OpenConsole;
let admin: SomebodySignedIn;
let text: string;

beforeEach(async () => {
  site = await openConsole();
  text = profileText('focus', 'Example Care');
  const { store, clock } = site.context;
  await publishPolicy(store, testSigner, { text, reason: 'The first.', publishedBy: 'init', now: clock.now() });
  admin = await site.visitor('ict-administrator', { username: 'robin' });
});
afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

/** @returns the address of a new draft */
async function begin(name = 'Cameras'): Promise<string> {
  const { headers } = await admin.post('/policy/drafts', { name, version: '1' });
  return `${headers.location}`;
}
const save = (address: string, changed: string, revision: number, by = admin) =>
  by.post(address, { text: changed, revision: String(revision) });
const changedText = () => text.replace('intervalMinutes: 15', 'intervalMinutes: 30');
const textIn = (body: string) => /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(body)?.[1] ?? '';

describe('a draft', () => {
  it('begins with what holds now, is saved, compared line by line, and published with a reason and an approver', async () => {
    const address = await begin();
    await save(address, changedText(), 1);
    const { body } = await admin.get(address);
    expect(body).toContain('1 line added, 1 removed.');
    expect(body).toMatch(/<ins[^>]*>.*intervalMinutes: 30/);
    expect(body).toMatch(/<del[^>]*>.*intervalMinutes: 15/);
    const { headers } = await admin.post(`${address}/publish`, { ...agreed, revision: '2' });
    expect(headers.location).toBe('/policy?published=2');
    const current = await currentPolicy(site.context.store);
    expect(current).toMatchObject({
      version: 2,
      reason: agreed.reason,
      approver: agreed.approver,
      publishedBy: 'robin',
    });
    expect(current?.signed.text).toBe(changedText());
    expect((await admin.get(address)).body).toContain('Published as');
    expect((await admin.post(`${address}/publish`, { ...agreed, revision: '2' })).statusCode).toBe(422);
  });

  it.each([
    [{ reason: '' }, 'Write why the policy changes'],
    [{ approver: '' }, 'Name who agreed'],
    [{ approver: 'pat ROBIN' }, 'Somebody else than you'],
    [{ approver: 'robin' }, 'Somebody else than you'],
    [{ revision: '7' }, 'has changed since you looked it over'],
  ])('is not published with %o', async (change, words) => {
    const address = await begin();
    const answer = await admin.post(`${address}/publish`, { ...agreed, revision: '1', ...change });
    expect([answer.statusCode, answer.body.includes(words)]).toEqual([422, true]);
    expect((await currentPolicy(site.context.store))?.version).toBe(1);
  });

  it('is kept however wrong it is, but not published', async () => {
    const address = await begin();
    await save(address, text.replace('whenExpired:', 'whenExpird:'), 1);
    const { body } = await admin.get(address);
    expect(textIn(body)).toContain('whenExpird:');
    expect(body).toMatch(/Line \d+, column 1/);
    expect(body).toContain('It cannot be published while the check finds errors.');
    expect((await admin.post(`${address}/publish`, { ...agreed, revision: '2' })).statusCode).toBe(422);
  });

  it('of another organisation is not published', async () => {
    const address = await begin();
    await save(address, text.replace('organisation: "Example Care"', 'organisation: Other'), 1);
    const answer = await admin.post(`${address}/publish`, { ...agreed, revision: '2' });
    expect([answer.statusCode, answer.body.includes('for another organisation')]).toEqual([422, true]);
  });

  it('that two people edit shows the second both texts and loses neither', async () => {
    const other = await site.visitor('ict-administrator', { username: 'jo' });
    const address = await begin();
    await save(address, changedText(), 1, other);
    const mine = text.replace('intervalMinutes: 15', 'intervalMinutes: 45');
    const refused = await save(address, mine, 1);
    expect(refused.statusCode).toBe(422);
    expect(refused.body).toContain('Somebody else was faster');
    expect(refused.body).toContain('Pat jo saved the draft');
    expect(textIn(refused.body)).toContain('intervalMinutes: 45');
    expect(refused.body).toMatch(/<del[^>]*>.*intervalMinutes: 30/);
    expect(textIn((await admin.get(address)).body)).toContain('intervalMinutes: 30');
    const revision = /name="revision" id="revision" value="(\d+)"/.exec(refused.body)?.[1];
    expect((await save(address, mine, Number(revision))).statusCode).toBe(303);
    expect(textIn((await admin.get(address)).body)).toContain('intervalMinutes: 45');
  });

  it('says when a newer version than the one it began with holds', async () => {
    const address = await begin();
    const { store, clock } = site.context;
    await publishPolicy(store, testSigner, { text: changedText(), reason: 'x', publishedBy: 'y', now: clock.now() });
    expect((await admin.get(address)).body).toContain(
      'Version 2 was published after this draft was begun with version 1',
    );
  });

  it('can be thrown away, and is then no longer saved', async () => {
    const address = await begin();
    await admin.post(`${address}/discard`, { revision: '1' });
    expect((await admin.get('/policy')).body).toContain('Nothing is in the making');
    expect((await save(address, changedText(), 1)).body).toContain('was published or thrown away');
  });

  it('needs a name', async () => {
    expect((await admin.post('/policy/drafts', { name: ' ', version: '1' })).body).toContain('Give the draft a name');
  });

  it('is read and not changed by the people who have to agree to it', async () => {
    const address = await begin();
    const head = await site.visitor('head-of-business-and-governance');
    const { body } = await head.get(address);
    expect(body).toContain('intervalMinutes: 15');
    expect(body).not.toMatch(/<textarea|Publish<|Throw/);
    expect((await save(address, 'x', 1, head)).statusCode).toBe(403);
  });
});

describe('the script of the editor', () => {
  it('is told what the check finds, with line and column, and keeps nothing by that', async () => {
    const wrong = text.replace('mode: report', 'mode: reprot');
    const { body } = await admin.post('/policy/lint', { text: wrong }, asScript);
    const line = wrong.split('\n').findIndex((one) => one.startsWith('mode:')) + 1;
    expect(JSON.parse(body)).toMatchObject({ summary: '1 error.', findings: [{ level: 'error', line, column: 7 }] });
  });

  it('keeps the text as it is typed, and hears of a conflict', async () => {
    const address = await begin();
    const kept = await admin.post(address, { text: changedText(), revision: '1' }, asScript);
    expect(JSON.parse(kept.body)).toMatchObject({ revision: 2 });
    const again = await admin.post(address, { text: changedText(), revision: '2' }, asScript);
    expect(JSON.parse(again.body)).toMatchObject({ revision: 2 });
    const late = await admin.post(address, { text, revision: '1' }, asScript);
    expect([late.statusCode, JSON.parse(late.body)]).toMatchObject([409, { code: 'draftChanged' }]);
  });

  it('cannot be used from another site', async () => {
    const foreign = { ...asScript, 'sec-fetch-site': 'cross-site' };
    expect((await admin.post('/policy/lint', { text }, foreign)).statusCode).toBe(403);
    expect((await admin.post('/policy/lint', { text, formToken: 'wrong' }, asScript)).statusCode).toBe(403);
  });

  it('may send a text as long as a draft may be, and no longer one', async () => {
    const address = await begin();
    const padded = (length: number) => `${text}\n# ${'x'.repeat(length - text.length - 3)}`;
    expect((await admin.post(address, { text: padded(300_000), revision: '1' }, asScript)).statusCode).toBe(200);
    expect((await admin.post(address, { text: padded(300_001), revision: '2' }, asScript)).statusCode).toBe(409);
  });
});

describe('the history', () => {
  it('lists the versions with who, why and who agreed, compares them, and lets an older one hold again', async () => {
    const address = await begin();
    await save(address, changedText(), 1);
    await admin.post(`${address}/publish`, { ...agreed, revision: '2' });
    const { body } = await admin.get('/policy');
    for (const words of ['Version 2', 'Cameras are needed.', 'Sam Head', 'The first.']) expect(body).toContain(words);
    expect((await admin.get('/policy/versions/2')).body).toMatch(/<ins[^>]*>.*intervalMinutes: 30/);
    const back = { reason: 'It was wrong.', approver: 'Sam Head' };
    const { headers } = await admin.post('/policy/versions/1/roll-back', back);
    expect(headers.location).toBe('/policy?published=3');
    expect((await currentPolicy(site.context.store))?.signed.text).toBe(text);
    expect((await admin.post('/policy/versions/1/roll-back', { reason: '', approver: '' })).statusCode).toBe(422);
  });

  it.each(['0', '99', '-1', '1e9', 'x', '..%2f', '1%00', "1' or 1=1"])('has no version %s', async (version) => {
    expect([400, 404]).toContain((await admin.get(`/policy/versions/${version}`)).statusCode);
    expect([400, 404]).toContain((await admin.post(`/policy/versions/${version}/roll-back`, agreed)).statusCode);
  });

  it('and the drafts are of one organisation: accounts of another find nothing, by list or by id', async () => {
    const address = await begin();
    const stranger = await site.visitor('ict-administrator', { organisation: 'Other Trust' });
    for (const page of ['/policy', '/policy/versions/1', address, `${address}/replay`]) {
      expect([page, (await stranger.get(page)).statusCode]).toEqual([page, 404]);
    }
    for (const [page, fields] of [
      [address, { text: 'x', revision: '1' }],
      [`${address}/publish`, { ...agreed, revision: '1' }],
      [`${address}/discard`, { revision: '1' }],
      [`${address}/replay`, {}],
      ['/policy/drafts', { name: 'Mine', version: '1' }],
      ['/policy/versions/1/roll-back', agreed],
    ] as const) {
      expect([page, (await stranger.post(page, fields)).statusCode]).toEqual([page, 404]);
    }
    expect((await currentPolicy(site.context.store))?.version).toBe(1);
  });
});

describe('a replay', () => {
  it('runs beside everything else, says how far it is, and lists who would be newly blocked', async () => {
    const laptop = await fillComputer(site.context, 'FOC-LT-014');
    const device = {
      ...{ class: 'camera' as const, bus: 'usb' as const, vendor: hostile, product: 'Camera', serial: 'C1' },
      ...{ serialTrust: 'device' as const, interfaces: ['06:01:01'], port: '1-4' },
    };
    await fillEvent(site.context, laptop, 'media.attached', { device, volumes: [], presentAtStart: false });
    const address = await begin();
    const enforced = text.replace('mode: report', 'mode: enforce');
    await save(address, enforced, 1);
    expect((await admin.get(`${address}/replay`)).body).toContain('Start the replay');
    expect((await admin.post(`${address}/replay`, { days: '7' })).headers.location).toBe(`${address}/replay`);
    expect((await admin.post(`${address}/replay`, { days: '7' })).body).toContain('Another replay is running');
    const done = async () => {
      const { body } = await admin.get(`${address}/replay`);
      if (!body.includes('data-state="done"')) throw new Error(/data-state="[^"]*"/.exec(body)?.[0] ?? body);
      return body;
    };
    const body = await expect.poll(done, { timeout: 60_000, interval: 200 }).toBeDefined().then(done);
    expect(body).toContain('1 stored event of devices');
    expect(body).toContain('FOC-LT-014');
    expect(body).not.toContain('<script>alert');
    await save(address, changedText(), 2);
    expect((await admin.get(`${address}/replay`)).body).toContain('The draft was changed after this replay');
  }, 90_000);

  it('is not started with a text that is no policy', async () => {
    const address = await begin();
    await save(address, 'nothing: here', 1);
    expect((await admin.post(`${address}/replay`, { days: '7' })).statusCode).toBe(422);
  });
});

it('shows markup in every text as text', async () => {
  const address = await begin(hostile);
  await save(address, `# ${hostile}\n</textarea><script>alert(2)</script>\n${changedText()}`, 1);
  await save(address, `# ${hostile}\n${changedText()}`, 2);
  await admin.post(`${address}/publish`, { reason: hostile, approver: hostile, revision: '3' });
  for (const page of ['/policy', '/policy/versions/2', address]) {
    const { body, statusCode } = await admin.get(page);
    expect([page, statusCode, /<script>alert|<img src=x/.test(body)]).toEqual([page, 200, false]);
  }
});
