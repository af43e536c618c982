import { type Kysely, sql } from 'kysely';

/** Alerts that can be assigned and grouped, saved filters, requests for approval, drafts of the policy. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await alerts(db);
  await savedFilters(db);
  await approvalRequests(db);
  await policyDrafts(db);
}

async function alerts(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .alterTable('alerts')
    .addColumn('same_key', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  for (const name of ['person', 'device_key', 'device', 'assignee_id'] as const) {
    await schema.alterTable('alerts').addColumn(name, 'text').execute();
  }
  // What stands behind the number of the computer is the same on every computer.
  await sql`update alerts set same_key = substr(group_key, instr(group_key, ':') + 1)`.execute(db);
  const indexes = {
    alerts_by_same: ['same_key', 'state'],
    alerts_by_device: ['device_key', 'last_at'],
    alerts_by_rule: ['rule_id', 'clause', 'title'],
  } as const;
  for (const [name, columns] of Object.entries(indexes)) {
    await schema
      .createIndex(name)
      .on('alerts')
      .columns([...columns])
      .execute();
  }
  // People sign in with their name in either case.
  await schema.createIndex('alerts_by_person').on('alerts').expression(sql`lower(person)`).execute();
}

async function savedFilters({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('saved_filters')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('query', 'text', (column) => column.notNull())
    .addUniqueConstraint('saved_filters_by_name', ['account_id', 'name'])
    .execute();
}

async function approvalRequests({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('approval_requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('requester_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('requested_at', 'bigint', (column) => column.notNull())
    .addColumn('from_at', 'bigint', (column) => column.notNull())
    .addColumn('to_at', 'bigint', (column) => column.notNull())
    .addColumn('alert_id', 'text')
    .addColumn('renews_id', 'text')
    .addColumn('decided_at', 'bigint')
    .addColumn('decider_id', 'text', (column) => column.references('accounts.id'))
    .addColumn('decided_as', 'text')
    .addColumn('clause', 'text')
    .addColumn('decision_reason', 'text')
    .addColumn('approval_id', 'text', (column) => column.references('approvals.id'))
    .addColumn('withdrawn_at', 'bigint')
    .addColumn('withdrawn_by', 'text')
    .execute();
  await schema.createIndex('approval_requests_by_state').on('approval_requests').columns(['state', 'id']).execute();
}

async function policyDrafts({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('policy_drafts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('base_version', 'integer', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('published_version', 'integer')
    .execute();
}
