import { isoTime } from '#shared/clock.ts';
import type { Coverage } from '#shared/events/agent.ts';
import type { Status } from '#shared/protocol/protocol.ts';
import type { Store } from '../store/tables.ts';

export interface ReportedComputer {
  id: string;
  hostname: string;
  state: string;
  agentVersion: string | null;
  os: string | null;
  lastSeenAt: string | null;
  storedSeq: number;
  policyVersion: number | null;
  /** As the agent last told it. */
  spool: Status['spool'] | null;
  conditions: string[];
  coverage: Coverage[];
}

/** Enrolled computers for the command line, by host name. */
export async function listComputers(store: Store): Promise<ReportedComputer[]> {
  const rows = await store
    .selectFrom('computers')
    .selectAll()
    .where('state', '!=', 'collector')
    .orderBy('hostname')
    .execute();
  return rows.map((row) => {
    const status = row.status === null ? undefined : (JSON.parse(row.status) as Omit<Status, 'type'>);
    return {
      id: row.id,
      hostname: row.hostname,
      state: row.state,
      agentVersion: row.agent_version,
      os: row.os,
      lastSeenAt: row.last_seen_at === null ? null : isoTime(row.last_seen_at),
      storedSeq: row.head_seq,
      policyVersion: row.policy_version,
      spool: status?.spool ?? null,
      conditions: status?.conditions ?? [],
      coverage: row.coverage === null ? [] : (JSON.parse(row.coverage) as Coverage[]),
    };
  });
}

export function computersText(computers: ReportedComputer[], now: number): string {
  if (computers.length === 0) return 'No computer is enrolled yet.';
  return computers
    .map(({ hostname, id, lastSeenAt, storedSeq, spool, conditions }) => {
      const seen =
        lastSeenAt === null
          ? 'never seen'
          : `seen ${Math.max(0, Math.round((now - Date.parse(lastSeenAt)) / 1000))} s ago`;
      const behind = spool && spool.events > 0 ? `, ${spool.events} events behind` : '';
      const troubles = conditions.length > 0 ? `, ${conditions.join(', ')}` : '';
      return `${hostname}  ${id}  ${seen}, ${storedSeq} events${behind}${troubles}`;
    })
    .join('\n');
}
