import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NewReport, reportJob } from '../../../collector/jobs/report-job.ts';
import { issuedFile, issueReport, listIssued } from '../../../collector/reports/issued.ts';
import { makeFiles } from '../../../collector/reports/reports.ts';
import { dueFor, saveSchedule, schedules } from '../../../collector/reports/schedule.ts';
import { fillComputer } from '../console/filling.ts';
import { type TestStore, testStore } from '../console/site.ts';

describe('what is due', () => {
  it.each([
    ['month', '2026-11-02T05:59:00Z', undefined],
    ['month', '2026-11-02T06:00:00Z', '2026-10'],
    ['month', '2026-11-01T12:00:00Z', undefined],
    ['month', '2027-01-01T12:00:00Z', undefined],
    ['month', '2027-01-04T06:00:00Z', '2026-12'],
    ['month', '2026-07-01T05:00:00Z', '2026-06'],
    ['quarter', '2026-11-30T12:00:00Z', '2026-Q3'],
    ['quarter', '2027-01-04T06:00:00Z', '2026-Q4'],
    ['never', '2026-11-30T12:00:00Z', undefined],
  ] as const)('every %s at %s is that for %s', (every, at, expected) => {
    expect(dueFor(every, Date.parse(at))).toBe(expected);
  });
});

describe('reports by schedule', () => {
  let made: TestStore;
  let delivered: NewReport[];
  beforeEach(async () => {
    made = await testStore(Date.parse('2026-10-20T09:00:00Z'));
    delivered = [];
  });
  afterEach(() => made[Symbol.asyncDispose]());

  const moveTo = (time: string) => made.context.clock.advance(Date.parse(time) - made.context.clock.now());
  const job = (fails = new Set<string>()) => {
    const { store, clock, log } = made.context;
    return reportJob({
      store,
      clock,
      log,
      organisation: 'Example Care',
      make: (request) => (fails.has(request.name) ? Promise.reject(new Error('no')) : makeFiles(store, request)),
      deliver: async (report) => void delivered.push(report),
    });
  };
  const issued = async () =>
    (await listIssued(made.context.store, ['state-of-security', 'access-review', 'incidents'])).map(
      ({ title, scheduled_for: period }) => `${title} for ${period}`,
    );

  it('come once, on the first working day, however often it is looked', async () => {
    await fillComputer(made.context, 'FOC-LT-001');
    await job().check();
    expect(await issued()).toEqual([]);
    moveTo('2026-11-01T10:00:00Z');
    await job().check();
    expect(await issued()).not.toContain('State of security, October 2026 for 2026-10');
    moveTo('2026-11-02T08:00:00Z');
    await job().check();
    await job().check();
    expect(await issued()).toEqual(expect.arrayContaining(['State of security, October 2026 for 2026-10']));
    expect(new Set(await issued()).size).toBe((await issued()).length);
    expect(delivered.find(({ title }) => title.startsWith('State'))?.recipients).toEqual([
      'head-of-business-and-governance',
    ]);
  }, 60_000);

  it('do not hold each other up when one fails', async () => {
    await fillComputer(made.context, 'FOC-LT-001');
    moveTo('2026-11-02T08:00:00Z');
    await job(new Set(['state-of-security'])).check();
    expect((await issued()).length).toBeGreaterThan(0);
    await job().check();
    expect(await issued()).toContain('State of security, October 2026 for 2026-10');
  }, 60_000);

  it('are nothing where no computer was enrolled', async () => {
    moveTo('2026-11-02T08:00:00Z');
    await job().check();
    expect(await issued()).toEqual([]);
  });

  it('follow what somebody set, and only for roles that may read them', async () => {
    const { store, clock } = made.context;
    const by = { accountId: null, now: clock.now() };
    await saveSchedule(store, { name: 'asset-register', every: 'month', recipients: ['auditor'] }, by);
    expect(await schedules(store)).toContainEqual({ name: 'asset-register', every: 'month', recipients: ['auditor'] });
    await expect(
      saveSchedule(store, { name: 'asset-register', every: 'month', recipients: ['iao'] }, by),
    ).rejects.toThrow(/not for every role/);
    await expect(saveSchedule(store, { name: 'lottery', every: 'month', recipients: [] }, by)).rejects.toThrow(
      /no report of this name/,
    );
  });
});

describe('an issued report', () => {
  it('is kept as it was, and refused when its bytes were changed behind the store’s back', async () => {
    await using made = await testStore();
    const { store, clock } = made.context;
    const report = await makeFiles(store, {
      name: 'coverage',
      organisation: 'Example Care',
      period: null,
      now: clock.now(),
    });
    const id = (await issueReport(store, report, { now: clock.now(), accountId: null, by: 'console' })) ?? '';
    const file = await issuedFile(store, id, 'html');
    expect(
      Buffer.compare(
        file?.bytes ?? Buffer.alloc(0),
        Buffer.from(report.files.find(({ format }) => format === 'html')?.bytes ?? []),
      ),
    ).toBe(0);
    await expect(
      store
        .updateTable('issued_report_files')
        .set({ bytes: Buffer.from('x') })
        .execute(),
    ).rejects.toThrow(/never changed/);
    const { sql } = await import('kysely');
    await sql`drop trigger issued_report_files_no_update`.execute(store);
    await store
      .updateTable('issued_report_files')
      .set({ bytes: Buffer.from('x') })
      .execute();
    await expect(issuedFile(store, id, 'html')).rejects.toThrow(/not what was issued/);
  }, 60_000);
});
