import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store } from '../store/tables.ts';
import { chained, firstAuditLink } from './audit-chain.ts';

/** What is written down about people at the console: what they did, and what they were shown of others. */
export const auditActions = [
  'account.created',
  'account.changed',
  'account.disabled',
  'account.enabled',
  'account.locked',
  'account.unlocked',
  'account.reviewed',
  'password.changed',
  'password.reset',
  'password.reported',
  'second-factor.added',
  'second-factor.removed',
  'recovery-code.used',
  'recovery-codes.made',
  'session.ended',
  'sign-in.succeeded',
  'sign-in.failed',
  'sign-in.refused',
  'sign-out',
  'break-glass.made',
  'break-glass.used',
  'page.viewed',
  'alert.viewed',
  'alert.acknowledged',
  'alert.assigned',
  'alert.closed',
  'alert.reopened',
  'alert.noted',
  'alerts.exported',
  'computer.viewed',
  'computer.changed',
  'computers.exported',
  'network.imported',
  'network.changed',
  'software.changed',
  'software.exported',
  'media.exported',
  'token.made',
  'token.revoked',
  'person.viewed',
  'person.history-opened',
  'person.changed',
  'people.imported',
  'people.exported',
  'computer.placed',
  'medium.issued',
  'medium.lost',
  'medium.returned',
  'medium.retired',
  'approval.requested',
  'approval.granted',
  'approval.refused',
  'approval.withdrawn',
  'approval.revoked',
  'code.made',
  'code.cancelled',
  'incident.opened',
  'incident.viewed',
  'incident.changed',
  'incident.confirmed',
  'incident.dismissed',
  'incident.assigned',
  'incident.submitted',
  'incident.approved',
  'incident.returned',
  'incident.closed',
  'incident.reopened',
  'incident.decided',
  'incident.noted',
  'incident.exported',
  'policy.drafted',
  'policy.replayed',
  'policy.discarded',
  'policy.published',
  'release.added',
  'roll-out.started',
  'roll-out.changed',
  'export.paused',
  'export.resumed',
  'export.tested',
  'disclosure.prepared',
  'disclosure.viewed',
  'disclosure.approved',
  'disclosure.refused',
  'disclosure.copied',
  'hold.placed',
  'hold.released',
  'go-live.recorded',
  'person.exported',
  'report.issued',
  'report.opened',
  'report.scheduled',
  'person.absence',
  'notice.viewed',
  'notice.acknowledged',
  'notice.answered',
  'notice.side',
  'notice.resent',
  'notice.bounced',
  'notice.template',
] as const;
export type AuditAction = (typeof auditActions)[number];

export interface AuditEntry {
  at: number;
  /** Who; null for a command at the collector, or when nobody is signed in. */
  accountId: string | null;
  action: AuditAction;
  /** Id of the alert, computer, person or account it was about, or the address of a page. */
  object?: string | undefined;
  detail?: string | undefined;
}

/**
 * Adds to the trail, which only grows: the store refuses to change or remove an entry, and each is chained to the one
 * before. Give it the transaction of what is done, so that neither is kept without the other.
 */
export async function recordAudit(store: Store, entry: AuditEntry): Promise<void> {
  if (store.isTransaction) return append(store, entry);
  await store.transaction().execute((tx) => append(tx, entry));
}

async function append(tx: Store, { at, accountId, action, object, detail }: AuditEntry): Promise<void> {
  const last = await tx.selectFrom('audit').select(['seq', 'link']).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const entry = {
    id: uuidv7(at),
    at,
    account_id: accountId,
    action,
    object: object ?? null,
    detail: detail === undefined ? null : cleanText(detail),
  };
  const place = chained(last ?? { seq: 0, link: firstAuditLink() }, entry);
  await tx
    .insertInto('audit')
    .values({ ...entry, ...place })
    .execute();
}

/** Whether this account did this to this object since then. */
export async function wasRecorded(
  store: Store,
  { accountId, action, object }: { accountId: string; action: AuditAction; object: string },
  since: number,
): Promise<boolean> {
  const found = await store
    .selectFrom('audit')
    .select('seq')
    .where('object', '=', object)
    .where('account_id', '=', accountId)
    .where('action', '=', action)
    .where('at', '>=', since)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
