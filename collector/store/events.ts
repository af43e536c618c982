import { lineHash } from '#shared/events/chain.ts';
import { rowsWriter, times } from './many-rows.ts';
import type { EventsTable, GapsTable, Store, StoreTransaction } from './tables.ts';

/** One batch's events side by side: cheap to hand from thread to thread. */
export interface EventColumns {
  computerNo: number;
  receivedAt: number;
  seqs: number[];
  ats: number[];
  kinds: string[];
  lines: string[];
  /** 32 bytes an event. */
  links: Uint8Array;
}

type InsertedColumn = 'computer_no' | 'seq' | 'at' | 'received_at' | 'kind' | 'line' | 'link';
const linkBytes = 32;

/** Makes the function that inserts the events of many batches. */
export function eventInserter(store: Store): (tx: StoreTransaction, batches: readonly EventColumns[]) => Promise<void> {
  const blank: Pick<EventsTable, InsertedColumn> = {
    computer_no: 0,
    seq: 0,
    at: 0,
    received_at: 0,
    kind: '',
    line: '',
    link: Buffer.alloc(0),
  };
  const insert = rowsWriter((rows) => store.insertInto('events').values(times(rows, blank)).compile());
  return (tx, batches) => insert(tx, batches.flatMap(rowsOf));
}

/** In the order of `blank` above. */
function rowsOf({ computerNo, receivedAt, seqs, ats, kinds, lines, links }: EventColumns): unknown[][] {
  return seqs.map((seq, index) => [
    computerNo,
    seq,
    ats[index],
    receivedAt,
    kinds[index],
    lines[index],
    links.subarray(index * linkBytes, (index + 1) * linkBytes),
  ]);
}

export async function insertGaps(tx: StoreTransaction, gaps: GapsTable[]): Promise<void> {
  if (gaps.length > 0) await tx.insertInto('gaps').values(gaps).execute();
}

/** Where a computer's chain stood after a number: an event's link, or a gap's. Undefined when neither is stored. */
export async function linkAt(store: Store, computerNo: number, seq: number): Promise<Buffer | undefined> {
  const event = await store
    .selectFrom('events')
    .select('link')
    .where('computer_no', '=', computerNo)
    .where('seq', '=', seq)
    .executeTakeFirst();
  if (event) return event.link;
  const gap = await store
    .selectFrom('gaps')
    .select('link')
    .where('computer_no', '=', computerNo)
    .where('to_seq', '=', seq)
    .executeTakeFirst();
  return gap?.link;
}

/**
 * Takes the lines of events away and leaves their hashes, so that the chain can still be proved. The rows are written
 * anew at the end of the table: SQLite gives a page back when its rows are gone, and never when they get shorter.
 */
export async function dropBodies(
  tx: StoreTransaction,
  computerNo: number,
  events: readonly { seq: number; line: string }[],
): Promise<void> {
  for (let at = 0; at < events.length; at += bodiesTogether) {
    const part = events.slice(at, at + bodiesTogether);
    const hashes = new Map(part.map(({ seq, line }) => [seq, lineHash(line)]));
    const rows = await tx
      .deleteFrom('events')
      .where('computer_no', '=', computerNo)
      .where('seq', 'in', [...hashes.keys()])
      .returningAll()
      .execute();
    const bare = rows.map((row) => ({ ...row, line: null, line_hash: hashes.get(row.seq) ?? row.line_hash }));
    if (bare.length > 0) await tx.insertInto('events').values(bare).execute();
  }
}

const bodiesTogether = 100;
