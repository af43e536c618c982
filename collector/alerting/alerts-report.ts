import { isoTime } from '#shared/clock.ts';
import type { Store } from '../store/tables.ts';

export interface ReportedAlert {
  id: string;
  computerId: string;
  hostname: string;
  rule: string;
  title: string;
  severity: string;
  clause: string;
  kind: string;
  state: string;
  count: number;
  firstSeq: number | null;
  lastSeq: number | null;
  firstAt: string;
  lastAt: string;
  policyVersion: number;
  recipients: string[];
}

/** Alerts for the command line, newest first. */
export async function listAlerts(
  store: Store,
  { severity, state }: { severity: string | undefined; state: string | undefined },
): Promise<ReportedAlert[]> {
  let query = store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .selectAll('alerts')
    .select(['computers.id as computer_id', 'computers.hostname'])
    .orderBy('alerts.last_at', 'desc')
    .orderBy('alerts.id', 'desc');
  if (severity !== undefined) query = query.where('alerts.severity', '=', severity);
  if (state === 'open' || state === 'acknowledged' || state === 'closed')
    query = query.where('alerts.state', '=', state);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    computerId: row.computer_id,
    hostname: row.hostname,
    rule: row.rule_id,
    title: row.title,
    severity: row.severity,
    clause: row.clause,
    kind: row.kind,
    state: row.state,
    count: row.count,
    firstSeq: row.first_seq,
    lastSeq: row.last_seq,
    firstAt: isoTime(row.first_at),
    lastAt: isoTime(row.last_at),
    policyVersion: row.policy_version,
    recipients: JSON.parse(row.recipients) as string[],
  }));
}

export function alertsText(alerts: ReportedAlert[]): string {
  if (alerts.length === 0) return 'There are no alerts.';
  return alerts
    .map(({ lastAt, severity, hostname, title, clause, count, state }) => {
      const times = count > 1 ? `, ${count} times` : '';
      return `${lastAt}  ${severity.padEnd(8)}  ${hostname}  ${title} (${clause}${times}, ${state})`;
    })
    .join('\n');
}
