import { deviceKey } from '#shared/device/facts.ts';
import { isEventKind, type PortcullisEvent } from '#shared/events/kinds.ts';
import type { AlertHistoryTable, AlertsTable, EventsTable, Store } from '../store/tables.ts';
import type { AlertFilter, AlertsWithin } from './alert-filter.ts';
import { type AlertRow, alertIds, alertRows } from './alert-list.ts';

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
  /** The computer is the collector itself: what it raised about itself. */
  isOwn: boolean;
}

/** Undefined when there is none, and as much so when it is one that this person may not see. */
export async function alertById(store: Store, id: string, within: AlertsWithin): Promise<AlertDetail | undefined> {
  if ((await alertIds(store, { within, ids: [id] }, 1)).length === 0) return undefined;
  const row = await store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .selectAll('alerts')
    .select(['computers.id as computer_id', 'computers.hostname', 'computers.state as computer_state'])
    .where('alerts.id', '=', id)
    .executeTakeFirst();
  return row && { ...row, isOwn: row.computer_state === 'collector' };
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

const eventColumns = ['events.seq', 'events.at', 'events.received_at', 'events.kind', 'events.line'] as const;

/** The events kept with an alert, oldest first; no more than 100. */
export async function alertEvents(store: Store, alertId: string): Promise<StoredEvent[]> {
  const rows = await store
    .selectFrom('alert_events')
    .innerJoin('events', (join) =>
      join.onRef('events.computer_no', '=', 'alert_events.computer_no').onRef('events.seq', '=', 'alert_events.seq'),
    )
    .select(eventColumns)
    .where('alert_events.alert_id', '=', alertId)
    .orderBy('events.seq')
    .limit(100)
    .execute();
  return rows.map(storedEvent);
}

function storedEvent(row: Pick<EventsTable, 'seq' | 'at' | 'received_at' | 'kind' | 'line'>): StoredEvent {
  const event = readEvent(row);
  return { seq: row.seq, at: row.at, receivedAt: row.received_at, kind: row.kind, ...(event ? { event } : {}) };
}

/** The event of a stored line. It was checked against its schema before it was stored. */
export function readEvent(row: { kind: string; line: string | null }): PortcullisEvent | undefined {
  if (row.line === null || !isEventKind(row.kind)) return undefined;
  return JSON.parse(row.line) as PortcullisEvent;
}

/** Alerts and events that lie near one alert. */
export interface Related {
  /** Of the computer, just before and after the alert's last event, oldest first. */
  around: StoredEvent[];
  /** Of the same device on that computer among its last events, newest first; empty where it cannot be told. */
  ofDevice: StoredEvent[];
  /** Other alerts of the computer and of the device, on whichever computer, newest first. */
  ofComputerAlerts: AlertRow[];
  ofDeviceAlerts: AlertRow[];
}

const eitherSide = 5;
const alertsShown = 6;
const eventsSearched = 500;
const eventsShown = 8;

export async function relatedTo(store: Store, alert: AlertDetail, within: AlertsWithin): Promise<Related> {
  const others = async (filter: Omit<AlertFilter, 'within'>) => {
    const order = { column: 'last_at', direction: 'desc' } as const;
    const { rows } = await alertRows(store, { within, ...filter }, order, { size: alertsShown + 1 });
    return rows.filter(({ id }) => id !== alert.id).slice(0, alertsShown);
  };
  return {
    around: await eventsAround(store, alert),
    ofDevice: alert.device_key === null ? [] : await eventsOfDevice(store, alert.computer_no, alert.device_key),
    ofComputerAlerts: await others({ computerId: alert.computer_id }),
    ofDeviceAlerts: alert.device_key === null ? [] : await others({ deviceKey: alert.device_key }),
  };
}

async function eventsAround(store: Store, { computer_no, last_seq }: AlertsTable): Promise<StoredEvent[]> {
  if (last_seq === null) return [];
  const rows = await store
    .selectFrom('events')
    .select(eventColumns)
    .where('computer_no', '=', computer_no)
    .where('seq', '>=', last_seq - eitherSide)
    .where('seq', '<=', last_seq + eitherSide)
    .where('seq', '!=', last_seq)
    .orderBy('seq')
    .execute();
  return rows.map(storedEvent);
}

/** A look at the newest events only: they are not indexed by device, and the page must not wait for a long walk. */
async function eventsOfDevice(store: Store, computerNo: number, key: string): Promise<StoredEvent[]> {
  const newest = store
    .selectFrom('events')
    .select(eventColumns)
    .where('computer_no', '=', computerNo)
    .orderBy('seq', 'desc')
    .limit(eventsSearched);
  const rows = await store.selectFrom(newest.as('newest')).selectAll().where('kind', 'like', 'media.%').execute();
  const media = rows.sort((left, right) => right.seq - left.seq).map(storedEvent);
  return media.filter(({ event }) => event && isAbout(event, key)).slice(0, eventsShown);
}

function isAbout({ data }: PortcullisEvent, key: string): boolean {
  return 'device' in data && data.device !== undefined && deviceKey(data.device) === key;
}
