import Type from 'typebox';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Approver, PermissionKind } from '#shared/policy/approvers.ts';
import { DeviceMatch } from '#shared/policy/conditions.ts';
import { rightNames } from '#shared/policy/decision.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Approval } from '#shared/policy/standing.ts';
import type { recipients } from '#shared/policy/words.ts';
import { Count, checker, exactObject, oneOf, Text } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Role } from '../accounts/roles.ts';
import type { ApprovalRequestsTable, Store } from '../store/tables.ts';
import { type ApprovalToGrant, checkedApproval, grantApproval, revokeApproval } from './approvals.ts';

/** What is asked for. Which parts are needed depends on the kind. */
export const Requested = exactObject({
  /** Only for this account name, or on this computer. */
  user: Type.Optional(Text),
  computerId: Type.Optional(Text),
  device: Type.Optional(DeviceMatch),
  rights: Type.Optional(Type.Array(oneOf(rightNames), { minItems: 1, uniqueItems: true })),
  encrypted: Type.Optional(Type.Boolean()),
  /** In words: the data that is moved or kept, the title, the drive. Never identifiers. */
  what: Type.Optional(Text),
  /** About how many people's records. */
  records: Type.Optional(Count),
});
export type Requested = Type.Static<typeof Requested>;

export interface RequestToMake {
  kind: PermissionKind;
  requested: Requested;
  reason: string;
  /** Milliseconds since 1970; it is to hold from `from` until just before `to`. */
  from: number;
  to: number;
  alertId?: string;
  /** The request that this one carries on. */
  renewsId?: string;
}

/** Who acts at the console. */
export interface Actor {
  id: string;
  username: string;
  displayName: string;
  role: Role;
}

interface RequestContext {
  store: Store;
  policy: Pick<Policy, 'approvers'>;
  organisation: string;
  now: number;
}

const requestedChecker = checker(Requested);

/** As what agents are told of it once it is granted. */
const toldAs: Record<PermissionKind, Approval['kind']> = {
  software: 'software',
  'media-issue': 'media',
  'bulk-transfer': 'transfer',
  'local-data': 'local-data',
  'encryption-exception': 'encryption',
};

/** Writes a request down. @returns its id. @throws InvalidError, PortcullisError `notPossible` */
export async function makeRequest(
  { store, policy, organisation, now }: RequestContext,
  request: RequestToMake,
  by: Actor,
): Promise<string> {
  const { kind, reason, from, to, alertId = null, renewsId = null } = request;
  const approver = approverOf(policy, kind);
  const requested = checkedRequest(request, approver, now);
  const id = uuidv7(now);
  await store.transaction().execute(async (tx) => {
    await tx
      .insertInto('approval_requests')
      .values({
        ...{ id, kind, organisation, state: 'waiting', document: JSON.stringify(requested) },
        ...{ reason: cleanText(reason), requester_id: by.id, requested_at: now, from_at: from, to_at: to },
        ...{ alert_id: alertId, renews_id: renewsId, clause: approver.clause },
      })
      .execute();
    await recordAudit(tx, { at: now, accountId: by.id, action: 'approval.requested', object: id, detail: kind });
  });
  return id;
}

/** @throws PortcullisError `notPossible` */
function approverOf({ approvers }: Pick<Policy, 'approvers'>, kind: PermissionKind): Approver {
  const approver = approvers?.[kind];
  if (approver) return approver;
  throw new PortcullisError('notPossible', 'The policy in force names nobody who may permit this.');
}

/** Pure: held to the same as when it is granted, so that nobody decides on what cannot be. */
function checkedRequest(request: RequestToMake, approver: Approver, now: number): Requested {
  const requested = requestedChecker.parse(request.requested, 'The request');
  // In a rule a star stands for anything; here it would ask for every medium there is.
  if (JSON.stringify(requested.device ?? '').includes('*')) throw new InvalidError('Name one medium, without stars.');
  const role = approver.roles[0] ?? '';
  const given = grantOf(toldAs[request.kind], requested, request);
  checkedApproval(approver, { ...given, approver: role, reference: role, role }, '', now);
  if (request.kind === 'encryption-exception' && cleanText(requested.what ?? '') === '') {
    throw new InvalidError('Say what it is about.');
  }
  return requested;
}

function grantOf(
  kind: Approval['kind'],
  requested: Requested,
  { reason, from, to }: Pick<RequestToMake, 'reason' | 'from' | 'to'>,
): Omit<ApprovalToGrant, 'approver' | 'reference'> {
  return { ...requested, kind, reason, from, to };
}

/** The words the policy has for whom a role stands for. */
const partsOf: Record<Role, readonly (typeof recipients)[number][]> = {
  'ict-analyst': ['ict'],
  'ict-administrator': ['ict'],
  supervisor: ['supervisor', 'line-manager'],
  'head-of-business-and-governance': ['head-of-business-and-governance'],
  'ig-lead': ['ig-lead', 'ig-team'],
  iao: ['iao'],
  siro: ['siro'],
  'caldicott-guardian': ['caldicott-guardian'],
  auditor: [],
};

