import type Database from 'better-sqlite3';
import type { Clock } from '#shared/clock.ts';
import { firstLink, type Link, lineHash, nextLink } from '#shared/events/chain.ts';
import { type Priority, priorities } from '#shared/events/event.ts';
import { kindDefinition, type PortcullisEvent } from '#shared/events/kinds.ts';
import { type Gap, type GapLine, type Head, limits } from '#shared/protocol/protocol.ts';
import type { SequenceReserve } from './reserve.ts';

/** An event before it has a number. */
export type Draft = {
  [K in PortcullisEvent['kind']]: Omit<Extract<PortcullisEvent, { kind: K }>, 'seq'>;
}[PortcullisEvent['kind']];

/** What a watcher wants to find again after a restart. */
export interface Memory {
  name: string;
  value: unknown;
}

/** Lines ready to be sent: they follow on `after` and lead to `head`. */
export interface Lease {
  after: Head;
  head: Head;
  lines: string[];
  /** Numbers missing in between. */
  gaps: Gap[];
}

export interface SpoolBounds {
  /** Bytes of event text kept at most; beyond it the least important go first. */
  bytes: number;
  /** Age in milliseconds after which an event is let go. */
  age: number;
}

export interface SpoolFigures {
  /** Number of the newest event recorded, and of the newest the collector has acknowledged. */
  headSeq: number;
  storedSeq: number;
  /** Events waiting for the collector. */
  events: number;
  bytes: number;
  /** `at` of the oldest waiting event. */
  oldest?: string;
}

/**
 * The agent's durable outbox. Every method is synchronous, and what it has returned from is on the disk. An event
 * leaves only by {@link Spool.commit}, or by the bounds, and then an `events.lost` event takes its place in the story.
 */
export interface Spool {
  /** Numbers, chains and stores events, together with what is to be remembered, all or nothing. */
  enqueue(drafts: readonly Draft[], ...memories: readonly Memory[]): PortcullisEvent[];
  recall(name: string): unknown;
  /** The next lines after those already leased, or undefined when there are none. Bounded by the protocol's limits. */
  lease(): Lease | undefined;
  /** The collector has stored everything up to here: forget it. */
  commit(head: Head): void;
  /** Forgets what is leased: sending starts again after what the collector says it has stored. */
  rollback(stored: Head): void;
  /** Newest event known to be stored by the collector. */
  stored(): Head;
  /**
   * Whether a chain that stands at this head can be this spool's own: false for a copy's, or after the spool went back
   * in time. Numbers that were let go leave nothing to compare with, and are believed.
   */
  agrees(head: Head): boolean;
  /** Lets go of what is too old. To be called now and then. */
  trim(): void;
  /** What waits. */
  figures(): SpoolFigures;
  close(): void;
}

interface Row {
  seq: number;
  line: string;
  before: Buffer;
}

const kept = 0.9;
/** Pages of 4 KiB. */
const pagesGivenBack = 2500;

export interface SpoolOptions {
  /** The computer's key, which the chain begins from. */
  publicKey: string;
  bounds: SpoolBounds;
  clock: Clock;
  reserve: Pick<SequenceReserve, 'cover'>;
  /** Number to go on after, which counts for a spool that is begun only: numbers were used before it was lost. */
  restartAfter?: number;
}

