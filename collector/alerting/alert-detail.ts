import { isEventKind, type PortcullisEvent } from '#shared/events/kinds.ts';
import type { AlertHistoryTable, AlertsTable, Store } from '../store/tables.ts';

export interface StoredEvent {
  seq: number;
  /** The computer's clock and the collector's, milliseconds. */
  at: number;
  receivedAt: number;
  kind: string;
  /** Absent when retention took the body away, or this collector does not know the kind. */
  event?: PortcullisEvent;
}

export interface AlertDetail extends AlertsTable {
  computer_id: string;
  hostname: string;
}

export function alertById(store: Store, id: string): Promise<AlertDetail | undefined> {
  return store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .selectAll('alerts')
    .select(['computers.id as computer_id', 'computers.hostname'])
    .where('alerts.id', '=', id)
    .executeTakeFirst();
}

/** Oldest first; no more than 500 steps. */
export function alertHistory(store: Store, alertId: string): Promise<AlertHistoryTable[]> {
  return store
    .selectFrom('alert_history')
    .selectAll()
    .where('alert_id', '=', alertId)
    .orderBy('at')
    .orderBy('id')
    .limit(500)
    .execute();
}

/** The events kept with an alert, oldest first; no more than 100. */
export async function alertEvents(store: Store, alertId: string): Promise<StoredEvent[]> {
  const rows = await store
    .selectFrom('alert_events')
    .innerJoin('events', (join) =>
      join.onRef('events.computer_no', '=', 'alert_events.computer_no').onRef('events.seq', '=', 'alert_events.seq'),
    )
    .select(['events.seq', 'events.at', 'events.received_at', 'events.kind', 'events.line'])
    .where('alert_events.alert_id', '=', alertId)
    .orderBy('events.seq')
    .limit(100)
    .execute();
  return rows.map((row) => {
    const event = readEvent(row);
    return {
      seq: row.seq,
      at: row.at,
      receivedAt: row.received_at,
      kind: row.kind,
      ...(event ? { event } : {}),
    };
  });
}

/** The event of a stored line. It was checked against its schema before it was stored. */
export function readEvent(row: { kind: string; line: string | null }): PortcullisEvent | undefined {
  if (row.line === null || !isEventKind(row.kind)) return undefined;
  return JSON.parse(row.line) as PortcullisEvent;
}
