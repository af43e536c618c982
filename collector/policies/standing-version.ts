import type { Store } from '../store/tables.ts';

/** Grows with every change of the register, the approvals and the codes. */
export async function standingVersion(store: Store): Promise<number> {
  const { version } = await store.selectFrom('standing_version').select('version').executeTakeFirstOrThrow();
  return version;
}

/** To be called in the transaction that changes any of them, so that no agent misses a change. */
export async function bumpStanding(tx: Store): Promise<void> {
  await tx
    .updateTable('standing_version')
    .set((build) => ({ version: build('version', '+', 1) }))
    .execute();
}

/** More changes than a collector sees between two backups. */
const farAhead = 1_000_000;

/**
 * After a restore: agents may hold a newer standing than the backup knew, and take no older one. What changes from now
 * on must reach them.
 */
export async function passStandings(store: Store): Promise<void> {
  await store
    .updateTable('standing_version')
    .set((build) => ({ version: build('version', '+', farAhead) }))
    .execute();
}
