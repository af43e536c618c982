import { type Kysely, type SqlBool, sql } from 'kysely';

/** Incidents, what is typed about them, decisions, approvals and recommendations. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await incidents(db);
  await parts(db);
  await verdicts(db);
  await bookkeeping(db);
}

async function incidents({ schema }: Kysely<unknown>): Promise<void> {
  let table = schema
    .createTable('incidents')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('year', 'integer', (column) => column.notNull())
    .addColumn('serial', 'integer', (column) => column.notNull())
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addColumn('policy_version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('opened_at', 'bigint', (column) => column.notNull());
  for (const name of ['type', 'same_key', 'rule_id', 'device_key', 'computer_id', 'person', 'person_id'] as const) {
    table = table.addColumn(name, 'text');
  }
  for (const name of ['confirmed_at', 'aware_at', 'due_at', 'submitted_at', 'approved_at', 'closed_at'] as const) {
    table = table.addColumn(name, 'bigint');
  }
  for (const name of ['opened_by', 'investigator_id', 'submitted_by'] as const) {
    table = table.addColumn(name, 'text', (column) => column.references('accounts.id'));
  }
  await table
    .addColumn('team_id', 'text')
    .addColumn('risk', 'integer')
    .addColumn('frozen', 'text')
    .addUniqueConstraint('incidents_by_number', ['year', 'serial'])
    .execute();
  for (const [name, columns] of Object.entries({
    incidents_by_state: ['state', 'opened_at'],
    incidents_by_same: ['same_key'],
    incidents_by_person: ['person_id'],
    incidents_by_computer: ['computer_id'],
  })) {
    await schema.createIndex(name).on('incidents').columns(columns).execute();
  }
}

async function parts({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('incident_sections')
    .addColumn('incident_id', 'text', (column) => column.notNull().references('incidents.id'))
    .addColumn('section', 'text', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.references('accounts.id'))
    .addPrimaryKeyConstraint('incident_sections_key', ['incident_id', 'section', 'revision'])
    .execute();
  await schema
    .createTable('incident_alerts')
    .addColumn('alert_id', 'text', (column) => column.primaryKey().references('alerts.id'))
    .addColumn('incident_id', 'text', (column) => column.notNull().references('incidents.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('incident_alerts_by_incident').on('incident_alerts').column('incident_id').execute();
  await schema
    .createTable('incident_timeline')
    .addColumn('incident_id', 'text', (column) => column.notNull().references('incidents.id'))
    .addColumn('seq', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.references('accounts.id'))
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .addPrimaryKeyConstraint('incident_timeline_key', ['incident_id', 'seq'])
    .execute();
  await ofIncident(schema, 'incident_evidence')
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('kept_at', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .execute();
  await schema
    .createIndex('incident_evidence_by_incident')
    .on('incident_evidence')
    .columns(['incident_id', 'at'])
    .execute();
}

async function verdicts({ schema }: Kysely<unknown>): Promise<void> {
  await ofIncident(schema, 'incident_decisions')
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('told', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('reference', 'text')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .execute();
  await ofIncident(schema, 'incident_approvals')
    .addColumn('submitted_at', 'bigint', (column) => column.notNull())
    .addColumn('part', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .execute();
  await schema
    .createTable('incident_recommendations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('incident_id', 'text', (column) => column.notNull().references('incidents.id'))
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('due_on', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('effect', 'text')
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.notNull().references('accounts.id'))
    .execute();
  for (const table of ['incident_decisions', 'incident_approvals', 'incident_recommendations']) {
    await schema.createIndex(`${table}_by_incident`).on(table).column('incident_id').execute();
  }
}

async function bookkeeping({ schema }: Kysely<unknown>): Promise<void> {
  // The job that opens drafts asks every few seconds, and grave alerts are few.
  await schema
    .createIndex('alerts_grave')
    .on('alerts')
    .column('opened_at')
    .where(sql<SqlBool>`severity_rank >= 3`)
    .execute();
  await schema
    .createTable('incident_warnings')
    .addColumn('incident_id', 'text', (column) => column.notNull().references('incidents.id'))
    .addColumn('warning', 'text', (column) => column.notNull())
    .addColumn('of_at', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('incident_warnings_key', ['incident_id', 'warning', 'of_at'])
    .execute();
  await schema
    .createTable('incident_cursor')
    .addColumn('one', 'integer', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
}

function ofIncident(schema: Kysely<unknown>['schema'], table: string) {
  return schema
    .createTable(table)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('incident_id', 'text', (column) => column.notNull().references('incidents.id'))
    .addColumn('at', 'bigint', (column) => column.notNull());
}
