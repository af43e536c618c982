import { type AuditAction, recordAudit } from '../accounts/audit.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

/** Who does something at the console, and when. */
export interface By {
  accountId: string;
  now: number;
}

export const timelineActions = [
  'opened',
  'alerts-added',
  'confirmed',
  'dismissed',
  'assigned',
  'submitted',
  'returned',
  'approved',
  'closed',
  'reopened',
  'changed',
  'decided',
  'recommended',
  'recommendation-changed',
  'evidence-added',
  'noted',
  'exported',
  'warned',
] as const;
export type TimelineAction = (typeof timelineActions)[number];

export interface TimelineEntry {
  at: number;
  /** Null: the collector. */
  accountId: string | null;
  action: TimelineAction;
  note?: string | undefined;
}

export async function addToTimeline(tx: StoreTransaction, incidentId: string, entry: TimelineEntry): Promise<void> {
  const { at, accountId, action, note } = entry;
  const { last } = await tx
    .selectFrom('incident_timeline')
    .select((build) => build.fn.max('seq').as('last'))
    .where('incident_id', '=', incidentId)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('incident_timeline')
    .values({ incident_id: incidentId, seq: (last ?? 0) + 1, at, account_id: accountId, action, note: note ?? null })
    .execute();
}

/** The same, and an entry in the audit trail that names the incident and no more. */
export async function written(
  tx: StoreTransaction,
  incidentId: string,
  audit: AuditAction,
  entry: TimelineEntry & { detail?: string },
): Promise<void> {
  const { at, accountId, detail } = entry;
  await addToTimeline(tx, incidentId, entry);
  await recordAudit(tx, { at, accountId, action: audit, object: incidentId, ...(detail && { detail }) });
}

/** Oldest first. */
export async function timelineOf(store: Store, incidentId: string) {
  return store
    .selectFrom('incident_timeline')
    .leftJoin('accounts', 'accounts.id', 'incident_timeline.account_id')
    .selectAll('incident_timeline')
    .select('accounts.display_name as who')
    .where('incident_id', '=', incidentId)
    .orderBy('seq')
    .limit(2000)
    .execute();
}
