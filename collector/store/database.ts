import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PortcullisError } from '#shared/errors.ts';
import { migrations } from './migrations/index.ts';
import { brokenPagesOf, isDamage, openForLook, tableNames } from './table-check.ts';
import type { Store, Tables } from './tables.ts';
import { type Turns, takingTurns } from './turns.ts';

export interface OpenStore {
  store: Store;
  close(): Promise<void>;
}

export interface StoreOptions {
  readOnly?: boolean;
  /** Shared with the other thread that writes, where there is one. */
  turns?: Turns;
}

/**
 * Opens the SQLite store: WAL, and `synchronous=FULL` so that a commit survives a power cut.
 * @param file path of the database, made if it does not exist unless `readOnly`
 * @throws PortcullisError `storeUnreadable` when the file is missing (read-only), or cannot be opened; `storeDamaged` when it is damaged
 */
export function openStore(file: string, { readOnly = false, turns }: StoreOptions = {}): OpenStore {
  const dialect = new WholeUpgrades({ database: withPreparedStatements(openDatabase(file, readOnly)) });
  const store = new Kysely<Tables>({
    dialect: {
      createDriver: () => (turns ? takingTurns(dialect.createDriver(), turns) : dialect.createDriver()),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
    },
  });
  return { store, close: () => store.destroy() };
}

/** Kysely leaves it to each dialect; with this an upgrade is one transaction, and a power cut in the middle undoes it. */
class WholeUpgrades extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function openDatabase(file: string, readOnly: boolean): Database.Database {
  try {
    const database = new Database(file, { readonly: readOnly, fileMustExist: readOnly, timeout: 10_000 });
    database.pragma('foreign_keys = ON');
    // Opening reads nothing yet; this finds out whether it is a database at all.
    database.pragma('schema_version');
    if (!readOnly) {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('journal_size_limit = 67108864');
      // The collector moves its log on a thread of its own long before that; see checkpoints.ts.
      database.pragma('wal_autocheckpoint = 40000');
    }
    return database;
  } catch (cause) {
    if (isDamage(cause)) throw damagedStore(cause);
    throw new PortcullisError(
      'storeUnreadable',
      'The store could not be opened. Was the collector ever started with this home folder?',
      {
        cause,
      },
    );
  }
}

/**
 * Looks at every page before anything is written, but those of the events: they are most of a store, and reading them all takes
 * seconds for each million. jobs/store-check.ts does it later.
 * @throws PortcullisError `storeDamaged`
 */
export function refuseDamaged(file: string): void {
  if (!existsSync(file)) return;
  let faults: string[];
  try {
    const database = openForLook(file);
    try {
      const small = tableNames(database).filter((table) => table !== 'events');
      faults = small.flatMap((table) => brokenPagesOf(database, table));
    } finally {
      database.close();
    }
  } catch (cause) {
    // What is no damage, such as a file that may not be read, is told by who opens it next.
    if (isDamage(cause)) throw damagedStore(cause);
    return;
  }
  if (faults.length > 0) throw damagedStore(new Error(faults.join(' ')));
}

/** Nothing is mended or begun anew by itself: an empty store would refuse every agent, and hide what happened. */
function damagedStore(cause: unknown): PortcullisError {
  const says = [
    'The store is damaged. It was left as it is, and nothing was deleted; agents keep what they have until it is mended.',
    'Stop the collector, move its folder aside and keep it, then run "portcullis-collector restore FILE" with the newest backup.',
  ];
  return new PortcullisError('storeDamaged', says.join(' '), { cause });
}

/** Kysely asks for a statement at every query; preparing the same text again costs more than running it. */
function withPreparedStatements(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, Database.Statement>();
  return {
    close: () => void database.close(),
    prepare(sql) {
      const known = kept.get(sql);
      if (known) return known;
      // A transaction that reads first and writes later would fail when the other thread committed in between.
      const fresh = database.prepare(sql === 'begin' ? 'begin immediate' : sql);
      // Texts with varying numbers of values are many; the hot ones come back soon after a reset.
      if (kept.size >= 500) kept.clear();
      kept.set(sql, fresh);
      return fresh;
    },
  };
}

/** Brings the store to the newest schema, forward only. @throws PortcullisError `migrationFailed` or `storeDamaged`, the store is then as before */
export async function migrate(store: Store): Promise<void> {
  const migrator = new Migrator({ db: store, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (isDamage(error)) throw damagedStore(error);
  if (error !== undefined) {
    throw new PortcullisError('migrationFailed', 'The store could not be brought to the newest schema.', {
      cause: error,
    });
  }
}
