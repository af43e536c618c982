import Database from 'better-sqlite3';
import { migrate, openStore } from '../../collector/store/database.ts';
import type { PreparedBatch } from '../fakes/simulated-agent.ts';

export interface RawInsert {
  /** Inserts the rows of these batches, a thousand to a transaction. @returns milliseconds */
  insert(batches: readonly { computerNo: number; batch: PreparedBatch }[]): number;
  close(): void;
}

const together = 1000;

/**
 * What one SQLite file takes from one writer: the collector's own table and indices, WAL and `synchronous=FULL`, a
 * single prepared statement, and nothing to be read, checked, hashed or acknowledged.
 */
export async function rawInsert(file: string, publicKeys: readonly string[]): Promise<RawInsert> {
  const { store, close } = openStore(file);
  await migrate(store);
  await close();
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const computer = database.prepare(
    `INSERT INTO computers (no, id, public_key, hostname, state, enrolled_at, head_seq, head_link)
     VALUES (?, ?, ?, 'bench', 'active', 0, 0, x'')`,
  );
  for (const [index, key] of publicKeys.entries()) computer.run(index + 1, `bench-${index}`, key);
  const event = database.prepare(
    'INSERT INTO events (computer_no, seq, at, received_at, kind, line, link) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  type Row = [number, number, number, number, string, string, Buffer];
  const transaction = database.transaction((rows: Row[]) => {
    for (const row of rows) event.run(...row);
  });
  return {
    insert(batches) {
      const receivedAt = Date.now();
      const rows = batches.flatMap(({ computerNo, batch }) =>
        batch.rows.map(({ seq, at, kind, line, link }): Row => [computerNo, seq, at, receivedAt, kind, line, link]),
      );
      const start = performance.now();
      for (let from = 0; from < rows.length; from += together) transaction(rows.slice(from, from + together));
      return performance.now() - start;
    },
    close: () => void database.close(),
  };
}
