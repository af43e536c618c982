import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import type { EventData } from '#shared/events/kinds.ts';
import { kindDefinition } from '#shared/events/kinds.ts';
import { setAlertState } from '../../../collector/alerting/alerts.ts';
import { retentionJob } from '../../../collector/jobs/retention-job.ts';
import { planAlerts } from '../../../collector/notices/plan-alerts.ts';
import { silentSite } from '../../../collector/notices/set-up.ts';
import { savePerson } from '../../../collector/register/people.ts';
import { closeMonths, figuresOf } from '../../../collector/reports/figures.ts';
import { type HoldKind, placeHold, releaseHold } from '../../../collector/retention/holds.ts';
import { retentionLog, runRetention } from '../../../collector/retention/retention.ts';
import { verifyStore } from '../../../collector/store/verify.ts';
import { batchOf, enrolComputer, greet, lineOf, type TestComputer } from '../../fakes/agent-socket.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';
import { testClock } from '../console/site.ts';

const day = 24 * 60 * 60 * 1000;
const start = Date.parse('2025-11-30T09:00:00Z');
const clock = testClock(start);
const attached = kindDefinition('media.attached').example as EventData<'media.attached'>;

let collector: RealCollector;
let computer: TestComputer;
beforeEach(async () => {
  clock.advance(start - clock.now());
  collector = await realCollector({ clock });
  computer = await enrolComputer(collector);
});
afterEach(() => collector[Symbol.asyncDispose]());

/** A year, a month at a time: six everyday events of Pat, one of Sam, and a stick that raises an alert. */
async function yearOfEvents(): Promise<void> {
  let after = computer.start;
  for (let month = 0; month < 12; month++) {
    const at = isoTime(clock.now());
    const everyday = Array.from({ length: 7 }, (_, index) =>
      lineOf(after.seq + index + 1, { at, actor: { user: index < 6 ? 'PAT' : 'sam' } }),
    );
    const stick = {
      kind: 'media.attached' as const,
      data: attached,
      at,
      actor: { user: 'pat' },
    };
    const batch = batchOf(computer, after, [...everyday, lineOf(after.seq + 8, stick)]);
    await using socket = await greet(computer, { stored: after });
    socket.send(batch.frame);
    await socket.next('ack');
    after = batch.head;
    clock.advance(30 * day);
  }
}

const policy = (routineDays: number, violationDays: number) => {
  const published = collector.policy;
  return { ...published, policy: { ...published.policy, retention: { routineDays, violationDays } } };
};
const run = (routineDays = 90, violationDays = 200) =>
  runRetention(collector.context.store, policy(routineDays, violationDays), clock);

async function bodies(): Promise<{ kind: string; month: number; user: string }[]> {
  const { store } = collector.context;
  const rows = await store
    .selectFrom('events')
    .select(['kind', 'line'])
    .where('line', 'is not', null)
    .orderBy('seq')
    .execute();
  return rows.map(({ kind, line }) => {
    const { at, actor } = JSON.parse(line ?? '');
    return { kind, month: Math.round((Date.parse(at) - start) / (30 * day)), user: actor.user };
  });
}
const monthsWith = async (kind: string, user = 'pat') => [
  ...new Set(
    (await bodies()).filter((one) => one.kind === kind && one.user.toLowerCase() === user).map(({ month }) => month),
  ),
];

async function closeAlerts(): Promise<void> {
  const { store } = collector.context;
  const open = await store.selectFrom('alerts').select('id').where('state', '!=', 'closed').execute();
  for (const { id } of open) {
    const step = { alertId: id, accountId: 'ict', at: clock.now(), note: 'Pat explained it.' };
    await setAlertState(store, { ...step, action: 'closed', outcome: 'expected' });
  }
}
const hold = (kind: HoldKind, object: string) =>
  collector.context.store
    .transaction()
    .execute((tx) => placeHold(tx, { kind, object }, { by: 'ict', reason: 'Case 7', now: clock.now() }));
