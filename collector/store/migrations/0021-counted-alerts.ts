import { type Kysely, sql } from 'kysely';

/** How often each alert was counted into its notice, so that a repeat costs the same however many there are. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('notice_alerts')
    .addColumn('counted', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update notice_alerts set counted = (select count from alerts where alerts.id = alert_id)`.execute(db);
  await sql`update notices set count = (select sum(counted) from notice_alerts where notice_id = notices.id)
    where exists (select 1 from notice_alerts where notice_id = notices.id)`.execute(db);
}
