import { type Kysely, sql } from 'kysely';

/** Streams to other systems, and the register of disclosures. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await streams(db);
  await alertSteps(db);
  await disclosures(db);
}

async function streams(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('export_destinations')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('paused_at', 'bigint')
    .addColumn('paused_by', 'text')
    .addColumn('taken', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('last_taken_at', 'bigint')
    .addColumn('failures', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('last_error', 'text')
    .addColumn('last_error_at', 'bigint')
    .addColumn('alert_step', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('export_positions')
    .addColumn('destination', 'text', (column) => column.notNull().references('export_destinations.name'))
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('export_positions_pk', ['destination', 'computer_no'])
    .execute();
}

async function alertSteps(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('alert_steps')
    // Numbers are not given twice, even when the newest row is removed.
    .addColumn('no', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('history_id', 'text', (column) => column.notNull().unique())
    .execute();
  await sql`insert into alert_steps (history_id) select id from alert_history order by id`.execute(db);
}

async function disclosures(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('disclosures')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('prepared_at', 'bigint', (column) => column.notNull())
    .addColumn('prepared_by', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('decided_at', 'bigint')
    .addColumn('decided_by', 'text', (column) => column.references('accounts.id'))
    .addColumn('decided_as', 'text')
    .addColumn('clause', 'text')
    .addColumn('decision_reason', 'text')
    .addColumn('secret', sql`blob`, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('disclosure_copies')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('disclosure_id', 'text', (column) => column.notNull().references('disclosures.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('by', 'text')
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('events', 'integer', (column) => column.notNull())
    .execute();
  const kept = 'the register of disclosures is never changed or removed';
  const refusals = [
    `disclosures_no_delete before delete on disclosures`,
    `disclosures_decided_once before update on disclosures when old.state != 'prepared' or old.document != new.document`,
    `disclosure_copies_no_delete before delete on disclosure_copies`,
    `disclosure_copies_no_update before update on disclosure_copies`,
  ];
  for (const refusal of refusals) {
    await sql.raw(`create trigger ${refusal} begin select raise(abort, '${kept}'); end`).execute(db);
  }
}
