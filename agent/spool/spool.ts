import type Database from 'better-sqlite3';
import { type Clock, isoTime } from '#shared/clock.ts';
import { firstLink, lineHash, nextLink } from '#shared/events/chain.ts';
import { priorities } from '#shared/events/event.ts';
import { kindDefinition, type PortcullisEvent } from '#shared/events/kinds.ts';
import { type Gap, type Head, limits } from '#shared/protocol/protocol.ts';
import { linkAfter, mayHaveToldOfLoss } from './damage.ts';
import { gather, type Place } from './gather.ts';
import { type Loss, lossToldBy, mergeLosses, toldAsLost } from './losses.ts';
import type { SequenceReserve } from './reserve.ts';
import { statements, type Totals, totals } from './statements.ts';

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
 * The agent's durable outbox. Every method is synchronous, and what it has returned from is on the disk; only a commit
 * may be undone by a power cut, and is made again. An event leaves only by {@link Spool.commit}, or by the bounds, and then an `events.lost` event takes its place in the story.
 */
export interface Spool {
  /**
   * Numbers, chains and stores events, together with what is to be remembered, all or nothing. One that is too long for a
   * line is told as lost.
   */
  enqueue(drafts: readonly Draft[], ...memories: readonly Memory[]): PortcullisEvent[];
  /** What was remembered last. What is damaged is forgotten, and told as tampering: whoever asks begins anew. */
  recall(name: string): unknown;
  /**
   * The next lines after those already leased, or undefined when there are none. Bounded by the protocol's limits. Events
   * that are not what was recorded are set aside and told as lost.
   */
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

const kept = 0.9;
/** Pages of 4 KiB. */
const pagesGivenBack = 2500;
/** Damaged events kept at most, of at most 64 KiB each: the first tell most, and whoever damages many shall not fill the disk. */
const mostDamagedKept = 1000;

export interface SpoolOptions {
  /** The computer's key, which the chain begins from. */
  publicKey: string;
  bounds: SpoolBounds;
  clock: Clock;
  /** What the events that the spool makes by itself say of the computer's run. */
  run(): Pick<Draft, 'bootId' | 'uptimeMs'>;
  reserve: Pick<SequenceReserve, 'cover'>;
  /** Number to go on after, which counts for a spool that is begun only: numbers were used before it was lost. */
  restartAfter?: number;
}

/** @param database opened by openSpoolDatabase */
export function spool(
  database: Database.Database,
  { publicKey, bounds, clock, run, reserve, restartAfter = 0 }: SpoolOptions,
): Spool {
  const sql = statements(database);
  sql.begin.run(restartAfter, firstLink(publicKey), firstLink(publicKey));
  let head = link(sql.head.get());
  let stored = link(sql.stored.get());
  let leased = stored;
  let { bytes, events: waiting } = sql.totals.get() ?? { bytes: 0, events: 0 };

  function append(draft: Draft): PortcullisEvent {
    const event = { seq: head.seq + 1, ...draft } as PortcullisEvent;
    const line = JSON.stringify(event);
    const length = Buffer.byteLength(line);
    if (length > limits.lineBytes) return append(toldAsLost(draft, 'too-large'));
    reserve.cover(event.seq, stored.seq);
    const priority = priorities.indexOf(kindDefinition(event.kind).priority);
    const link = nextLink(head.link, lineHash(line));
    sql.insert.run(event.seq, priority, Date.parse(event.at), line, head.link, link);
    head = { seq: event.seq, link };
    bytes += length;
    waiting += 1;
    return event;
  }

  /** Events that the spool makes by itself. */
  function appendOwn(change: Pick<Extract<Draft, { kind: OwnKind }>, 'kind' | 'data'>): PortcullisEvent {
    return append({ at: isoTime(clock.now()), ...run(), ...change } as Draft);
  }

  /** Tells of losses; only after all are known, since the telling takes room and must not push out what is more important. */
  function appendLosses(losses: readonly Loss[]): PortcullisEvent[] {
    return mergeLosses(losses).map((data) => appendOwn({ kind: 'events.lost', data }));
  }

  function dropForSpace(): PortcullisEvent[] {
    const lost = priorities.flatMap((priority, level) => {
      if (bytes <= bounds.bytes * kept) return [];
      return drop(sql.oldestOf.iterate(level, leased.seq), () => bytes > bounds.bytes * kept, {
        because: 'spool-full',
        priority,
      });
    });
    return appendLosses(lost);
  }

  /** @returns what is lost by it: the events themselves, and what they told of others that are lost */
  function drop(
    rows: IterableIterator<{ seq: number; bytes: number }>,
    more: () => boolean,
    cause: Pick<Loss, 'because' | 'priority'>,
  ): Loss[] {
    const doomed: number[] = [];
    for (const row of rows) {
      if (!more()) break;
      doomed.push(row.seq);
      bytes -= row.bytes;
      waiting -= 1;
    }
    const [first] = doomed;
    const to = doomed.at(-1);
    if (first === undefined || to === undefined) return [];
    const { told, unreadable } = cause.priority === 'evidence' ? lossesToldBy(doomed) : nothingTold;
    for (const seq of doomed) sql.remove.run(seq);
    return [{ from: unreadable ? stored.seq + 1 : first, to, count: doomed.length, ...cause }, ...told];
  }

  /** @returns `unreadable`: one is damaged, and may have told of any loss since what is stored */
  function lossesToldBy(seqs: readonly number[]): { told: Loss[]; unreadable: boolean } {
    const rows = seqs.flatMap((seq) => sql.row.get(seq) ?? []);
    const told = rows.flatMap((row) => (linkAfter(row) ? (lossToldBy(row.line) ?? []) : []));
    return { told, unreadable: rows.some((row) => !linkAfter(row) && mayHaveToldOfLoss(row.line)) };
  }

  const enqueue = database.transaction((drafts: readonly Draft[], memories: readonly Memory[]) => {
    const events = drafts.map(append);
    if (bytes > bounds.bytes && drafts.length > 0) events.push(...dropForSpace());
    for (const { name, value } of memories) sql.remember.run(name, JSON.stringify(value));
    sql.saveHead.run(head.seq, head.link);
    return events;
  });

  const trim = database.transaction(() => {
    const limit = clock.now() - bounds.age;
    const lost = priorities.flatMap((priority, level) =>
      drop(sql.olderThan.iterate(level, leased.seq, limit), () => true, { because: 'too-old', priority }),
    );
    appendLosses(lost);
    sql.saveHead.run(head.seq, head.link);
  });

  const forget = database.transaction(({ seq, link: reached }: Head) => {
    stored = { seq, link: Buffer.from(reached, 'hex') };
    const gone = sql.totalsUpTo.get(seq);
    bytes -= gone?.bytes ?? 0;
    waiting -= gone?.events ?? 0;
    sql.removeUpTo.run(seq);
    sql.saveStored.run(stored.seq, stored.link);
  });

  /** Not waited for: what a power cut brings back is known to the collector, which says so at the next welcome. */
  function commit(reached: Head): void {
    database.pragma('synchronous = NORMAL');
    try {
      forget(reached);
    } finally {
      database.pragma('synchronous = FULL');
    }
  }

  /** Takes events that are not what was recorded out of the way of the others. They are kept, and told as lost. */
  const setAside = database.transaction((damaged: readonly number[]) => {
    const rows = damaged.map((seq) => ({ seq, line: sql.row.get(seq)?.line }));
    for (const { seq } of rows) {
      bytes -= sql.bytesOf.get(seq)?.bytes ?? 0;
      waiting -= 1;
      sql.keepDamaged.run(clock.now(), seq, mostDamagedKept);
      if (sql.remove.run(seq).changes === 0) throw new TypeError('a damaged event cannot be found by its number');
    }
    const to = Math.max(...damaged);
    const from = rows.some(({ line }) => mayHaveToldOfLoss(line)) ? stored.seq + 1 : Math.min(...damaged);
    appendOwn({ kind: 'agent.tampered', data: { what: 'spool', because: damagedWords(damaged.length) } });
    appendOwn({ kind: 'events.lost', data: { from, to, count: damaged.length, because: 'spool-damaged' } });
    sql.saveHead.run(head.seq, head.link);
  });

  /** Else it would be met, and stop whoever asks, at every start. */
  const forgetDamaged = database.transaction((name: string) => {
    sql.forget.run(name);
    appendOwn({ kind: 'agent.tampered', data: { what: 'spool', because: damagedMemory } });
    sql.saveHead.run(head.seq, head.link);
  });

  function recall(name: string): unknown {
    const row = sql.recall.get(name);
    if (!row) return undefined;
    try {
      return JSON.parse(row.value);
    } catch {
      safely(() => forgetDamaged(name));
      return undefined;
    }
  }

  /** Gathers until nothing damaged is among it. */
  function gatherSound() {
    while (true) {
      const found = gather(sql.after.iterate(leased.seq), leased, head);
      if (found.damaged.length === 0) return found;
      safely(() => setAside(found.damaged));
    }
  }

  /** What is known of the chain after a number; of a damaged event, whatever still tells it. */
  function linksAfter(seq: number): string[] {
    const row = sql.row.get(seq);
    const links = [row && linkAfter(row), row?.link, sql.row.get(seq + 1)?.before, seq === head.seq && head.link];
    return links.filter((link) => Buffer.isBuffer(link)).map((link) => link.toString('hex'));
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
    recall,
    lease() {
      const batch = gatherSound();
      if (batch.lines.length === 0) return undefined;
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
      const known = linksAfter(place.seq);
      return known.length === 0 ? place.seq <= head.seq : known.includes(place.link);
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

const nothingTold = { told: [], unreadable: false };

/** Kinds of events that the spool makes. */
type OwnKind = 'events.lost' | 'agent.tampered';

const damagedMemory =
  'Something that the agent remembered is not what was written: the disk failed, or another hand wrote. Forgotten.';

function damagedWords(count: number): string {
  const what = count === 1 ? 'An event that waited is' : `${count} events that waited are`;
  return `${what} not what was recorded: the disk failed, or another hand wrote. Set aside, and not sent.`;
}

function link(row: { seq: number; link: Buffer } | undefined): Place {
  if (!row) throw new TypeError('the spool has no head row');
  return { seq: row.seq, link: row.link };
}

function headText(place: Place): Head {
  return { seq: place.seq, link: place.link.toString('hex') };
}
