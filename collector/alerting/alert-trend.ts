import { sql } from 'kysely';
import type { Store } from '../store/tables.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** Alerts by the day of their first event. @param fromDay days since 1970, UTC */
export async function alertsByDay(store: Store, fromDay: number): Promise<{ day: number; count: number }[]> {
  const day = sql<number>`first_at / ${sql.lit(dayMilliseconds)}`;
  return store
    .selectFrom('alerts')
    .where('first_at', '>=', fromDay * dayMilliseconds)
    .groupBy(day)
    .select([day.as('day'), (build) => build.fn.countAll<number>().as('count')])
    .execute();
}