/** @param database opened by openSpoolDatabase */
export function spool(
  database: Database.Database,
  { publicKey, bounds, clock, reserve, restartAfter = 0 }: SpoolOptions,
): Spool {
  const sql = statements(database);
  sql.begin.run(restartAfter, firstLink(publicKey), firstLink(publicKey));
  let head = link(sql.head.get());
  let stored = link(sql.stored.get());
  let leased = stored;
  let { bytes, events: waiting } = sql.totals.get() ?? { bytes: 0, events: 0 };

  function append(draft: Draft): PortcullisEvent {
    const event = { seq: head.seq + 1, ...draft } as PortcullisEvent;
    reserve.cover(event.seq, stored.seq);
    const line = JSON.stringify(event);
    const priority = priorities.indexOf(kindDefinition(event.kind).priority);
    sql.insert.run(event.seq, priority, Date.parse(event.at), line, head.link);
    head = { seq: event.seq, link: nextLink(head.link, lineHash(line)) };
    bytes += Buffer.byteLength(line);
    waiting += 1;
    return event;
  }

  /** A draft made by the spool itself, in the words of an event it stands beside. */
  function lostDraft(because: 'spool-full' | 'too-old', gone: Gone, like: { bootId: string; uptimeMs: number }): Draft {
    const data = { from: gone.from, to: gone.to, count: gone.count, because, priority: gone.priority };
    return {
      at: new Date(clock.now()).toISOString(),
      bootId: like.bootId,
      uptimeMs: like.uptimeMs,
      kind: 'events.lost',
      data,
    };
  }

  function dropForSpace(like: { bootId: string; uptimeMs: number }): PortcullisEvent[] {
    const goneByPriority = priorities.flatMap((priority, level) => {
      if (bytes <= bounds.bytes * kept) return [];
      return drop(sql.oldestOf.iterate(level, leased.seq), () => bytes > bounds.bytes * kept, priority) ?? [];
    });
    // Told only now: the telling takes room, and must not push out what is more important.
    return goneByPriority.map((gone) => append(lostDraft('spool-full', gone, like)));
  }

  function drop(
    rows: IterableIterator<{ seq: number; bytes: number }>,
    more: () => boolean,
    priority: Priority,
  ): Gone | undefined {
    const doomed: number[] = [];
    for (const row of rows) {
      if (!more()) break;
      doomed.push(row.seq);
      bytes -= row.bytes;
      waiting -= 1;
    }
    const [from] = doomed;
    const to = doomed.at(-1);
    if (from === undefined || to === undefined) return undefined;
    for (const seq of doomed) sql.remove.run(seq);
    return { from, to, count: doomed.length, priority };
  }

  const enqueue = database.transaction((drafts: readonly Draft[], memories: readonly Memory[]) => {
    const events = drafts.map(append);
    const [first] = drafts;
    if (bytes > bounds.bytes && first) events.push(...dropForSpace(first));
    for (const { name, value } of memories) sql.remember.run(name, JSON.stringify(value));
    sql.saveHead.run(head.seq, head.link);
    return events;
  });

  const trim = database.transaction(() => {
    const limit = clock.now() - bounds.age;
    const newest = sql.newest.get();
    if (!newest) return;
    const like = JSON.parse(newest.line) as PortcullisEvent;
    for (const [level, priority] of priorities.entries()) {
      const gone = drop(sql.olderThan.iterate(level, leased.seq, limit), () => true, priority);
      if (gone) append(lostDraft('too-old', gone, like));
    }
    sql.saveHead.run(head.seq, head.link);
  });

  const commit = database.transaction(({ seq, link: reached }: Head) => {
    stored = { seq, link: Buffer.from(reached, 'hex') };
    const gone = sql.totalsUpTo.get(seq);
    bytes -= gone?.bytes ?? 0;
    waiting -= gone?.events ?? 0;
    sql.removeUpTo.run(seq);
    sql.saveStored.run(stored.seq, stored.link);
  });

  function linkAfter(seq: number): Link | undefined {
    const row = sql.row.get(seq);
    return row ? nextLink(row.before, lineHash(row.line)) : sql.row.get(seq + 1)?.before;
  }

  /** Undoes what a failed transaction did to the figures kept in memory. */
  function safely<T>(work: () => T): T {
    const before = { head, bytes, waiting, stored };
    try {
      return work();
    } catch (error) {
      ({ head, bytes, waiting, stored } = before);
      throw error;
    }
  }

  return {
    enqueue: (drafts, ...memories) => safely(() => enqueue(drafts, memories)),
    trim() {
      safely(() => trim());
      // A little at a time: what a month without a collector filled goes back within the hour, and nobody waits for it.
      database.pragma(`incremental_vacuum(${pagesGivenBack})`);
    },
    commit: (reached) => safely(() => commit(reached)),
    recall: (name) => {
      const row = sql.recall.get(name);
      return row ? JSON.parse(row.value) : undefined;
    },
    lease() {
      const batch = gather(sql.after.iterate(leased.seq), leased);
      if (!batch) return undefined;
      const after = leased;
      leased = batch.head;
      return { after: headText(after), head: headText(batch.head), lines: batch.lines, gaps: batch.gaps };
    },
    rollback(from) {
      leased = { seq: from.seq, link: Buffer.from(from.link, 'hex') };
    },
    stored: () => headText(stored),
    agrees(place) {
      if (place.seq <= stored.seq) return place.seq < stored.seq || place.link === stored.link.toString('hex');
      const known = linkAfter(place.seq);
      return known === undefined ? place.seq <= head.seq : known.toString('hex') === place.link;
    },
    figures() {
      const oldest = sql.oldest.get()?.at;
      return {
        events: waiting,
        bytes,
        headSeq: head.seq,
        storedSeq: stored.seq,
        ...(typeof oldest === 'number' ? { oldest: new Date(oldest).toISOString() } : {}),
      };
    },
    close: () => void database.close(),
  };
}

