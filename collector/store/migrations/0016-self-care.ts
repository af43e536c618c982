import type { Kysely } from 'kysely';

/** Versions that are to run, silence, releases of the agent and their roll-outs. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('known_versions')
    .addColumn('version', 'text', (column) => column.primaryKey())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('listening')
    .addColumn('no', 'integer', (column) => column.primaryKey())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('silences')
    .addColumn('computer_no', 'integer', (column) => column.primaryKey().references('computers.no'))
    .addColumn('alert_id', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('noticed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('releases')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('arch', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull().unique())
    .addColumn('notes', 'text', (column) => column.notNull())
    .addColumn('roll_back', 'integer', (column) => column.notNull())
    .addColumn('manifest', 'text', (column) => column.notNull())
    .addColumn('signature', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('added_by', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('roll_outs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('release_id', 'text', (column) => column.notNull().references('releases.id'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('groups', 'text', (column) => column.notNull())
    .addColumn('percent', 'integer', (column) => column.notNull())
    .addColumn('most_failures', 'integer', (column) => column.notNull())
    .addColumn('because', 'text')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('started_by', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('roll_out_computers')
    .addColumn('roll_out_id', 'text', (column) => column.notNull().references('roll_outs.id'))
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('roll_out_computers_pk', ['roll_out_id', 'computer_no'])
    .execute();
  await schema
    .createIndex('roll_out_computers_by_computer')
    .on('roll_out_computers')
    .columns(['computer_no', 'state'])
    .execute();
}
