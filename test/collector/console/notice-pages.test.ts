import type { FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../../collector/accounts/sessions.ts';
import { consolePages } from '../../../collector/console/console.ts';
import type { OpenIncident } from '../../../collector/notices/answers.ts';
import { linkToken } from '../../../collector/notices/links.ts';
import { type NoticeTestSite, noticeSite } from '../notices/site.ts';
import { fromHere, testConsole, testSigner } from './site.ts';
import { hostile } from './visitors.ts';

let site: NoticeTestSite;
let app: FastifyInstance;
let ids: { sam: string; jo: string; samAccount: string };

beforeAll(async () => {
  site = await noticeSite();
  const sam = await site.person({
    reference: 'sam',
    name: 'Sam Supervisor',
    supervises: ['Reablement'],
    team: 'Managers',
  });
  const jo = await site.person({ reference: 'jo', name: 'Jordan Worker', team: 'Reablement', accounts: ['jo'] });
  await site.person({ reference: 'olu', supervises: ['Day care'] });
  ids = { sam, jo, samAccount: await site.account('sam', 'supervisor', sam) };
  await site.account('olu', 'supervisor', await site.person({ reference: 'olu', supervises: ['Day care'] }));
  await site.account('ian', 'ict-analyst');
  await site.account('ada', 'ict-administrator');
  app = await testConsole({ ...site.context, passwords: { ...site.context.passwords, secondFactorFor: [] } });
});
afterAll(async () => {
  await app.close();
  await site[Symbol.asyncDispose]();
});

async function visitor(username: string, on = app) {
  const { id } = await site.context.store
    .selectFrom('accounts')
    .select('id')
    .where('username', '=', username)
    .executeTakeFirstOrThrow();
  const { cookie, session } = await openSession(site.context, id);
  const headers = { cookie: `__Host-portcullis=${cookie}` };
  return {
    get: (url: string) => on.inject({ url, headers }),
    post: (url: string, fields: Record<string, string>) =>
      on.inject({
        method: 'POST',
        url,
        headers: { ...fromHere, ...headers },
        payload: new URLSearchParams({ formToken: session.formToken, ...fields }).toString(),
      }),
  };
}

/** A notice of its own. @returns its page, and the alert behind it */
async function noticeOf(thing: string, rule = 'media-unencrypted') {
  const alert = await site.raise(rule, { person: 'jo', thing });
  await site.run();
  const { notice_id } = await site.context.store
    .selectFrom('notice_alerts')
    .select('notice_id')
    .where('alert_id', '=', alert)
    .executeTakeFirstOrThrow();
  return { alert, id: notice_id, page: `/notices/${notice_id}` };
}
const alertState = (id: string) =>
  site.context.store.selectFrom('alerts').select(['state', 'outcome']).where('id', '=', id).executeTakeFirstOrThrow();

describe('the pages of notices', () => {
  it('show a supervisor who it is about, and nobody of another team anything', async () => {
    const { page } = await noticeOf('who');
    const sam = await visitor('sam');
    expect((await sam.get(page)).body).toContain('Jordan Worker');
    expect((await sam.get('/')).body).toContain(page);
    const olu = await visitor('olu');
    expect((await olu.get(page)).statusCode).toBe(404);
    expect((await olu.get('/notices')).body).not.toContain(page);
    const ict = await (await visitor('ian')).get(page);
    expect(ict.statusCode).toBe(200);
    expect(ict.body).not.toContain('Jordan Worker');
  });

  it('show nobody a notice about themselves', async () => {
    const { page } = await noticeOf('own');
    await site.account('jo', 'ict-analyst', ids.jo);
    expect((await (await visitor('jo')).get(page)).statusCode).toBe(404);
  });

  it.each([
    ['expected', { approval: 'A-17' }, { state: 'closed', outcome: 'expected' }],
    ['put-right', {}, { state: 'closed', outcome: 'put-right' }],
    ['needs-ict', {}, { state: 'open', outcome: null }],
  ])('close the loop with the answer %s', async (answer, more, after) => {
    const { page, alert } = await noticeOf(answer);
    const fields = { action: 'answer', answer, comment: 'Asked, and heard both sides.', ...more };
    const reply = await (await visitor('sam')).post(page, fields as Record<string, string>);
    expect(reply.statusCode).toBe(303);
    expect(await alertState(alert)).toEqual(after);
    const seen = (await (await visitor('ian')).get(`/alerts/${alert}`)).body;
    expect(seen).toContain('Notice answered');
    expect(seen).toContain('Asked, and heard both sides.');
  });

  it('leave it to ICT to close what is of high severity', async () => {
    const { page, alert } = await noticeOf('grave', 'media-infected');
    await (await visitor('sam')).post(page, { action: 'answer', answer: 'put-right', comment: 'It is in the safe.' });
    expect(await alertState(alert)).toEqual({ state: 'open', outcome: null });
  });

  it('say what an answer lacks, and take only one', async () => {
    const { page } = await noticeOf('lacking');
    const sam = await visitor('sam');
    for (const [fields, says] of [
      [{ answer: '', comment: 'x' }, 'Choose what it turned out to be'],
      [{ answer: 'expected', comment: 'x', approval: ' ' }, 'Give the number of the approval'],
      [{ answer: 'put-right', comment: ' ' }, 'Write in a sentence'],
      [{ answer: 'incident', comment: 'x' }, 'Choose what it turned out to be'],
    ] as const) {
      const reply = await sam.post(page, { action: 'answer', ...fields });
      expect([reply.statusCode, reply.body.includes(says)]).toEqual([422, true]);
    }
    await sam.post(page, { action: 'answer', answer: 'put-right', comment: 'done' });
    const again = await sam.post(page, { action: 'answer', answer: 'expected', approval: '1', comment: 'no' });
    expect(again.body).toContain('answered this notice already');
  });

  it('raise an incident where that is possible, in the transaction of the answer', async () => {
    const opened: Parameters<OpenIncident>[1][] = [];
    const openIncident: OpenIncident = async (_tx, opening) => {
      opened.push(opening);
      return { id: 'an incident', number: 'INC-1' };
    };
    const { passwords, hasher, secrets, storeFile, ...context } = site.context;
    const other = Fastify() as unknown as FastifyInstance;
    const options = {
      organisation: 'Example Care',
      passwords,
      hasher,
      secrets,
      fingerprint: 'ab',
      storeFile,
      signer: testSigner,
      openIncident,
    };
    await other.register(consolePages(context, options));
    const { page, alert } = await noticeOf('incident');
    const sam = await visitor('sam', other);
    expect((await sam.get(page)).body).toContain('Raise an incident');
    await sam.post(page, { action: 'answer', answer: 'incident', comment: 'Gone from the desk.' });
    expect(opened).toMatchObject([
      { source: 'notice', alertIds: [alert], openedBy: ids.samAccount, note: 'Gone from the desk.' },
    ]);
    expect(await alertState(alert)).toEqual({ state: 'closed', outcome: 'needs-incident' });
    await other.close();
  });

  it('keep what the person says, by the link they were sent, and show it as text', async () => {
    const { page, id } = await noticeOf('side');
    const recipient = await site.context.store
      .selectFrom('notice_recipients')
      .select('id')
      .where('notice_id', '=', id)
      .where('part', '=', 'person')
      .executeTakeFirstOrThrow();
    const token = linkToken(testSigner, { purpose: 'side', recipientId: recipient.id }, site.context.clock.now());
    const opened = await app.inject({ url: `/notice-link?token=${token}` });
    expect(opened.body).toContain('How was it?');
    expect(opened.body).not.toContain('FOC-LT-014');
    const payload = new URLSearchParams({ token, side: `It was for the training. ${hostile}` }).toString();
    await app.inject({ method: 'POST', url: '/notice-link', headers: fromHere, payload });
    const body = (await (await visitor('sam')).get(page)).body;
    expect(body).toContain('It was for the training.');
    expect(body).not.toContain('<script>alert');
    // A link of one purpose does nothing else, and one that was made up nothing at all.
    const other = linkToken(testSigner, { purpose: 'read', recipientId: recipient.id }, site.context.clock.now());
    for (const wrong of [other, `${token.slice(0, -4)}AAAA`, '']) {
      expect((await app.inject({ url: `/notice-link?token=${wrong}` })).statusCode).toBe(404);
    }
    site.context.clock.advance(63 * 24 * 3_600_000);
    expect((await app.inject({ url: `/notice-link?token=${token}` })).statusCode).toBe(404);
  });

  it('refuse a template with a word that is none, show a preview, and go back', async () => {
    const ada = await visitor('ada');
    const page = '/notices/templates/action';
    const fields = { action: 'save', subject: '{{ask}}', body: 'See {{link}} on {{computr}}.' };
    expect((await ada.post(page, fields)).body).toContain('did you mean &quot;computer&quot;?');
    const right = { ...fields, body: 'See {{link}} on {{computer}}. {% raw %}{{ ask }}' };
    expect((await ada.post(page, { ...right, action: 'preview' })).body).toContain(
      'on EXAMPLE-LT-014. {% raw %}Action needed',
    );
    expect((await ada.post(page, right)).statusCode).toBe(303);
    await noticeOf('worded');
    expect(site.sent.findLast(({ to }) => to === 'sam@example.org')?.text).toMatch(
      /^See https:.* on FOC-LT-014\. \{% raw %\}Action needed/,
    );
    site.context.clock.advance(1000);
    await ada.post(page, { action: 'default' });
    await noticeOf('worded again');
    expect(site.sent.findLast(({ to }) => to === 'sam@example.org')?.text).toContain('What to do, by');
  });

  it('tell ICT what could not be delivered and whose supervisor is missing, and send again', async () => {
    const { DeliveryError } = await import('../../../collector/notices/channels/channel.ts');
    site.refuse.with = new DeliveryError('refused', 'The mail server refused the message (550).');
    await site.raise('media-unencrypted', { person: 'a-stranger', thing: 'x' });
    await site.run();
    site.refuse.with = undefined;
    const ian = await visitor('ian');
    const body = (await ian.get('/notices/delivery')).body;
    expect(body).toContain('refused the message (550)');
    expect(body).toContain('Account a-stranger');
    const failed = await site.context.store
      .selectFrom('notice_deliveries')
      .select('id')
      .where('state', '=', 'failed')
      .executeTakeFirstOrThrow();
    const before = site.sent.length;
    expect((await ian.post(`/notices/delivery/${failed.id}`, { action: 'resend' })).statusCode).toBe(303);
    await site.run();
    expect(site.sent).toHaveLength(before + 1);
  });

  it('take days away from a supervisor of the team, and nothing that is no day', async () => {
    const sam = await visitor('sam');
    expect((await sam.post(`/people/${ids.jo}/absences`, { from: '2027-02-24', to: '2027-02-26' })).statusCode).toBe(
      303,
    );
    expect((await sam.get(`/people/${ids.jo}`)).body).toContain('24 February 2027');
    const wrong = await sam.post(`/people/${ids.jo}/absences`, { from: '24.12.', to: '' });
    expect([wrong.statusCode, wrong.body.includes('Give both days')]).toEqual([422, true]);
  });
});
