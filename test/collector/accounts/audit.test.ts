import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { describe, expect, it } from 'vitest';
import { recordAudit } from '../../../collector/accounts/audit.ts';
import { auditVerificationText, verifyAudit } from '../../../collector/accounts/audit-chain.ts';
import { listAudit } from '../../../collector/accounts/audit-list.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { migrations } from '../../../collector/store/migrations/index.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { testStore } from '../../fakes/test-store.ts';

const write = (store: Store, detail: string, at = 1000) =>
  recordAudit(store, { at, accountId: null, action: 'page.viewed', object: '/x', detail });

/** As somebody who has the file, and no program of ours, would. */
function tamper(file: string, sql: string): void {
  const database = new Database(file);
  for (const step of ['update', 'delete']) database.exec(`drop trigger if exists audit_no_${step}`);
  database.exec(sql);
  database.close();
}

it('chains what an older collector had written, when it is brought up to date', async () => {
  using folder = tempFolder();
  const { store, close } = openStore(join(folder.path, 'store.sqlite'));
  const migrator = new Migrator({ db: store, provider: { getMigrations: () => Promise.resolve(migrations) } });
  await migrator.migrateTo('0002-register-and-approvals');
  for (const id of ['b', 'a', 'c']) {
    await sql`insert into audit (id, at, action, detail) values (${id}, 1, 'sign-out', 'before')`.execute(store);
  }
  await migrate(store);
  await write(store, 'after');
  expect(await verifyAudit(store)).toMatchObject({ holds: true, entries: 4 });
  const rows = await store.selectFrom('audit').select('detail').orderBy('seq').execute();
  expect(rows.map(({ detail }) => detail)).toEqual(['before', 'before', 'before', 'after']);
  await close();
});

describe('the audit trail', () => {
  it('holds, from nothing to many entries written at once', async () => {
    await using made = await testStore();
    expect(await verifyAudit(made.store)).toMatchObject({ holds: true, entries: 0 });
    await Promise.all(Array.from({ length: 50 }, (_, index) => write(made.store, `entry ${index}`)));
    const verified = await verifyAudit(made.store);
    expect(verified).toMatchObject({ holds: true, entries: 50, head: expect.stringMatching(/^50:[0-9a-f]{64}$/) });
    expect(await verifyAudit(made.store, verified.head)).toEqual(verified);
  });

  it.each(['update audit set detail = 1', 'delete from audit', 'delete from audit where seq = 3'])(
    'cannot be changed through the store: %s',
    async (sql) => {
      await using made = await testStore();
      for (let index = 0; index < 5; index += 1) await write(made.store, `${index}`);
      const database = new Database(made.file);
      expect(() => database.exec(sql)).toThrow(/never changed or removed/);
      database.close();
    },
  );

  it.each([
    ['a changed word', "update audit set detail = 'another' where seq = 3", /Entry 3 is not what was written/],
    ['a changed time', 'update audit set at = 5 where seq = 3', /Entry 3/],
    ['a changed person', "update audit set account_id = 'x' where seq = 3", /Entry 3/],
    ['a removed entry', 'delete from audit where seq = 3', /Entry 3 is missing/],
    ['a removed first entry', 'delete from audit where seq = 1', /Entry 1 is missing/],
    [
      'two that changed places',
      'update audit set seq = 9 where seq = 2; update audit set seq = 2 where seq = 3; update audit set seq = 3 where seq = 9',
      /Entry 2/,
    ],
    [
      'an added entry',
      "insert into audit select 6, 'new', at, account_id, action, object, detail, link from audit where seq = 5",
      /Entry 6/,
    ],
  ])('shows %s', async (_name, sql, says) => {
    await using made = await testStore();
    for (let index = 0; index < 5; index += 1) await write(made.store, `${index}`);
    tamper(made.file, sql);
    const verified = await verifyAudit(made.store);
    expect(verified).toMatchObject({ holds: false, fault: expect.stringMatching(says) });
    expect(auditVerificationText(verified)).toContain('BROKEN');
  });

  it('shows entries cut off at the end against a head that was noted', async () => {
    await using made = await testStore();
    for (let index = 0; index < 5; index += 1) await write(made.store, `${index}`);
    const { head } = await verifyAudit(made.store);
    tamper(made.file, 'delete from audit where seq > 3');
    expect(await verifyAudit(made.store)).toMatchObject({ holds: true, entries: 3 });
    expect(await verifyAudit(made.store, head)).toMatchObject({
      holds: false,
      fault: expect.stringMatching(/after 3 are gone: 5/),
    });
  });

  it('shows a trail that was written anew from some place on', async () => {
    await using made = await testStore();
    for (let index = 0; index < 5; index += 1) await write(made.store, `${index}`);
    const { head } = await verifyAudit(made.store);
    tamper(made.file, 'delete from audit where seq > 2');
    for (let index = 0; index < 5; index += 1) await write(made.store, 'invented');
    expect((await verifyAudit(made.store)).holds).toBe(true);
    expect(await verifyAudit(made.store, head)).toMatchObject({
      holds: false,
      fault: expect.stringMatching(/entry 5 is not the one/),
    });
  });

  it('refuses a head that is none', async () => {
    await using made = await testStore();
    await expect(verifyAudit(made.store, 'x')).rejects.toMatchObject({ code: 'noHead' });
  });

  it('keeps an entry and what it is about together, or neither', async () => {
    await using made = await testStore();
    const failed = made.store.transaction().execute(async (tx) => {
      await write(tx, 'never happened');
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await verifyAudit(made.store)).entries).toBe(0);
  });

  it('holds whatever texts come in, hostile ones included', async () => {
    await using made = await testStore();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (detail) => {
        await write(made.store, detail);
        const [row] = await listAudit(made.store, { organisations: 'all' }, {}, 1);
        expect(row?.detail).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 50 },
    );
    expect((await verifyAudit(made.store)).holds).toBe(true);
  });
});
