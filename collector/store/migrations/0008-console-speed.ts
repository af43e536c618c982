import type { Kysely } from 'kysely';

/** Indices from which the queue of alerts and the register of computers are counted and sorted. Immutable once released. */
export async function up({ schema }: Kysely<unknown>): Promise<void> {
  const indexes = {
    // Everything on which it depends which alerts stand in the queue, how many, and in what order.
    alerts_by_queue: ['state', 'same_key', 'severity', 'last_at', 'computer_no', 'severity_rank', 'count', 'id'],
    // The open alerts of one computer, and of all by severity.
    alerts_by_state: ['state', 'computer_no', 'severity'],
  } as const;
  await schema.dropIndex('alerts_by_state').execute();
  for (const [name, columns] of Object.entries(indexes)) {
    await schema
      .createIndex(name)
      .on('alerts')
      .columns([...columns])
      .execute();
  }
}
