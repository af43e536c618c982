import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** Figures of months that are over, reports as they were issued, and when which is due. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('monthly_figures')
    .addColumn('month', 'text', (column) => column.primaryKey())
    .addColumn('closed_at', 'bigint', (column) => column.notNull())
    .addColumn('figures', 'text', (column) => column.notNull())
    .execute();
  await issuedReports(db);
  await schema
    .createTable('report_schedules')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('every', 'text', (column) => column.notNull())
    .addColumn('recipients', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text', (column) => column.references('accounts.id'))
    .execute();
  for (const table of ['monthly_figures', 'issued_reports', 'issued_report_files']) await neverChanged(db, table);
}

async function issuedReports({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('issued_reports')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('from_day', 'text')
    .addColumn('to_day', 'text')
    .addColumn('data_as_of', 'bigint', (column) => column.notNull())
    .addColumn('issued_at', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.references('accounts.id'))
    .addColumn('asked_by', 'text', (column) => column.notNull())
    .addColumn('recipients', 'text', (column) => column.notNull())
    .addColumn('scheduled_for', 'text')
    .addUniqueConstraint('issued_reports_once', ['name', 'scheduled_for'])
    .execute();
  await schema
    .createTable('issued_report_files')
    .addColumn('report_id', 'text', (column) => column.notNull().references('issued_reports.id'))
    .addColumn('format', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('bytes', 'blob', (column) => column.notNull())
    .addPrimaryKeyConstraint('issued_report_files_pk', ['report_id', 'format'])
    .execute();
}

/** As with the audit trail: the store itself refuses. */
async function neverChanged(db: Kysely<unknown>, table: string): Promise<void> {
  for (const step of ['update', 'delete']) {
    await sql
      .raw(
        `create trigger ${table}_no_${step} before ${step} on ${table}
         begin select raise(abort, 'what was issued or closed is never changed'); end`,
      )
      .execute(db);
  }
}
