import type { Link } from '#shared/events/chain.ts';
import { type Gap, type GapLine, limits } from '#shared/protocol/protocol.ts';
import { linkAfter } from './damage.ts';
import type { Row } from './statements.ts';

/** Where a chain stands. */
export interface Place {
  seq: number;
  link: Link;
}

export interface Gathered {
  head: Place;
  lines: string[];
  gaps: Gap[];
  /** Numbers of events that are not what was recorded. The lines pass over them as if they were not there. */
  damaged: number[];
}

/**
 * Takes lines up to the protocol's limits, with a gap line wherever numbers are missing. Every line is proved by the chain:
 * what does not fit would break the chain at the collector, too.
 * @param end where the spool's own chain stands
 */
export function gather(rows: IterableIterator<Row>, from: Place, end: Place): Gathered {
  const found: Gathered = { head: from, lines: [], gaps: [], damaged: [] };
  const { lines, gaps, damaged } = found;
  // The header line and its signature fit well into the room left.
  let room = limits.batchBytes - 4096;
  for (const [one, next] of withNext(judged(rows))) {
    const { row, after } = one;
    if (damaged.length >= limits.batchLines) break;
    if (!after || !followsOn(row, found.head) || !leadsOn({ seq: row.seq, link: after }, next, end)) {
      damaged.push(row.seq);
      continue;
    }
    const gap = row.seq === found.head.seq + 1 ? undefined : { from: found.head.seq + 1, to: row.seq - 1 };
    const more = gap ? [gapLine(gap, row), row.line] : [row.line];
    if (gap) room -= gapInHeader;
    room -= more.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    if (lines.length > 0 && (room < 0 || lines.length + more.length > limits.batchLines)) break;
    lines.push(...more);
    if (gap) gaps.push(gap);
    found.head = { seq: row.seq, link: after };
  }
  return found;
}

interface Judged {
  row: Row;
  /** The chain with this event; undefined when it is damaged. */
  after: Link | undefined;
}

function* judged(rows: Iterable<Row>): Generator<Judged> {
  for (const row of rows) yield { row, after: linkAfter(row) };
}

function* withNext<T>(items: Iterable<T>): Generator<[T, T | undefined]> {
  let held: { item: T } | undefined;
  for (const item of items) {
    if (held) yield [held.item, item];
    held = { item };
  }
  if (held) yield [held.item, undefined];
}

function followsOn({ seq, before }: Row, place: Place): boolean {
  return seq !== place.seq + 1 || before.equals(place.link);
}

/** Whether what comes after it was recorded after this. */
function leadsOn(place: Place, next: Judged | undefined, end: Place): boolean {
  if (!next) return place.seq !== end.seq || place.link.equals(end.link);
  return next.row.seq !== place.seq + 1 || !next.after || next.row.before.equals(place.link);
}

/** Bytes a gap takes in the header beside its line. */
const gapInHeader = 64;

function gapLine(gap: Gap, row: Row): string {
  return JSON.stringify({ gap: { ...gap, link: row.before.toString('hex') } } satisfies GapLine);
}
