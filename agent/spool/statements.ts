import type Database from 'better-sqlite3';
import type { Link } from '#shared/events/chain.ts';

/** An event as it stands in the spool's file. What a failing disk or another hand made of it may not even fit these types. */
export interface Row {
  seq: number;
  line: string;
  /** The chain before this event, and with it; null in rows of agents that did not keep it yet. */
  before: Link;
  link: Link | null;
}

export interface Totals {
  events: number;
  bytes: number;
}
export const totals = 'count(*) AS events, coalesce(sum(octet_length(line)), 0) AS bytes';

/** Everything the spool asks of its database. */
export function statements(database: Database.Database) {
  const prepare = <P extends unknown[], R>(text: string) => database.prepare<P, R>(text);
  return {
    begin: prepare<[number, Buffer, Buffer], never>(
      `INSERT INTO chain (name, seq, link) VALUES ('head', ?, ?), ('stored', 0, ?) ON CONFLICT DO NOTHING`,
    ),
    head: prepare<[], { seq: number; link: Buffer }>(`SELECT seq, link FROM chain WHERE name = 'head'`),
    stored: prepare<[], { seq: number; link: Buffer }>(`SELECT seq, link FROM chain WHERE name = 'stored'`),
    saveHead: prepare<[number, Buffer], never>(`UPDATE chain SET seq = ?, link = ? WHERE name = 'head'`),
    saveStored: prepare<[number, Buffer], never>(`UPDATE chain SET seq = ?, link = ? WHERE name = 'stored'`),
    insert: prepare<[number, number, number, string, Link, Link], never>(
      'INSERT INTO event (seq, priority, at, line, before, link) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    keepDamaged: prepare<[number, number, number], never>(
      `INSERT INTO damaged (seq, found, line, before, link) SELECT seq, ?, line, before, link FROM event
       WHERE seq = ? AND (SELECT count(*) FROM damaged) < ?`,
    ),
    bytesOf: prepare<[number], { bytes: number | null }>('SELECT octet_length(line) AS bytes FROM event WHERE seq = ?'),
    remove: prepare<[number], never>('DELETE FROM event WHERE seq = ?'),
    removeUpTo: prepare<[number], never>('DELETE FROM event WHERE seq <= ?'),
    row: prepare<[number], Row>('SELECT seq, line, before, link FROM event WHERE seq = ?'),
    after: prepare<[number], Row>('SELECT seq, line, before, link FROM event WHERE seq > ? ORDER BY seq'),
    oldest: prepare<[], { at: number | null }>('SELECT at FROM event ORDER BY seq LIMIT 1'),
    totals: prepare<[], Totals>(`SELECT ${totals} FROM event`),
    totalsUpTo: prepare<[number], Totals>(`SELECT ${totals} FROM event WHERE seq <= ?`),
    oldestOf: prepare<[number, number], { seq: number; bytes: number }>(
      'SELECT seq, octet_length(line) AS bytes FROM event WHERE priority = ? AND seq > ? ORDER BY seq',
    ),
    olderThan: prepare<[number, number, number], { seq: number; bytes: number }>(
      'SELECT seq, octet_length(line) AS bytes FROM event WHERE priority = ? AND seq > ? AND at < ? ORDER BY seq',
    ),
    remember: prepare<[string, string], never>(
      'INSERT INTO memory (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ),
    recall: prepare<[string], { value: string }>('SELECT value FROM memory WHERE name = ?'),
    forget: prepare<[string], never>('DELETE FROM memory WHERE name = ?'),
  };
}