/** The figures of a spool another process is using, all of one moment. @param database opened read-only */
export function spoolFigures(database: Database.Database): SpoolFigures {
  return database.transaction(() => figuresNow(database))();
}

function figuresNow(database: Database.Database): SpoolFigures {
  const sum = database
    .prepare<[], Totals & { oldest: number | null }>(`SELECT ${totals}, min(at) AS oldest FROM event`)
    .get();
  const seq = (name: string) =>
    database.prepare<[string], { seq: number }>('SELECT seq FROM chain WHERE name = ?').get(name)?.seq ?? 0;
  return {
    events: sum?.events ?? 0,
    bytes: sum?.bytes ?? 0,
    headSeq: seq('head'),
    storedSeq: seq('stored'),
    ...(typeof sum?.oldest === 'number' && { oldest: new Date(sum.oldest).toISOString() }),
  };
}

interface Gone {
  from: number;
  to: number;
  count: number;
  priority: Priority;
}
interface Place {
  seq: number;
  link: Link;
}

function link(row: { seq: number; link: Buffer } | undefined): Place {
  if (!row) throw new TypeError('the spool has no head row');
  return { seq: row.seq, link: row.link };
}

function headText(place: Place): Head {
  return { seq: place.seq, link: place.link.toString('hex') };
}

/** Takes lines up to the protocol's limits, with a gap line wherever numbers are missing. */
function gather(rows: IterableIterator<Row>, from: Place): { head: Place; lines: string[]; gaps: Gap[] } | undefined {
  const lines: string[] = [];
  const gaps: Gap[] = [];
  let place = from;
  // The header line and its signature fit well into the room left.
  let room = limits.batchBytes - 4096;
  for (const row of rows) {
    const gap = row.seq === place.seq + 1 ? undefined : { from: place.seq + 1, to: row.seq - 1 };
    const next = gap ? [gapLine(gap, row), row.line] : [row.line];
    if (gap) room -= gapInHeader;
    room -= next.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (lines.length > 0 && (room < 0 || lines.length + next.length > limits.batchLines)) break;
    lines.push(...next);
    if (gap) gaps.push(gap);
    place = { seq: row.seq, link: nextLink(row.before, lineHash(row.line)) };
  }
  return lines.length === 0 ? undefined : { head: place, lines, gaps };
}

/** Bytes a gap takes in the header beside its line. */
const gapInHeader = 64;

function gapLine(gap: Gap, row: Row): string {
  return JSON.stringify({ gap: { ...gap, link: row.before.toString('hex') } } satisfies GapLine);
}

interface Totals {
  events: number;
  bytes: number;
}
const totals = 'count(*) AS events, coalesce(sum(octet_length(line)), 0) AS bytes';

function statements(database: Database.Database) {
  const prepare = <P extends unknown[], R>(text: string) => database.prepare<P, R>(text);
  return {
    begin: prepare<[number, Buffer, Buffer], never>(
      `INSERT INTO chain (name, seq, link) VALUES ('head', ?, ?), ('stored', 0, ?) ON CONFLICT DO NOTHING`,
    ),
    head: prepare<[], { seq: number; link: Buffer }>(`SELECT seq, link FROM chain WHERE name = 'head'`),
    stored: prepare<[], { seq: number; link: Buffer }>(`SELECT seq, link FROM chain WHERE name = 'stored'`),
    saveHead: prepare<[number, Buffer], never>(`UPDATE chain SET seq = ?, link = ? WHERE name = 'head'`),
    saveStored: prepare<[number, Buffer], never>(`UPDATE chain SET seq = ?, link = ? WHERE name = 'stored'`),
    insert: prepare<[number, number, number, string, Buffer], never>(
      'INSERT INTO event (seq, priority, at, line, before) VALUES (?, ?, ?, ?, ?)',
    ),
    remove: prepare<[number], never>('DELETE FROM event WHERE seq = ?'),
    removeUpTo: prepare<[number], never>('DELETE FROM event WHERE seq <= ?'),
    row: prepare<[number], Row>('SELECT seq, line, before FROM event WHERE seq = ?'),
    newest: prepare<[], Row>('SELECT seq, line, before FROM event ORDER BY seq DESC LIMIT 1'),
    after: prepare<[number], Row>('SELECT seq, line, before FROM event WHERE seq > ? ORDER BY seq'),
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
  };
}
