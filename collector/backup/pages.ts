import Database from 'better-sqlite3';
import { errorCode } from '#shared/errors.ts';

/** Faults told at most; the first few say all that can be said. */
const most = 10;

/** Reads every page of a database. @returns what SQLite finds wrong with it, a sentence each; none when all is well */
export function brokenPages(file: string): string[] {
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 10_000 });
    try {
      const rows = database.prepare<[], { integrity_check: string }>(`PRAGMA integrity_check(${most})`).all();
      return rows.map(({ integrity_check: says }) => says).filter((says) => says !== 'ok');
    } finally {
      database.close();
    }
  } catch (error) {
    return [`SQLite cannot read it (${errorCode(error)}).`];
  }
}
