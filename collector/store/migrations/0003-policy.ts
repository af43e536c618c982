import type { Kysely } from 'kysely';

/** Where computers belong, and events of one kind in an order that needs no sorting. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('computer_places')
    .addColumn('computer_id', 'text', (column) => column.primaryKey())
    .addColumn('site', 'text')
    .addColumn('groups', 'text', (column) => column.notNull())
    .execute();

  // A replay reads in just this order; sorting would copy every line once more.
  await schema.dropIndex('events_by_kind').execute();
  await schema.createIndex('events_by_kind').on('events').columns(['kind', 'at', 'computer_no', 'seq']).execute();
}
