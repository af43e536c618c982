import { type Kysely, sql } from 'kysely';
import { chained, firstAuditLink } from '../../accounts/audit-chain.ts';

/** Accounts with two factors, single sign-on, dates and reviews; people and teams; the chained audit trail. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await accounts(db);
  await people(db);
  await audit(db as Kysely<AuditTables>);
}

async function accounts({ schema }: Kysely<unknown>): Promise<void> {
  const texts = ['organisation', 'team_id', 'person_id', 'external_subject'] as const;
  const times = ['valid_from', 'valid_to', 'password_changed_at'] as const;
  for (const name of texts) await schema.alterTable('accounts').addColumn(name, 'text').execute();
  for (const name of times) await schema.alterTable('accounts').addColumn(name, 'bigint').execute();
  await schema
    .alterTable('accounts')
    .addColumn('break_glass', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema.createIndex('accounts_by_subject').on('accounts').column('external_subject').unique().execute();
  await schema
    .alterTable('sessions')
    .addColumn('stage', 'text', (column) => column.notNull().defaultTo('open'))
    .execute();
  await schema.alterTable('sessions').addColumn('browser', 'text').execute();

  await schema
    .createTable('former_passwords')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('second_factors')
    .addColumn('account_id', 'text', (column) => column.primaryKey().references('accounts.id'))
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('last_step', 'bigint', (column) => column.notNull())
    .addColumn('confirmed_at', 'bigint')
    .execute();
  await schema
    .createTable('recovery_codes')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addPrimaryKeyConstraint('recovery_codes_pk', ['account_id', 'code_hash'])
    .execute();
  await schema
    .createTable('account_reviews')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('reviewer_id', 'text', (column) => column.notNull())
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .execute();
  await schema.createIndex('account_reviews_by_account').on('account_reviews').columns(['account_id', 'at']).execute();
}

async function people({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('teams')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addUniqueConstraint('teams_by_name', ['organisation', 'name'])
    .execute();
  await schema
    .createTable('people')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('reference', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('email', 'text')
    .addColumn('team_id', 'text', (column) => column.references('teams.id'))
    .addColumn('starts_on', 'text')
    .addColumn('leaves_on', 'text')
    .addUniqueConstraint('people_by_reference', ['organisation', 'reference'])
    .execute();
  await schema
    .createTable('person_accounts')
    .addColumn('organisation', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull().references('people.id'))
    .addPrimaryKeyConstraint('person_accounts_pk', ['organisation', 'name'])
    .execute();
  await schema.createIndex('person_accounts_by_name').on('person_accounts').column('name').execute();
  await schema
    .createTable('team_leads')
    .addColumn('team_id', 'text', (column) => column.notNull().references('teams.id'))
    .addColumn('person_id', 'text', (column) => column.notNull().references('people.id'))
    .addColumn('part', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('team_leads_pk', ['team_id', 'person_id'])
    .execute();
}

interface AuditTables {
  audit_0001: Entry;
  audit: Entry & { seq: number; link: Buffer };
}
interface Entry {
  id: string;
  at: number;
  account_id: string | null;
  action: string;
  object: string | null;
  detail: string | null;
}

/** The trail becomes a chain; what was written before gets its links now. */
async function audit(db: Kysely<AuditTables>): Promise<void> {
  await db.schema.alterTable('audit').renameTo('audit_0001').execute();
  await db.schema
    .createTable('audit')
    .addColumn('seq', 'bigint', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('object', 'text')
    .addColumn('detail', 'text')
    .addColumn('link', sql`blob`, (column) => column.notNull())
    .execute();
  let place = { seq: 0, link: firstAuditLink() };
  for (const entry of await db.selectFrom('audit_0001').selectAll().orderBy('id').execute()) {
    place = chained(place, entry);
    await db
      .insertInto('audit')
      .values({ ...entry, ...place })
      .execute();
  }
  await db.schema.dropTable('audit_0001').execute();
  for (const columns of [['account_id'], ['object'], ['action']] as const) {
    await db.schema
      .createIndex(`audit_by_${columns[0]}`)
      .on('audit')
      .columns([...columns, 'seq'])
      .execute();
  }
  for (const step of ['update', 'delete']) {
    const says = `an entry of the audit trail is never changed or removed`;
    await sql
      .raw(`create trigger audit_no_${step} before ${step} on audit begin select raise(abort, '${says}'); end`)
      .execute(db);
  }
}
