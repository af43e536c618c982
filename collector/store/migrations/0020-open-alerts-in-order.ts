import { type Kysely, sql } from 'kysely';

/**
 * Alerts that are not closed, in the orders they are read in, so that the first page of the queue is read and not sorted
 * and a group is made in one place. Immutable once released.
 */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  const places = ['same_key', 'severity', 'last_at', 'computer_no'];
  const told = ['severity_rank', 'count', 'id', 'state', 'assignee_id'];
  const indexes = {
    alerts_open_by_time: ['last_at', 'computer_no', 'same_key', 'severity', 'state'],
    alerts_open_by_computer: ['computer_no', 'last_at', 'same_key', 'severity', 'state'],
    // With everything that a line of the queue tells of a group.
    alerts_open_by_same: [...places, ...told],
    alerts_open_by_severity: ['severity'],
  };
  await schema.dropIndex('alerts_by_severity').execute();
  for (const [name, columns] of Object.entries(indexes)) {
    await schema
      .createIndex(name)
      .on('alerts')
      .columns(columns)
      .where(sql.ref('state'), '<>', sql.lit('closed'))
      .execute();
  }
  await schema.createIndex('computers_by_name').on('computers').columns(['hostname']).execute();
}
