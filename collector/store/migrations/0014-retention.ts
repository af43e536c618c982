import type { Kysely } from 'kysely';

/** What retention keeps longer, how far it has come, legal holds, and its log. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('kept_events')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('kept_events_pk', ['computer_no', 'seq'])
    .execute();
  await schema
    .createTable('retention_places')
    .addColumn('computer_no', 'integer', (column) => column.primaryKey().references('computers.no'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('legal_holds')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('object', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('placed_at', 'bigint', (column) => column.notNull())
    .addColumn('placed_by', 'text', (column) => column.notNull())
    .addColumn('released_at', 'bigint')
    .addColumn('released_by', 'text')
    .addColumn('release_reason', 'text')
    .execute();
  await schema
    .createTable('retention_log')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addColumn('before', 'bigint', (column) => column.notNull())
    .addColumn('removed', 'integer', (column) => column.notNull())
    .addColumn('held', 'integer', (column) => column.notNull())
    .execute();
  await schema.createIndex('retention_log_by_time').on('retention_log').column('at').execute();
  await schema.createIndex('alert_events_by_event').on('alert_events').columns(['computer_no', 'seq']).execute();
}
