import type { Store, StoreTransaction } from '../store/tables.ts';

/** Up to which event of one computer a destination has everything. */
export interface Position {
  computerNo: number;
  seq: number;
}

/** A computer that has events a destination was not sent yet: those after `seq`, up to `head`. */
export interface Behind extends Position {
  head: number;
  id: string;
  hostname: string;
}

/**
 * Which computers are ahead of a destination. A position of its own for each computer, and not one for all: a computer's
 * numbers have no gaps and its head moves in the transaction that stores its events, so nothing can come in behind a
 * position, however many computers are stored side by side.
 */
export async function computersAhead(store: Store, destination: string): Promise<Behind[]> {
  const rows = await store
    .selectFrom('computers')
    .leftJoin('export_positions', (join) =>
      join
        .onRef('export_positions.computer_no', '=', 'computers.no')
        .on('export_positions.destination', '=', destination),
    )
    .select((build) => [
      'computers.no',
      'computers.id',
      'computers.hostname',
      'computers.head_seq',
      build.fn.coalesce('export_positions.seq', build.lit(0)).as('seq'),
    ])
    .where((build) => build('computers.head_seq', '>', build.fn.coalesce('export_positions.seq', build.lit(0))))
    .orderBy('computers.no')
    .execute();
  return rows.map((row) => ({
    computerNo: row.no,
    seq: Number(row.seq),
    head: row.head_seq,
    id: row.id,
    hostname: row.hostname,
  }));
}

export async function savePositions(
  tx: StoreTransaction,
  destination: string,
  positions: readonly Position[],
): Promise<void> {
  for (const { computerNo, seq } of positions) {
    await tx
      .insertInto('export_positions')
      .values({ destination, computer_no: computerNo, seq })
      .onConflict((conflict) => conflict.columns(['destination', 'computer_no']).doUpdateSet({ seq }))
      .execute();
  }
}

/** When the oldest event that waits was stored, in milliseconds since 1970; undefined when none does. */
export async function oldestWaiting(store: Store, behind: readonly Behind[]): Promise<number | undefined> {
  let oldest: number | undefined;
  for (const { computerNo, seq } of behind) {
    const row = await store
      .selectFrom('events')
      .select('received_at')
      .where('computer_no', '=', computerNo)
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst();
    if (row && (oldest === undefined || row.received_at < oldest)) oldest = row.received_at;
  }
  return oldest;
}
