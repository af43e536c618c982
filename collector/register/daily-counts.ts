import { sql } from 'kysely';
import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import { rowsWriter, times } from '../store/many-rows.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;

export interface DailyCount {
  /** Days since 1970, UTC. */
  day: number;
  kind: EventKind;
  count: number;
}

/** Pure. A computer whose clock runs ahead does not count in days to come. @param now the collector's clock */
export function countsIn(events: readonly PortcullisEvent[], now: number): DailyCount[] {
  const days = new Map<number, Map<EventKind, number>>();
  for (const event of events) {
    const day = Math.floor(Math.min(Date.parse(event.at), now) / dayMilliseconds);
    const counts = days.get(day) ?? new Map<EventKind, number>();
    days.set(day, counts);
    counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
  }
  return [...days].flatMap(([day, counts]) => [...counts].map(([kind, count]) => ({ day, kind, count })));
}

/** Makes the function that adds to the counts, those of many batches at once. */
export function countSaver(store: Store) {
  const add = rowsWriter((rows) =>
    store
      .insertInto('daily_counts')
      .values(times(rows, { day: 0, kind: '', count: 0 }))
      .onConflict((conflict) =>
        conflict.columns(['day', 'kind']).doUpdateSet({ count: sql<never>`daily_counts.count + excluded.count` }),
      )
      .compile(),
  );
  return (tx: StoreTransaction, counts: readonly DailyCount[]): Promise<void> =>
    add(
      tx,
      summed(counts).map(({ day, kind, count }) => [day, kind, count]),
    );
}

/** Pure: one count for each day and kind. */
function summed(counts: readonly DailyCount[]): DailyCount[] {
  const sums = new Map<string, DailyCount>();
  for (const { day, kind, count } of counts) {
    const key = `${day} ${kind}`;
    sums.set(key, { day, kind, count: count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()];
}

/** Events of these kinds by day, from a day on. */
export async function countsSince(store: Store, kinds: readonly EventKind[], fromDay: number): Promise<DailyCount[]> {
  const rows = await store
    .selectFrom('daily_counts')
    .selectAll()
    .where('kind', 'in', kinds)
    .where('day', '>=', fromDay)
    .orderBy('day')
    .execute();
  return rows.map(({ day, kind, count }) => ({ day, kind: kind as EventKind, count }));
}
