import type { UpkeepTable } from './register-tables.ts';
import type { Store } from './tables.ts';

/** Writes down when the store was last looked after, for the page that tells how the collector is doing. */
export async function noteUpkeep(store: Store, done: UpkeepTable): Promise<void> {
  await store
    .insertInto('upkeep')
    .values(done)
    .onConflict((conflict) => conflict.column('what').doUpdateSet(done))
    .execute();
}

export async function upkeepOf(store: Store): Promise<Map<UpkeepTable['what'], UpkeepTable>> {
  const rows = await store.selectFrom('upkeep').selectAll().execute();
  return new Map(rows.map((row) => [row.what, row]));
}
