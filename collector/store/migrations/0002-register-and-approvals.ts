import { type Kysely, sql } from 'kysely';

/** The media register, approvals and one-time codes (focus 4.5, 4.6; CCG 6.2, 6.5, 14). Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('media')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('vendor_id', 'text')
    .addColumn('product_id', 'text')
    .addColumn('serial', 'text', (column) => column.notNull())
    .addColumn('label', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('encrypted_by', 'text')
    .addColumn('approver', 'text', (column) => column.notNull())
    .addColumn('issued_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .execute();
  // People write serial numbers in either case.
  await schema.createIndex('media_by_serial').on('media').expression(sql`lower(serial)`).execute();

  await schema
    .createTable('media_history')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('medium_id', 'text', (column) => column.notNull().references('media.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .execute();

  await schema
    .createTable('approvals')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('computer_id', 'text')
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('approver', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('from_at', 'bigint', (column) => column.notNull())
    .addColumn('to_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('revoked_by', 'text')
    .execute();
  await schema.createIndex('approvals_by_end').on('approvals').column('to_at').execute();

  await schema
    .createTable('codes')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('computer_id', 'text', (column) => column.notNull())
    .addColumn('challenge', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('approver', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('redeemed_at', 'bigint')
    .addColumn('cancelled_at', 'bigint')
    .execute();
  await schema.createIndex('codes_by_challenge').on('codes').columns(['computer_id', 'challenge']).execute();

  await schema
    .createTable('standing_version')
    .addColumn('one', 'integer', (column) => column.primaryKey())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute();
  await sql`insert into standing_version (one, version) values (1, 1)`.execute(db);

  await schema.alterTable('policies').addColumn('approver', 'text').execute();
  await schema.alterTable('computers').addColumn('code_secret', 'text').execute();
  await schema.alterTable('computers').addColumn('head_proof', 'text').execute();
  await schema
    .alterTable('gaps')
    .addColumn('proof', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
}
