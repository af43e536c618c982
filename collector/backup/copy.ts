import Database from 'better-sqlite3';

/** @param done share that is copied, 0 to 1 */
export type CopyProgress = (done: number) => void;

const pagesAtOnce = 1000;

/**
 * Copies a database as it stands at this moment, while others go on writing to it.
 * @param to a file that is there and empty
 * @throws what SQLite throws, such as SQLITE_FULL; what was copied so far is then left in `to`
 */
export async function copyDatabase(from: string, to: string, progress: CopyProgress): Promise<void> {
  const database = new Database(from, { readonly: true, fileMustExist: true, timeout: 10_000 });
  try {
    // Held to the end, so that the copy is of one moment: otherwise each commit of the collector would begin it anew.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    await database.backup(to, {
      progress({ totalPages, remainingPages }) {
        if (totalPages > 0) progress(1 - remainingPages / totalPages);
        return pagesAtOnce;
      },
    });
  } finally {
    database.close();
  }
}
