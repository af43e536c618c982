import type { Kysely } from 'kysely';

/**
 * An index in which one entry says whether a matter has a notice that stands: with that of the open ones beside it, SQLite
 * walked all notices of a day for every alert. Immutable once released.
 */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  await schema.dropIndex('notices_by_same').execute();
  await schema
    .createIndex('notices_by_matter')
    .on('notices')
    .columns(['same_key', 'organisation', 'state', 'opened_at'])
    .execute();
}
