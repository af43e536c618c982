import { type Kysely, sql } from 'kysely';

/** Notices about alerts, their recipients, deliveries and templates; absences of people. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await alertChanges(db);
  await notices(db);
  await recipients(db);
  await deliveries(db);
  await people(db);
}

/** Alerts of before have number 0 and are told to nobody now. */
async function alertChanges(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .alterTable('alerts')
    .addColumn('change_no', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.createIndex('alerts_by_change').on('alerts').column('change_no').execute();
  await schema
    .createTable('notice_cursor')
    .addColumn('one', 'integer', (column) => column.primaryKey())
    .addColumn('change_no', 'bigint', (column) => column.notNull())
    .execute();
  await sql`insert into notice_cursor (one, change_no) values (1, 0)`.execute(db);
}

async function notices({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('notices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('same_key', 'text', (column) => column.notNull())
    .addColumn('rule_id', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('severity', 'text', (column) => column.notNull())
    .addColumn('severity_rank', 'integer', (column) => column.notNull())
    .addColumn('clause', 'text', (column) => column.notNull())
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addColumn('tell', 'text', (column) => column.notNull())
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('person', 'text')
    .addColumn('person_id', 'text')
    .addColumn('team_id', 'text')
    .addColumn('routed', 'text')
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('opened_at', 'bigint', (column) => column.notNull())
    .addColumn('told_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('answer', 'text')
    .addColumn('approval', 'text')
    .addColumn('comment', 'text')
    .addColumn('answered_at', 'bigint')
    .addColumn('answered_by', 'text')
    .addColumn('incident_id', 'text')
    .execute();
  await schema.createIndex('notices_by_same').on('notices').columns(['same_key', 'opened_at']).execute();
  await schema.createIndex('notices_by_state').on('notices').columns(['state', 'opened_at']).execute();
  await schema
    .createTable('notice_alerts')
    .addColumn('notice_id', 'text', (column) => column.notNull().references('notices.id'))
    .addColumn('alert_id', 'text', (column) => column.notNull().references('alerts.id'))
    .addPrimaryKeyConstraint('notice_alerts_pk', ['notice_id', 'alert_id'])
    .execute();
  await schema.createIndex('notice_alerts_by_alert').on('notice_alerts').column('alert_id').execute();
  await schema
    .createTable('notice_history')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('notice_id', 'text', (column) => column.notNull().references('notices.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .execute();
  await schema.createIndex('notice_history_by_notice').on('notice_history').columns(['notice_id', 'at']).execute();
}

async function recipients({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('notice_recipients')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('notice_id', 'text', (column) => column.notNull().references('notices.id'))
    .addColumn('part', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text')
    .addColumn('account_id', 'text')
    .addColumn('acts', 'integer', (column) => column.notNull())
    .addColumn('tell', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('digest_at', 'bigint')
    .addColumn('digest_id', 'text')
    .addColumn('read_at', 'bigint')
    .addColumn('acknowledged_at', 'bigint')
    .addColumn('reminded_at', 'bigint')
    .addColumn('escalated_at', 'bigint')
    .addColumn('overdue_at', 'bigint')
    .execute();
  const indexes = {
    notice_recipients_by_notice: ['notice_id', 'added_at'],
    notice_recipients_by_digest: ['digest_id', 'digest_at'],
    notice_recipients_by_person: ['person_id', 'notice_id'],
  } as const;
  for (const [name, columns] of Object.entries(indexes)) {
    await schema
      .createIndex(name)
      .on('notice_recipients')
      .columns([...columns])
      .execute();
  }
}

async function deliveries({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('notice_deliveries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('notice_id', 'text', (column) => column.references('notices.id'))
    .addColumn('recipient_id', 'text', (column) => column.references('notice_recipients.id'))
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('template', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('message_id', 'text', (column) => column.notNull().unique())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('planned_at', 'bigint', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('leased_until', 'bigint')
    .addColumn('subject', 'text')
    .addColumn('text', 'text')
    .addColumn('html', 'text')
    .addColumn('sha256', 'text')
    .addColumn('sent_at', 'bigint')
    .addColumn('failure', 'text')
    .execute();
  await schema
    .createIndex('notice_deliveries_by_state')
    .on('notice_deliveries')
    .columns(['state', 'next_at'])
    .execute();
  await schema.createIndex('notice_deliveries_by_notice').on('notice_deliveries').column('notice_id').execute();
}

async function people({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('notice_templates')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('subject', 'text')
    .addColumn('body', 'text')
    .addColumn('saved_at', 'bigint', (column) => column.notNull())
    .addColumn('saved_by', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('absences')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('person_id', 'text', (column) => column.notNull().references('people.id'))
    .addColumn('from_on', 'text', (column) => column.notNull())
    .addColumn('to_on', 'text', (column) => column.notNull())
    .execute();
  await schema.createIndex('absences_by_person').on('absences').columns(['person_id', 'from_on']).execute();
}
