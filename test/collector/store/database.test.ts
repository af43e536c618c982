import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { alertRows, listAlerts } from '../../../collector/alerting/alert-list.ts';
import { raiseAlerts } from '../../../collector/alerting/alerts.ts';
import { standingNotice } from '../../../collector/notices/notices.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { linkAt } from '../../../collector/store/events.ts';
import { printEvents } from '../../../collector/store/events-report.ts';
import { migrations } from '../../../collector/store/migrations/index.ts';
import type { StoreTransaction } from '../../../collector/store/tables.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

describe('the store', () => {
  it('lists every migration file, in order', () => {
    const files = readdirSync(new URL('../../../collector/store/migrations/', import.meta.url))
      .filter((name) => name !== 'index.ts')
      .map((name) => name.replace('.ts', ''));
    expect(Object.keys(migrations)).toEqual(files.sort());
  });

  it('comes up from nothing, and a second time changes nothing', async () => {
    using folder = tempFolder();
    const { store, close } = openStore(join(folder.path, 'store.sqlite'));
    await migrate(store);
    const tables = async () => (await store.introspection.getTables()).map(({ name }) => name).sort();
    const once = await tables();
    expect(once).toEqual(expect.arrayContaining(['alerts', 'computers', 'events', 'gaps', 'policies']));
    await migrate(store);
    expect(await tables()).toEqual(once);
    await close();
  });

  it.each([
    ['is missing', 'storeUnreadable', () => undefined],
    ['is no database', 'storeDamaged', (file: string) => writeFileSync(file, 'x'.repeat(5000))],
  ] as const)('is refused with a plain sentence when its file %s (%s)', async (_what, code, spoil) => {
    using folder = tempFolder();
    const file = join(folder.path, 'store.sqlite');
    spoil(file);
    const open = async () => {
      const { store, close } = openStore(file, { readOnly: true });
      await store.selectFrom('computers').select('no').execute().finally(close);
    };
    await expect(open()).rejects.toMatchObject({ code });
  });

  it('is durable: every commit waits for the disk', async () => {
    using folder = tempFolder();
    const { store, close } = openStore(join(folder.path, 'store.sqlite'));
    await migrate(store);
    const { sql } = await import('kysely');
    expect((await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(store)).rows).toEqual([{ synchronous: 2 }]);
    expect((await sql<{ journal_mode: string }>`PRAGMA journal_mode`.execute(store)).rows).toEqual([
      { journal_mode: 'wal' },
    ]);
    await close();
  });
});

/** What SQLite is really asked while `work` runs, each with the plan it has for it. */
async function plansOf(work: (store: ReturnType<typeof openStore>['store']) => Promise<unknown>): Promise<string[]> {
  using folder = tempFolder();
  const file = join(folder.path, 'store.sqlite');
  const opened = openStore(file);
  await migrate(opened.store);
  const asked: string[] = [];
  const logged = opened.store.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) => Promise.resolve(result),
  });
  const executor = logged.getExecutor();
  const execute = executor.executeQuery.bind(executor);
  executor.executeQuery = (query) => {
    asked.push(query.sql);
    return execute(query);
  };
  await work(logged);
  await opened.close();
  const database: Database.Database = new BetterSqlite3(file, { readonly: true });
  const plan = (text: string) =>
    database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
      .all(...Array.from(text.matchAll(/\?/g), () => null))
      .map(({ detail }) => detail)
      .join('; ');
  const plans = asked.filter((text) => /^(select|with) /.test(text)).map((text) => `${text} => ${plan(text)}`);
  database.close();
  return plans;
}

const finding = {
  ruleId: 'rule',
  title: 'Title',
  severity: 'low' as const,
  clause: 'focus 1',
  recipients: ['ict'],
  tell: 'now' as const,
  kind: 'agent.stopped',
  group: 'group',
  seq: null,
  at: 1,
};

