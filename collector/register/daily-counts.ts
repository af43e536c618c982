import { sql } from 'kysely';
import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
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

/** Makes the function that adds to the counts, with its statement compiled. */
export function countSaver(store: Store) {
  const query = store
    .insertInto('daily_counts')
    .values({ day: 0, kind: '', count: 0 })
    .onConflict((conflict) =>
      conflict.columns(['day', 'kind']).doUpdateSet({ count: sql<never>`daily_counts.count + excluded.count` }),
    )
    .compile();
  return async (tx: StoreTransaction, counts: readonly DailyCount[]): Promise<void> => {
    for (const { day, kind, count } of counts) await tx.executeQuery({ ...query, parameters: [day, kind, count] });
  };
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
