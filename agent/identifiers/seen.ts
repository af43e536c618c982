import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type Band, bands } from '#shared/identifiers/inspection.ts';

/** What is known of a file without looking into it again. */
export type Verdict = Band | 'not-inspected';

/**
 * What the agent remembers of files between runs: verdicts by a keyed mark of the file, and keyed marks of contents seen
 * in shared places. A convenience: when it is lost, files are looked into again and copies are not known.
 */
export interface Seen {
  verdictOf(file: string): Verdict | undefined;
  keepVerdict(file: string, verdict: Verdict): void;
  isShared(content: string): boolean;
  keepShared(content: string): void;
  /** When contents of shared places may last have been missed, milliseconds since 1970. */
  gapAt(): number;
  noteGap(at: number): void;
  /** When the last sweep ended, milliseconds since 1970; undefined before the first. */
  sweptAt(): number | undefined;
  noteSwept(at: number): void;
  close(): void;
}

const most = { verdict: 300_000, shared: 100_000 } as const;
type Table = keyof typeof most;
/** The bounds are looked at once in so many new rows. */
const untilTrim = 1000;

/** @param file path, or `:memory:` */
export function openSeen(file: string, now: () => number): Seen {
  const database = openOrBegin(file);
  const sql = statements(database);
  const added = { verdict: untilTrim, shared: untilTrim };

  function trim(table: Table): void {
    if (++added[table] < untilTrim) return;
    added[table] = 0;
    const over = Number(sql[table].count.get()) - most[table];
    if (over <= 0) return;
    sql[table].removeOldest.run(over);
    // What was let go may be just what is asked for.
    if (table === 'shared') setMoment('gap', now());
  }
  function setMoment(name: string, at: number): void {
    sql.setMoment.run(name, at);
  }
  const momentOf = (name: string) => sql.moment.get(name) as number | undefined;

  return {
    verdictOf: (mark) => verdictNamed(sql.verdict.of.get(mark)),
    keepVerdict(mark, verdict) {
      sql.verdict.keep.run(mark, now(), verdict);
      trim('verdict');
    },
    isShared: (content) => sql.shared.of.get(content) !== undefined,
    keepShared(content) {
      sql.shared.keep.run(content, now(), '');
      trim('shared');
    },
    gapAt: () => momentOf('gap') ?? now(),
    noteGap: (at) => setMoment('gap', at),
    sweptAt: () => momentOf('swept'),
    noteSwept: (at) => setMoment('swept', at),
    close: () => void database.close(),
  };
}

function verdictNamed(value: unknown): Verdict | undefined {
  return value === 'not-inspected' ? value : bands.find((band) => band === value);
}

/** What cannot be read is begun anew. */
function openOrBegin(file: string): Database.Database {
  try {
    return openDatabase(file);
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return openDatabase(file);
  }
}

function openDatabase(file: string): Database.Database {
  const database = new Database(file, { timeout: 2000 });
  try {
    database.pragma('journal_mode = WAL');
    // Losing the last moments costs a second look, which is cheaper than waiting for the disk at each file.
    database.pragma('synchronous = OFF');
    database.pragma('journal_size_limit = 1048576');
    database.pragma('cache_size = -256');
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const schema = (['verdict', 'shared'] satisfies Table[])
  .map(
    (table) => `
CREATE TABLE IF NOT EXISTS ${table} (mark TEXT PRIMARY KEY, at INTEGER NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ${table}_by_age ON ${table} (at);`,
  )
  .concat('CREATE TABLE IF NOT EXISTS moment (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;')
  .join('\n');

function statements(database: Database.Database) {
  const of = (table: Table) => ({
    of: database.prepare<[string], unknown>(`SELECT value FROM ${table} WHERE mark = ?`).pluck(),
    keep: database.prepare<[string, number, string]>(
      `INSERT INTO ${table} (mark, at, value) VALUES (?, ?, ?)
       ON CONFLICT (mark) DO UPDATE SET at = excluded.at, value = excluded.value`,
    ),
    count: database.prepare<[], unknown>(`SELECT count(*) FROM ${table}`).pluck(),
    removeOldest: database.prepare<[number]>(
      `DELETE FROM ${table} WHERE mark IN (SELECT mark FROM ${table} ORDER BY at LIMIT ?)`,
    ),
  });
  return {
    verdict: of('verdict'),
    shared: of('shared'),
    moment: database.prepare<[string], unknown>('SELECT at FROM moment WHERE name = ?').pluck(),
    setMoment: database.prepare<[string, number]>(
      'INSERT INTO moment (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at',
    ),
  };
}