describe('a hot question is answered by an index:', () => {
  it.each<[string, Parameters<typeof plansOf>[0], RegExp]>([
    [
      'the link at a number',
      (store) => linkAt(store, 1, 5),
      /SEARCH events USING (PRIMARY KEY|INDEX sqlite_autoindex_events_1) \(computer_no=\? AND seq=\?\)/,
    ],
    [
      'a page of events',
      (store) => printEvents(store, { computer: undefined, kind: undefined, since: undefined }, true, () => undefined),
      /(SEARCH|SCAN) events USING INDEX sqlite_autoindex_events_1/,
    ],
    [
      'the alert that stands',
      (store) =>
        raiseAlerts(store as StoreTransaction, { computerNo: 1, policyVersion: 1, findings: [finding], now: 1 }).catch(
          () => undefined,
        ),
      /SEARCH alerts USING INDEX alerts_by_group \(group_key=\? AND opened_at>\?\)/,
    ],
  ])('%s', async (_what, work, plan) => {
    const plans = await plansOf(work);
    expect(plans).toContainEqual(expect.stringMatching(plan));
    expect(plans.join('\n')).not.toMatch(/=> SCAN (events|alerts)(;|$)|USE TEMP B-TREE/m);
  });
});

it('whether a matter has a notice that stands is found by one entry of an index', async () => {
  const plans = await plansOf((store) => standingNotice(store, { organisation: 'Example Care', sameKey: 'a', now: 1 }));
  const columns = 'same_key=\\? AND organisation=\\? AND state=\\? AND opened_at>\\?';
  expect(plans).toEqual([expect.stringMatching(`SEARCH notices USING INDEX notices_by_matter \\(${columns}\\)$`)]);
});

describe('a page of the queue of alerts', () => {
  const filter = {
    within: { organisation: 'Example Care', scope: { organisations: 'all', teams: 'all' } },
    states: ['open', 'acknowledged'],
  } as const;

  it.each([
    ['last_at', 'desc', /^SCAN alerts USING COVERING INDEX alerts_open_by_time$/],
    ['last_at', 'asc', /SCAN alerts USING COVERING INDEX alerts_open_by_same/],
    ['severity_rank', 'desc', /SCAN alerts USING COVERING INDEX alerts_open_by_same/],
    [
      'hostname',
      'asc',
      /^SCAN computers USING COVERING INDEX computers_by_name; SEARCH alerts USING COVERING INDEX alerts_open_by_computer \(computer_no=\?\)$/,
    ],
    ['count', 'desc', /SCAN alerts USING COVERING INDEX alerts_open_by_same/],
  ] as const)('by %s %s is found, and what fits counted, from indices alone', async (column, direction, plan) => {
    const list = { size: 50, grouped: true };
    const plans = await plansOf((store) => listAlerts(store, filter, { column, direction }, list));
    expect(plans).toHaveLength(2);
    expect(plans[0]?.split(' => ')[1]).toMatch(plan);
    expect(plans[1]).toMatch(/alerts USING COVERING INDEX alerts_open_by/);
  });

  it('makes its groups of an index, each in one place, and reads one alert of each', async () => {
    const order = { column: 'last_at', direction: 'desc' } as const;
    const plans = await plansOf(async (store) => {
      await store.transaction().execute(async (tx) => {
        await addComputer(tx, { publicKey: 'a', hostname: 'one', version: '0.1.0', now: 1 });
        await raiseAlerts(tx, { computerNo: 1, policyVersion: 1, findings: [finding], now: 1 });
      });
      await listAlerts(store, filter, order, { size: 50, grouped: true });
    });
    const plan = plans.find((one) => one.startsWith('select "groups".*'))?.split(' => ')[1];
    expect(plan).toMatch(/SEARCH alerts USING COVERING INDEX alerts_open_by_same \(same_key=\?\)/);
    expect(plan).not.toContain('TEMP B-TREE FOR GROUP BY');
  });

  it('of one computer begins with that computer', async () => {
    const plans = await plansOf((store) =>
      alertRows(
        store,
        { within: filter.within, computerId: 'one' },
        { column: 'last_at', direction: 'desc' },
        { size: 6 },
      ),
    );
    expect(plans).toContainEqual(expect.stringMatching(/alerts USING INDEX alerts_by_computer \(computer_no=\?\)/));
  });
});
