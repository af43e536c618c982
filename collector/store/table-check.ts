import Database from 'better-sqlite3';
import { errorCode } from '#shared/errors.ts';

/** Faults told of one table at most; the first few say all that can be said. */
const most = 3;

/** Whether SQLite says by an error that a file is damaged, and not that it could not look. */
export function isDamage(cause: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(cause));
}

/** Opens a store to look at its pages, whatever state they are in. @throws what SQLite throws */
export function openForLook(file: string): Database.Database {
  return new Database(file, { readonly: true, fileMustExist: true, timeout: 10_000 });
}

/** Names of all tables. @throws what SQLite throws where the schema itself is damaged */
export function tableNames(database: Database.Database): string[] {
  return database
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
}

/**
 * Reads every page of a table and of its indices. It takes no lock that a writer waits for.
 * @returns what SQLite finds wrong, a sentence each; none when all is well
 * @throws what SQLite throws where it could not look
 */
export function brokenPagesOf(database: Database.Database, table: string): string[] {
  try {
    const rows = database
      .prepare<[], string>(`PRAGMA quick_check("${table.replaceAll('"', '""')}")`)
      .pluck()
      .all();
    return rows.filter((says) => says !== 'ok').slice(0, most);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [`SQLite cannot read it (${errorCode(error)}).`];
  }
}
