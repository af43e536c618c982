import type { Selectable } from 'kysely';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { ExportDestinationsTable } from '../store/export-tables.ts';
import type { Store } from '../store/tables.ts';
import { computersAhead, type Position, savePositions } from './positions.ts';

export type DestinationState = Selectable<ExportDestinationsTable>;

/** Remembers a destination of the settings at its first sight, and where it begins. Does nothing to one that is known. */
export async function addDestination(
  store: Store,
  { name, from }: { name: string; from?: 'now' | 'beginning' | undefined },
  now: number,
): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const known = await tx.selectFrom('export_destinations').select('name').where('name', '=', name).executeTakeFirst();
    if (known) return;
    const step = from === 'beginning' ? 0 : await newestStep(tx);
    await tx.insertInto('export_destinations').values({ name, created_at: now, alert_step: step }).execute();
    if (from === 'beginning') return;
    const ahead = await computersAhead(tx, name);
    await savePositions(
      tx,
      name,
      ahead.map(({ computerNo, head }) => ({ computerNo, seq: head })),
    );
  });
}

export async function newestStep(store: Store): Promise<number> {
  const row = await store
    .selectFrom('alert_steps')
    .select((build) => build.fn.max('no').as('no'))
    .executeTakeFirst();
  return row?.no ?? 0;
}

export async function destinationState(store: Store, name: string): Promise<DestinationState | undefined> {
  return store.selectFrom('export_destinations').selectAll().where('name', '=', name).executeTakeFirst();
}

export interface Taken {
  positions: readonly Position[];
  /** Steps of alerts up to this number went with it. */
  step: number;
  records: number;
}

/** Written after the destination took a batch, never before: a crash in between sends it again. */
export async function noteTaken(store: Store, name: string, taken: Taken, now: number): Promise<void> {
  await store.transaction().execute(async (tx) => {
    await savePositions(tx, name, taken.positions);
    await tx
      .updateTable('export_destinations')
      .set((build) => ({
        alert_step: taken.step,
        ...(taken.records > 0 && {
          taken: build('taken', '+', taken.records),
          last_taken_at: now,
          failures: 0,
          next_attempt_at: null,
        }),
      }))
      .where('name', '=', name)
      .execute();
  });
}

export async function noteFailure(
  store: Store,
  name: string,
  failure: { error: string; at: number; nextAttemptAt: number },
): Promise<void> {
  await store
    .updateTable('export_destinations')
    .set((build) => ({
      failures: build('failures', '+', 1),
      next_attempt_at: failure.nextAttemptAt,
      last_error: failure.error,
      last_error_at: failure.at,
    }))
    .where('name', '=', name)
    .execute();
}

/**
 * Pauses a destination, or lets it go on, at once and without waiting for the next attempt.
 * @throws PortcullisError `noSuchDestination`
 */
export async function pauseDestination(
  store: Store,
  { name, pause, accountId, now }: { name: string; pause: boolean; accountId: string | null; now: number },
): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('export_destinations')
      .set({ paused_at: pause ? now : null, paused_by: pause ? accountId : null, next_attempt_at: null })
      .where('name', '=', name)
      .executeTakeFirst();
    if (numUpdatedRows === 0n)
      throw new PortcullisError('noSuchDestination', 'There is no such destination in the settings of this collector.');
    await recordAudit(tx, { at: now, accountId, action: pause ? 'export.paused' : 'export.resumed', object: name });
  });
}
