import type { Severity } from '#shared/policy/words.ts';
import type { Store } from '../store/tables.ts';
import { type AlertRecord, eventUid } from './record.ts';

/** Events named with an alert. */
const namedEvents = 10;

/** Steps of alerts after a number, in the order of their commits. @returns the number reached, and how many there were */
export async function alertRecords(
  store: Store,
  after: number,
  most: number,
): Promise<{ records: AlertRecord[]; step: number; count: number }> {
  const rows = await store
    .selectFrom('alert_steps')
    .leftJoin('alert_history', 'alert_history.id', 'alert_steps.history_id')
    .leftJoin('alerts', 'alerts.id', 'alert_history.alert_id')
    .leftJoin('computers', 'computers.no', 'alerts.computer_no')
    .selectAll('alerts')
    .select([
      'alert_steps.no',
      'alert_steps.history_id',
      'alert_history.action',
      'alert_history.at',
      'computers.id as computer_id',
      'computers.hostname',
    ])
    .where('alert_steps.no', '>', after)
    .orderBy('alert_steps.no')
    .limit(most)
    .execute();
  const records: AlertRecord[] = [];
  for (const row of rows) {
    const record = recordOf(row);
    // What retention took away cannot be sent any more.
    if (record)
      records.push({
        ...record,
        alert: { ...record.alert, events: await eventsOf(store, record.alert.id, record.computer.id) },
      });
  }
  return { records, step: rows.at(-1)?.no ?? after, count: rows.length };
}

type Known<T> = { [K in keyof T]: T[K] | null };
interface StepRow {
  history_id: string;
  action: AlertRecord['step'];
  at: number;
  computer_id: string;
  hostname: string;
  id: string;
  rule_id: string;
  title: string;
  severity: string;
  clause: string;
  kind: string;
  state: AlertRecord['alert']['state'];
  count: number;
  first_at: number;
  last_at: number;
  opened_at: number;
  policy_version: number;
}

function isWhole(row: Known<StepRow>): row is StepRow {
  return row.id !== null && row.action !== null && row.computer_id !== null;
}

function recordOf(row: Known<StepRow> & { outcome: string | null; device: string | null }): AlertRecord | undefined {
  if (!isWhole(row)) return undefined;
  return {
    type: 'alert',
    uid: row.history_id,
    computer: { id: row.computer_id, hostname: row.hostname },
    step: row.action,
    at: row.at,
    alert: {
      id: row.id,
      ruleId: row.rule_id,
      title: row.title,
      // Written from the same closed list.
      severity: row.severity as Severity,
      clause: row.clause,
      kind: row.kind,
      state: row.state,
      count: row.count,
      firstAt: row.first_at,
      lastAt: row.last_at,
      openedAt: row.opened_at,
      policyVersion: row.policy_version,
      outcome: row.outcome,
      device: row.device,
      events: [],
    },
  };
}

async function eventsOf(store: Store, alertId: string, computerId: string): Promise<string[]> {
  const rows = await store
    .selectFrom('alert_events')
    .select('seq')
    .where('alert_id', '=', alertId)
    .orderBy('seq')
    .limit(namedEvents)
    .execute();
  return rows.map(({ seq }) => eventUid(computerId, seq));
}