const holds = async () => (await verifyStore(collector.context.store, undefined, () => undefined)).holds;

describe('retention over a year', () => {
  it('takes the bodies of each class when its time is over, and the chain is proved all the same', async () => {
    await yearOfEvents();
    await closeAlerts();
    await run();
    expect(await monthsWith('agent.condition-changed')).toEqual([9, 10, 11]);
    expect(await monthsWith('media.attached')).toEqual([6, 7, 8, 9, 10, 11]);
    expect(await holds()).toBe(true);
    const { store } = collector.context;
    expect(await store.selectFrom('events').select('seq').execute()).toHaveLength(96);
  });

  it('does not touch what belongs to an open alert', async () => {
    await yearOfEvents();
    await run();
    expect(await monthsWith('media.attached')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('takes people, single devices and notes out of old closed alerts, and leaves what is counted', async () => {
    await yearOfEvents();
    await closeAlerts();
    const { store } = collector.context;
    const counted = () =>
      store
        .selectFrom('alerts')
        .select(['id', 'severity', 'state', 'outcome', 'count', 'opened_at'])
        .orderBy('id')
        .execute();
    const before = await counted();
    await run();
    expect(await counted()).toEqual(before);
    const old = await store
      .selectFrom('alerts')
      .selectAll()
      .where('opened_at', '<', clock.now() - 200 * day)
      .execute();
    expect(old).not.toHaveLength(0);
    for (const alert of old) expect(alert).toMatchObject({ person: null, device_key: null });
    const notes = store.selectFrom('alert_history').select('note').where('note', 'is not', null);
    expect(
      await notes
        .where(
          'alert_id',
          'in',
          old.map(({ id }) => id),
        )
        .execute(),
    ).toEqual([]);
    expect(await notes.execute()).not.toEqual([]);
  });

  it('forgets who used a computer or a device last', async () => {
    await yearOfEvents();
    const { store } = collector.context;
    const users = () => store.selectFrom('computer_users').select('user').execute();
    expect(await users()).not.toEqual([]);
    clock.advance(300 * day);
    await run();
    expect(await users()).toEqual([]);
    expect(await store.selectFrom('seen_devices').select('last_user').execute()).toEqual([{ last_user: null }]);
  });

  it('takes whom they were about, and what was written and sent, out of old notices that are done', async () => {
    await yearOfEvents();
    const { store } = collector.context;
    await planAlerts(store, silentSite('Test organisation'), { webhooks: [], now: clock.now() });
    const notices = () => store.selectFrom('notices').selectAll().orderBy('opened_at').execute();
    expect((await notices()).map(({ person }) => person)).toContain('pat');
    await store.updateTable('notices').set({ state: 'answered', comment: 'Pat explained it.' }).execute();
    clock.advance(300 * day);
    await run();
    for (const notice of await notices()) expect(notice).toMatchObject({ person: null, comment: null });
    expect(await store.selectFrom('notice_history').select('note').where('note', 'is not', null).execute()).toEqual([]);
  });

  it('writes down what it did, and does nothing twice', async () => {
    await yearOfEvents();
    await closeAlerts();
    const [first] = await run();
    expect(first).toMatchObject({ what: 'event-bodies', removed: 63 + 6, held: 0 });
    const [second] = await run();
    expect(second).toMatchObject({ what: 'event-bodies', removed: 0 });
    expect(await retentionLog(collector.context.store, 10)).toHaveLength(8);
  });

  it('keeps the counts of days, from which reports are made', async () => {
    await yearOfEvents();
    await closeAlerts();
    const counts = () =>
      collector.context.store.selectFrom('daily_counts').selectAll().orderBy('day').orderBy('kind').execute();
    const before = await counts();
    await run(1, 1);
    expect(await counts()).toEqual(before);
    expect(await bodies()).toEqual([]);
  });

  it('leaves what reports say of months that are over', async () => {
    await yearOfEvents();
    await closeAlerts();
    const { store } = collector.context;
    await closeMonths(store, clock.now());
    const quarter = { from: '2026-01-01', to: '2026-03-31' };
    const before = await figuresOf(store, quarter, clock.now());
    expect(before.isClosed).toBe(true);
    expect(JSON.stringify(before)).toContain('media.attached');
    await run(1, 1);
    expect(await bodies()).toEqual([]);
    expect(await figuresOf(store, quarter, clock.now())).toEqual(before);
    expect(await holds()).toBe(true);
  });

  it('runs by itself once a day under the policy in force', async () => {
    await yearOfEvents();
    const job = retentionJob(collector.context);
    const runs = async () => (await retentionLog(collector.context.store, 100)).length / 4;
    await job.check();
    await job.check();
    expect(await runs()).toBe(1);
    expect(await monthsWith('agent.condition-changed')).toEqual([9, 10, 11]);
    clock.advance(day);
    await job.check();
    expect(await runs()).toBe(2);
  });
});

describe('a legal hold', () => {
  it('on a person keeps what that person did, whatever its class, until it is released', async () => {
    const { store } = collector.context;
    const facts = {
      reference: 'S1',
      name: 'Pat Example',
      email: '',
      team: '',
      accounts: ['pat'],
      starts: '',
      leaves: '',
    };
    const pat = { ...facts, supervises: [], deputises: [] };
    await store.transaction().execute((tx) => savePerson(tx, 'Test organisation', pat, clock.now()));
    const person = await store.selectFrom('people').select('id').executeTakeFirstOrThrow();
    await yearOfEvents();
    await closeAlerts();
    const id = await hold('person', person.id);
    await run(90, 90);
    expect(await monthsWith('agent.condition-changed')).toHaveLength(12);
    expect(await monthsWith('media.attached')).toHaveLength(12);
    expect(await monthsWith('agent.condition-changed', 'sam')).toEqual([9, 10, 11]);
    await store
      .transaction()
      .execute((tx) => releaseHold(tx, id, { by: 'ict', reason: 'Case closed', now: clock.now() }));
    await run(90, 90);
    expect(await monthsWith('agent.condition-changed')).toEqual([9, 10, 11]);
    expect(await holds()).toBe(true);
  });

  it('on a computer keeps everything of it', async () => {
    await yearOfEvents();
    await closeAlerts();
    await hold('computer', computer.computerId);
    const [log] = await run(1, 1);
    expect(log).toMatchObject({ removed: 0, held: 96 });
    expect(await bodies()).toHaveLength(96);
  });

  it('on an alert keeps its events and whom it is about', async () => {
    await yearOfEvents();
    await closeAlerts();
    const { store } = collector.context;
    const oldest = await store.selectFrom('alerts').select('id').orderBy('opened_at').executeTakeFirstOrThrow();
    await hold('alert', oldest.id);
    await run(1, 1);
    expect(await monthsWith('media.attached')).toEqual([0]);
    expect(await store.selectFrom('alerts').select('person').where('id', '=', oldest.id).executeTakeFirst()).toEqual({
      person: 'pat',
    });
  });

  it.each<[string, HoldKind, string, RegExp]>([
    ['of what is not there', 'computer', 'none', /no such computer/],
    ['without a reason', 'alert', 'none', /reason/],
  ])('%s is refused', async (why, kind, object, words) => {
    const reason = why === 'without a reason' ? ' ' : 'Case 7';
    const { store } = collector.context;
    await expect(
      store.transaction().execute((tx) => placeHold(tx, { kind, object }, { by: 'ict', reason, now: 1 })),
    ).rejects.toThrow(words);
  });

  it('is not placed twice', async () => {
    await hold('computer', computer.computerId);
    await expect(hold('computer', computer.computerId)).rejects.toThrow(/on hold already/);
  });
});
