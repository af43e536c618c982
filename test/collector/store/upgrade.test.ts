import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { brokenPages } from '../../../collector/backup/pages.ts';
import { strangeSchema } from '../../../collector/backup/schema.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { verifyStore } from '../../../collector/store/verify.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { levels, makeStoreAt, tablesOf } from '../../fixtures/stores/level.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/stores/', import.meta.url));
const kept = globSync('*.sqlite.gz', { cwd: fixtures })
  .map((name) => name.replace('.sqlite.gz', ''))
  .sort();

/** The store that was kept at this level, as a file of its own. */
function storeOf(level: string, folder: string): string {
  const file = join(folder, 'store.sqlite');
  writeFileSync(file, gunzipSync(readFileSync(`${fixtures}${level}.sqlite.gz`)));
  return file;
}

type Row = Record<string, unknown>;

function rowsIn(file: string): Map<string, Row[]> {
  const database = new BetterSqlite3(file, { readonly: true });
  const rows = tablesOf(database).map(
    (table) => [table, database.prepare<[], Row>(`SELECT * FROM ${table} ORDER BY rowid`).all()] as const,
  );
  database.close();
  return new Map(rows);
}

/** What a migration put elsewhere: who used a code is a row of its own since a code may be used more than once. */
const moved: Record<string, readonly string[]> = { enrolment_tokens: ['used_at', 'used_by'] };

/** Of each row the members that it had before, but those that were moved. */
function asBefore(before: Map<string, Row[]>, after: Map<string, Row[]> = before): Map<string, Row[]> {
  return new Map(
    [...before].map(([table, rows]) => {
      const names = Object.keys(rows[0] ?? {}).filter((name) => !moved[table]?.includes(name));
      return [table, (after.get(table) ?? []).map((row) => Object.fromEntries(names.map((name) => [name, row[name]])))];
    }),
  );
}

/** The first level kept no signatures: that is said until the computer sends its next batch. */
const unproved: Record<string, string> = {
  '0001-initial': 'That the chain ends at number 20 was not signed by its computer.',
};

async function upgraded(file: string): Promise<void> {
  const { store, close } = openStore(file);
  await migrate(store).finally(close);
}

describe('a store of every earlier level', () => {
  it('is kept for each, but those that no release had yet', () => {
    expect(kept.length).toBeGreaterThan(0);
    expect(levels.slice(0, kept.length)).toEqual(kept);
  });

  it.each(kept)('%s is brought to the newest, loses nothing and holds', async (level) => {
    using folder = tempFolder();
    const file = storeOf(level, folder.path);
    const before = rowsIn(file);
    await upgraded(file);
    expect(asBefore(before, rowsIn(file))).toEqual(asBefore(before));
    expect(brokenPages(file)).toEqual([]);
    expect(await strangeSchema(file)).toEqual([]);
    const { store, close } = openStore(file, { readOnly: true });
    const verified = await verifyStore(store, undefined, () => undefined).finally(close);
    expect(verified.computers.map(({ fault, events }) => [events, fault])).toEqual([[20, unproved[level]]]);
  });

  it.each(kept)('%s is still what today’s migrations make', async (level) => {
    using folder = tempFolder();
    const today = join(folder.path, 'today.sqlite');
    await makeStoreAt(level, today);
    expect(schemaOf(today)).toEqual(schemaOf(storeOf(level, folder.path)));
  });
});

function schemaOf(file: string): unknown[] {
  const database = new BetterSqlite3(file, { readonly: true });
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  database.close();
  return rows;
}

/** Brings a store to the newest level and is killed right after this migration, with kill -9. */
const dying = fileURLToPath(new URL('./dying-upgrade.ts', import.meta.url));

describe('an upgrade that is killed', () => {
  it.each(levels)('after %s leaves the store as it was, and the next one brings it up', async (level) => {
    using folder = tempFolder();
    const [oldest = ''] = kept;
    const file = storeOf(oldest, folder.path);
    const before = rowsIn(file);
    const { signal } = spawnSync(process.execPath, [dying, file, level]);
    // The oldest migration was there already, so that nobody dies of it.
    expect(signal).toBe(level === oldest ? null : 'SIGKILL');
    if (signal !== null) expect(rowsIn(file)).toEqual(before);
    await upgraded(file);
    expect(asBefore(before, rowsIn(file))).toEqual(asBefore(before));
    expect(await strangeSchema(file)).toEqual([]);
  });
});