/** In which part of the policy a role may decide this kind; undefined when it may not. Pure. */
export function decidesAs(
  { approvers }: Pick<Policy, 'approvers'>,
  kind: PermissionKind,
  role: Role,
): (typeof recipients)[number] | undefined {
  return approvers?.[kind]?.roles.find((part) => partsOf[role].includes(part));
}

export interface Verdict {
  requestId: string;
  granted: boolean;
  reason: string;
}

/**
 * Grants or refuses. What is granted holds from now on and not from before, however the request was dated.
 * @throws PortcullisError `noSuchRequest`, `decidedAlready`, `ownRequest`, `notApprover`. @throws InvalidError
 */
export async function decideRequest(
  { store, policy, now }: Omit<RequestContext, 'organisation'>,
  { requestId, granted, reason }: Verdict,
  by: Actor,
): Promise<void> {
  if (cleanText(reason) === '') throw new InvalidError('Write why you decide so.');
  await store.transaction().execute(async (tx) => {
    const row = await requestRow(tx, requestId);
    const part = mayDecide(row, policy, by);
    const approvalId = granted ? await grant(tx, policy, { row, part, reason, now }, by) : null;
    await tx
      .updateTable('approval_requests')
      .set({
        ...{ state: granted ? 'granted' : 'refused', decided_at: now, decider_id: by.id, decided_as: part },
        ...{ clause: policy.approvers?.[row.kind]?.clause ?? row.clause, decision_reason: cleanText(reason) },
        ...{ approval_id: approvalId, from_at: granted ? Math.max(row.from_at, now) : row.from_at },
      })
      .where('id', '=', row.id)
      .execute();
    // What is granted is written down by the module that tells agents of it.
    if (!granted) await recordAudit(tx, { at: now, accountId: by.id, action: 'approval.refused', object: row.id });
  });
}

function mayDecide(row: ApprovalRequestsTable, policy: Pick<Policy, 'approvers'>, by: Actor): string {
  if (row.state !== 'waiting') {
    throw new PortcullisError('decidedAlready', 'Somebody else has decided on this request, or it was withdrawn.');
  }
  if (row.requester_id === by.id) {
    throw new PortcullisError('ownRequest', 'You asked for this yourself. Somebody else has to decide.');
  }
  const part = decidesAs(policy, row.kind, by.role);
  if (!part) throw new PortcullisError('notApprover', 'The policy leaves this decision to somebody else.');
  return part;
}

interface Granting {
  row: ApprovalRequestsTable;
  part: string;
  reason: string;
  now: number;
}

async function grant(
  tx: Store,
  policy: Pick<Policy, 'approvers'>,
  { row, part, reason, now }: Granting,
  by: Actor,
): Promise<string> {
  if (row.to_at <= now) throw new InvalidError('The time it was asked for is over. Ask for a new request.');
  const given = grantOf(toldAs[row.kind], requestedIn(row), {
    reason,
    from: Math.max(row.from_at, now),
    to: row.to_at,
  });
  const approval = { ...given, approver: by.displayName, role: part, reference: row.id };
  return grantApproval(tx, policy, approval, { by: by.username, accountId: by.id, now });
}

/** Written by this module alone, checked before it was. */
export function requestedIn(row: Pick<ApprovalRequestsTable, 'document'>): Requested {
  return JSON.parse(row.document) as Requested;
}

/** Pure: who asked may take back; what is in force may also be ended by whoever may decide it and by ICT administrators. */
export function mayWithdraw(
  row: Pick<ApprovalRequestsTable, 'state' | 'requester_id' | 'kind' | 'to_at'>,
  policy: Pick<Policy, 'approvers'>,
  by: Pick<Actor, 'id' | 'role'>,
  now: number,
): boolean {
  if (row.state === 'waiting') return row.requester_id === by.id;
  if (row.state !== 'granted' || row.to_at <= now) return false;
  const isOwn = row.requester_id === by.id || by.role === 'ict-administrator';
  return isOwn || decidesAs(policy, row.kind, by.role) !== undefined;
}

/** Ends it at once, on the computers within seconds. @throws PortcullisError `noSuchRequest`, `notWithdrawable` */
export async function withdrawRequest(
  { store, policy, now }: Omit<RequestContext, 'organisation'>,
  requestId: string,
  by: Actor,
): Promise<void> {
  await store.transaction().execute(async (tx) => {
    const row = await requestRow(tx, requestId);
    if (!mayWithdraw(row, policy, by, now)) {
      throw new PortcullisError('notWithdrawable', 'This request is over, or it is not for you to withdraw it.');
    }
    if (row.approval_id !== null) {
      await revokeApproval(tx, row.approval_id, { by: by.username, accountId: by.id, now });
    }
    await tx
      .updateTable('approval_requests')
      .set({ state: 'withdrawn', withdrawn_at: now, withdrawn_by: by.id })
      .where('id', '=', row.id)
      .execute();
    await recordAudit(tx, { at: now, accountId: by.id, action: 'approval.withdrawn', object: row.id });
  });
}

async function requestRow(tx: Store, id: string): Promise<ApprovalRequestsTable> {
  const row = await tx.selectFrom('approval_requests').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new PortcullisError('noSuchRequest', 'There is no such request.');
  return row;
}
