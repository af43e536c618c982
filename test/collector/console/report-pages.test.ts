import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { roles } from '../../../collector/accounts/roles.ts';
import { issueReport } from '../../../collector/reports/issued.ts';
import { makeFiles } from '../../../collector/reports/reports.ts';
import { fillComputer, fillEvent } from './filling.ts';
import { addAccount, signInAs, type TestStore, testConsole, testStore } from './site.ts';

describe('the reports page', () => {
  let made: TestStore;
  let app: FastifyInstance;
  beforeEach(async () => {
    made = await testStore();
    made.context.passwords = { ...made.context.passwords, secondFactorFor: [] };
    app = await testConsole(made.context);
  });
  afterEach(async () => {
    await app.close();
    await made[Symbol.asyncDispose]();
  });

  async function visitor(role: (typeof roles)[number]) {
    await addAccount(made.context, { username: role, role });
    return signInAs(app, role);
  }
  const files = (body: string) => [...body.matchAll(/href="(\/reports\/[^"/]+\/\w+)"/g)].map(([, href = '']) => href);

  it('makes a report that can be fetched in each form, and writes down who did', async () => {
    const computer = await fillComputer(made.context, '=cmd|calc!A1');
    await fillEvent(made.context, computer, 'document.saved', {
      place: 'desktop',
      extension: 'docx',
      sizeBytes: 1,
      nameHash: 'abc',
    });
    const head = await visitor('head-of-business-and-governance');
    const answer = await head.post('/reports', { name: 'asset-register', from: '', to: '' });
    expect(answer.statusCode).toBe(303);
    const list = (await head.get(`${answer.headers.location}`)).body;
    expect(list).toContain('Asset register is made');
    const answers = await Promise.all(files(list).map((href) => head.get(href)));
    expect(answers.map(({ statusCode, headers }) => [statusCode, `${headers['content-type']}`.split(';')[0]])).toEqual([
      [200, 'application/pdf'],
      [200, 'text/html'],
      [200, 'text/csv'],
      [200, 'application/json'],
    ]);
    expect(answers[1]?.headers['content-security-policy']).toMatch(/sandbox/);
    // What a spreadsheet would take for a formula is made harmless.
    expect(answers[2]?.body).toContain("'=cmd|calc!A1");
    expect(answers[2]?.body).not.toMatch(/(^|,)=cmd/m);
    const trail = await made.context.store
      .selectFrom('audit')
      .select('action')
      .where('action', 'like', 'report.%')
      .execute();
    expect(trail.map(({ action }) => action)).toEqual([
      'report.issued',
      'report.opened',
      'report.opened',
      'report.opened',
      'report.opened',
    ]);
  }, 60_000);

  it.each([
    [{ name: 'asset-register', from: '2026-11-01', to: '2026-11-02' }, 'shows how things are and takes no period'],
    [{ name: 'state-of-security', from: '2026-11-09', to: '2026-11-01' }, 'A period ends on the day it begins'],
    [{ name: 'state-of-security', from: 'yesterday', to: '' }, 'A day of a period looks like'],
    [{ name: 'lottery', from: '', to: '' }, 'Choose a report'],
  ])('refuses %j and says why', async (fields, says) => {
    const head = await visitor('head-of-business-and-governance');
    const answer = await head.post('/reports', fields);
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain(says);
  });

  it('shows nobody what is not for their role, and answers as if it were not there', async () => {
    const { store, clock } = made.context;
    const report = await makeFiles(store, {
      name: 'asset-register',
      organisation: 'Example Care',
      period: null,
      now: clock.now(),
    });
    const id = await issueReport(store, report, { now: clock.now(), accountId: null, by: 'console' });
    const iao = await visitor('iao');
    expect((await iao.get('/reports')).body).not.toContain('Asset register');
    expect((await iao.get(`/reports/${id}/csv`)).statusCode).toBe(404);
    const auditor = await visitor('auditor');
    expect((await auditor.get(`/reports/${id}/csv`)).statusCode).toBe(200);
    expect((await auditor.get('/reports')).body).not.toContain('Make the report');
  }, 60_000);

  it('tells a role of a new report on its first page, until it was opened', async () => {
    const { store, clock } = made.context;
    const report = await makeFiles(store, {
      name: 'coverage',
      organisation: 'Example Care',
      period: null,
      now: clock.now(),
    });
    const id = await issueReport(store, report, {
      now: clock.now(),
      accountId: null,
      by: 'schedule',
      recipients: ['siro'],
      scheduledFor: '2026-10',
    });
    expect(
      await issueReport(store, report, { now: clock.now(), accountId: null, by: 'schedule', scheduledFor: '2026-10' }),
    ).toBeUndefined();
    const siro = await visitor('siro');
    const fresh = async () => /app-figure__count">(\d+)<\/span> new for you/.exec((await siro.get('/')).body)?.[1];
    expect(await fresh()).toBe('1');
    expect((await siro.get('/reports')).body).toMatch(/nhsuk-tag[^>]*>\s*New/);
    await siro.get(`/reports/${id}/html`);
    expect(await fresh()).toBe('0');
  }, 60_000);

  it('lets those who plan change when a report is made', async () => {
    const head = await visitor('head-of-business-and-governance');
    const fields = { report: 'encryption', every: 'quarter', recipients: 'siro' };
    expect((await head.post('/reports/schedule', fields)).headers.location).toBe('/reports?done=planned');
    expect((await head.get('/reports')).body).toMatch(
      /Encryption of computers and media[\s\S]*?Every quarter[\s\S]*?SIRO/,
    );
    const wrong = await head.post('/reports/schedule', { report: 'asset-register', every: 'month', recipients: 'iao' });
    expect([wrong.statusCode, wrong.body.includes('not for every role')]).toEqual([422, true]);
  });
});
