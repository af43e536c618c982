import { PortcullisError } from '#shared/errors.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

/** `INC-2026-0007`. */
export function incidentNumber({ year, serial }: Pick<IncidentsTable, 'year' | 'serial'>): string {
  return `INC-${year}-${String(serial).padStart(4, '0')}`;
}

/** @throws PortcullisError `noSuchIncident` */
export async function incidentRow(store: Store, id: string): Promise<IncidentsTable> {
  const row = await store.selectFrom('incidents').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new PortcullisError('noSuchIncident', 'There is no such incident.');
  return row;
}

export async function addIncident(tx: StoreTransaction, row: IncidentsTable): Promise<void> {
  await tx.insertInto('incidents').values(row).execute();
}

/** What was frozen, its number and where it came from never change. */
export type IncidentChanges = Partial<
  Omit<IncidentsTable, 'id' | 'year' | 'serial' | 'frozen' | 'source' | 'opened_at'>
>;

export async function changeIncident(tx: StoreTransaction, id: string, changes: IncidentChanges): Promise<void> {
  await tx.updateTable('incidents').set(changes).where('id', '=', id).execute();
}

/** Puts an alert into an incident. @returns false when it is in one already */
export async function linkAlert(
  tx: StoreTransaction,
  incidentId: string,
  alertId: string,
  now: number,
): Promise<boolean> {
  const added = await tx
    .insertInto('incident_alerts')
    .values({ alert_id: alertId, incident_id: incidentId, at: now })
    .onConflict((conflict) => conflict.column('alert_id').doNothing())
    .returning('alert_id')
    .executeTakeFirst();
  return added !== undefined;
}
