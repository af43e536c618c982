import type { Store } from '../store/tables.ts';
import { type AuditAction, auditActions } from './audit.ts';
import type { Scope } from './roles.ts';

export interface AuditFilter {
  /** Id of who did it. */
  accountId?: string | undefined;
  action?: AuditAction | undefined;
  /** Id of what it was about, or the address of a page. */
  object?: string | undefined;
  /** Milliseconds since 1970. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only entries before this number: the place on the next page. */
  before?: number | undefined;
}

export interface AuditRow {
  seq: number;
  at: number;
  /** Null: a command at the collector, or nobody who was signed in. */
  who: string | null;
  accountId: string | null;
  action: string;
  object: string | null;
  /** Name of the account or person it was about, when it was one. */
  objectName: string | null;
  detail: string | null;
}

export function isAuditAction(word: string): word is AuditAction {
  return auditActions.some((action) => action === word);
}

/**
 * Entries of the trail, newest first.
 * @param scope who looks: of one organisation only what its own accounts did
 */
export async function listAudit(
  store: Store,
  scope: Pick<Scope, 'organisations'>,
  filter: AuditFilter,
  most: number,
): Promise<AuditRow[]> {
  let query = store
    .selectFrom('audit')
    .leftJoin('accounts as who', 'who.id', 'audit.account_id')
    .leftJoin('accounts as whom', 'whom.id', 'audit.object')
    .leftJoin('people', 'people.id', 'audit.object')
    .select(['audit.seq', 'audit.at', 'audit.account_id as accountId', 'audit.action', 'audit.object', 'audit.detail'])
    .select(['who.display_name as who'])
    .select((build) => build.fn.coalesce('whom.display_name', 'people.name').as('objectName'))
    .orderBy('audit.seq', 'desc')
    .limit(most);
  if (scope.organisations !== 'all') query = query.where('who.organisation', 'in', [...scope.organisations]);
  const { accountId, action, object, from, to, before } = filter;
  if (accountId !== undefined) query = query.where('audit.account_id', '=', accountId);
  if (action !== undefined) query = query.where('audit.action', '=', action);
  if (object !== undefined) query = query.where('audit.object', '=', object);
  if (from !== undefined) query = query.where('audit.at', '>=', from);
  if (to !== undefined) query = query.where('audit.at', '<', to);
  if (before !== undefined) query = query.where('audit.seq', '<', before);
  return query.execute();
}
