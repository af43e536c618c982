import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store } from '../store/tables.ts';

/** What is written down about people at the console: what they did, and what they were shown of others. */
export const auditActions = [
  'account.created',
  'account.locked',
  'account.unlocked',
  'password.changed',
  'password.reset',
  'sign-in.succeeded',
  'sign-in.failed',
  'sign-out',
  'alert.viewed',
  'alert.acknowledged',
  'alert.closed',
  'alert.reopened',
  'alert.noted',
  'computer.viewed',
  'medium.issued',
  'medium.lost',
  'medium.returned',
  'medium.retired',
  'approval.granted',
  'approval.revoked',
  'code.made',
  'code.cancelled',
  'policy.published',
] as const;
export type AuditAction = (typeof auditActions)[number];

export interface AuditEntry {
  at: number;
  /** Who; null for a command at the collector, or when nobody is signed in. */
  accountId: string | null;
  action: AuditAction;
  /** Id of the alert, computer or account it was about. */
  object?: string;
  detail?: string;
}

export async function recordAudit(store: Store, entry: AuditEntry): Promise<void> {
  await store
    .insertInto('audit')
    .values({
      id: uuidv7(entry.at),
      at: entry.at,
      account_id: entry.accountId,
      action: entry.action,
      object: entry.object ?? null,
      detail: entry.detail === undefined ? null : cleanText(entry.detail),
    })
    .execute();
}
