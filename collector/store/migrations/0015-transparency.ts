import type { Kysely } from 'kysely';

/** What had to be done before staff computers are watched, with its references. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('go_live_steps')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('decided_on', 'text', (column) => column.notNull())
    .addColumn('decided_by', 'text', (column) => column.notNull())
    .addColumn('recorded_at', 'bigint', (column) => column.notNull())
    .addColumn('recorded_by', 'text', (column) => column.notNull())
    .execute();
}
