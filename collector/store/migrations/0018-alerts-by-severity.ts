import type { Kysely } from 'kysely';

/** The figures above the queue, counted as they stand in an index and not sorted first. Immutable once released. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.createIndex('alerts_by_severity').on('alerts').columns(['state', 'severity']).execute();
}
