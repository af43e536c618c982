import { existsSync, renameSync } from 'node:fs';
import Database from 'better-sqlite3';
import { errorCode } from '#shared/errors.ts';
import { contradictsItself } from './damage.ts';

/**
 * Opens the spool's file. A damaged one is put aside as `.damaged-…`, never deleted, and a new one begun: that events
 * may be lost shows in its memory, which is empty.
 */
export function openSpoolDatabase(file: string, now: number): Database.Database {
  try {
    return openChecked(file);
  } catch (error) {
    if (!['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(errorCode(error))) throw error;
    const setAside = `${file}.damaged-${now}`;
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(file + suffix)) renameSync(file + suffix, setAside + suffix);
    }
    return openChecked(file);
  }
}

function openChecked(file: string): Database.Database {
  const database = new Database(file, { timeout: 2000 });
  try {
    // Before the first table, so that deleted rows give their space back to the disk.
    database.pragma('auto_vacuum = INCREMENTAL');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('journal_size_limit = 1048576');
    database.pragma('cache_size = -512');
    if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') throw corrupt();
    database.exec(schema);
    addLinks(database);
    if (contradictsItself(database)) throw corrupt();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function corrupt(): Error {
  return Object.assign(new Error('the spool fails its own check'), { code: 'SQLITE_CORRUPT' });
}

/** Agents that did not keep the link of each event write beside it as before, should one of them run again. */
function addLinks(database: Database.Database): void {
  const known = database.prepare(`SELECT 1 FROM pragma_table_info('event') WHERE name = 'link'`).get();
  if (!known) database.exec('ALTER TABLE event ADD COLUMN link BLOB');
}

const schema = `
CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY, priority INTEGER NOT NULL, at INTEGER NOT NULL, line TEXT NOT NULL, before BLOB NOT NULL,
  link BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS event_by_priority ON event (priority, seq);
CREATE TABLE IF NOT EXISTS chain (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, link BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS damaged (seq INTEGER NOT NULL, found INTEGER NOT NULL, line ANY, before ANY, link ANY) STRICT;
`;
