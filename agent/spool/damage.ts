import type Database from 'better-sqlite3';
import { type Link, lineHash, nextLink } from '#shared/events/chain.ts';
import { isEventKind } from '#shared/events/kinds.ts';
import type { Row } from './statements.ts';

/*
 * SQLite knows whether its pages fit together, and nothing of what stands in them: a byte that changed within an event
 * passes its checks. The chain does not.
 */

/** The chain with this event in it; undefined when the row is not what was recorded. Pure. */
export function linkAfter({ seq, line, before, link }: Row): Link | undefined {
  if (typeof line !== 'string' || !Buffer.isBuffer(before) || !line.startsWith(`{"seq":${seq},`)) return undefined;
  const after = nextLink(before, lineHash(line));
  return link === null || after.equals(link) ? after : undefined;
}

/** Whether a damaged line may have told of other events that are lost: nobody can say which any more. Pure. */
export function mayHaveToldOfLoss(line: unknown): boolean {
  try {
    const { kind } = JSON.parse(String(line)) as { kind?: unknown };
    return !isEventKind(kind) || kind === 'events.lost';
  } catch {
    return true;
  }
}

/**
 * Whether what the spool says of its own chain (its newest number, and what the collector has acknowledged) cannot be true
 * beside its events. Without this nothing can be sent, and nothing recorded.
 */
export function contradictsItself(database: Database.Database): boolean {
  const place = (name: string) =>
    database.prepare<[string], { seq: number; link: Buffer }>('SELECT seq, link FROM chain WHERE name = ?').get(name);
  const [head, stored] = [place('head'), place('stored')];
  if (!head || !stored) return head !== stored;
  const first = database.prepare<[], Row>('SELECT seq, line, before, link FROM event ORDER BY seq LIMIT 1').get();
  if (!first) return stored.seq > 0 && !(stored.seq === head.seq && stored.link.equals(head.link));
  const newest = database.prepare<[], number>('SELECT max(seq) FROM event').pluck().get();
  if (newest !== head.seq || first.seq <= stored.seq) return true;
  const isProved = first.link !== null && linkAfter(first) !== undefined;
  return isProved && first.seq === stored.seq + 1 && !first.before.equals(stored.link);
}
