import { type Kysely, sql } from 'kysely';

/** Immutable once released: a later change is a new file. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('computers')
    .addColumn('no', 'integer', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('public_key', 'text', (column) => column.notNull().unique())
    .addColumn('hostname', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('enrolled_at', 'bigint', (column) => column.notNull())
    .addColumn('head_seq', 'bigint', (column) => column.notNull())
    .addColumn('head_link', sql`blob`, (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('agent_version', 'text')
    .addColumn('os', 'text')
    .addColumn('policy_version', 'integer')
    .addColumn('coverage', 'text')
    .addColumn('status', 'text')
    .addColumn('inventory', 'text')
    .execute();

  await schema
    .createTable('events')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('line', 'text')
    .addColumn('line_hash', sql`blob`)
    .addColumn('link', sql`blob`, (column) => column.notNull())
    .addPrimaryKeyConstraint('events_pk', ['computer_no', 'seq'])
    .execute();
  await schema.createIndex('events_by_kind').on('events').columns(['kind', 'at']).execute();
  await schema.createIndex('events_by_time').on('events').column('at').execute();

  await schema
    .createTable('gaps')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('from_seq', 'bigint', (column) => column.notNull())
    .addColumn('to_seq', 'bigint', (column) => column.notNull())
    .addColumn('link', sql`blob`, (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('gaps_pk', ['computer_no', 'from_seq'])
    .execute();

  await schema
    .createTable('alerts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('rule_id', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('severity_rank', 'integer', (column) => column.notNull())
    .addColumn('clause', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('group_key', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('first_seq', 'bigint')
    .addColumn('last_seq', 'bigint')
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('opened_at', 'bigint', (column) => column.notNull())
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addColumn('recipients', 'text', (column) => column.notNull())
    .addColumn('tell', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .execute();
  await schema.createIndex('alerts_by_group').on('alerts').columns(['group_key', 'opened_at']).execute();
  await schema.createIndex('alerts_by_time').on('alerts').columns(['last_at', 'id']).execute();
  await schema.createIndex('alerts_by_computer').on('alerts').columns(['computer_no', 'last_at']).execute();

  await schema
    .createTable('alert_events')
    .addColumn('alert_id', 'text', (column) => column.notNull().references('alerts.id'))
    .addColumn('computer_no', 'integer', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('alert_events_pk', ['alert_id', 'computer_no', 'seq'])
    .execute();

  await schema
    .createTable('alert_history')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('alert_id', 'text', (column) => column.notNull().references('alerts.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .execute();
  await schema.createIndex('alert_history_by_alert').on('alert_history').columns(['alert_id', 'at']).execute();

  await schema
    .createTable('enrolment_tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('note', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addColumn('used_by', 'text')
    .execute();

  await schema
    .createTable('policies')
    .addColumn('version', 'integer', (column) => column.primaryKey())
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('signature', 'text', (column) => column.notNull())
    .addColumn('published_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('published_by', 'text', (column) => column.notNull())
    .execute();

  await schema
    .createTable('accounts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('username', 'text', (column) => column.notNull().unique())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('must_change_password', 'integer', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('locked_at', 'bigint')
    .addColumn('disabled_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_sign_in_at', 'bigint')
    .execute();

  await schema
    .createTable('sessions')
    .addColumn('cookie_hash', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('form_token', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();

  await schema
    .createTable('audit')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('object', 'text')
    .addColumn('detail', 'text')
    .execute();
}
