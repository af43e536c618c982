import type { PermissionKind } from '#shared/policy/approvers.ts';
import type { Approval } from '#shared/policy/standing.ts';

/** Issued media and what was allowed: approvals, what was asked for, and codes that were read out. */
export interface PermissionTables {
  media: MediaTable;
  media_history: MediaHistoryTable;
  approvals: ApprovalsTable;
  approval_requests: ApprovalRequestsTable;
  codes: CodesTable;
}

/** Written by register/media.ts: issued sticks and disks. */
export interface MediaTable {
  id: string;
  vendor_id: string | null;
  product_id: string | null;
  serial: string;
  /** What is written on it. */
  label: string | null;
  state: 'issued' | 'lost' | 'returned' | 'retired';
  holder: string;
  encrypted_by: 'us' | 'other' | null;
  approver: string;
  issued_at: number;
  expires_at: number | null;
}

/** Written by register/media.ts. */
export interface MediaHistoryTable {
  id: string;
  medium_id: string;
  at: number;
  state: MediaTable['state'];
  by: string;
  note: string | null;
}

/** Written by approvals/approvals.ts. */
export interface ApprovalsTable {
  id: string;
  kind: Approval['kind'];
  /** Null: on every computer. */
  computer_id: string | null;
  /** JSON of GrantedApproval (approvals/approvals.ts). */
  document: string;
  approver: string;
  reason: string;
  created_at: number;
  from_at: number;
  to_at: number;
  revoked_at: number | null;
  revoked_by: string | null;
}

/** Written by approvals/requests.ts: what was asked for, and what became of it. */
export interface ApprovalRequestsTable {
  id: string;
  kind: PermissionKind;
  organisation: string;
  /** A granted one is over when its time is; that is not written. */
  state: 'waiting' | 'granted' | 'refused' | 'withdrawn';
  /** JSON of Requested (approvals/requests.ts). */
  document: string;
  reason: string;
  requester_id: string;
  requested_at: number;
  from_at: number;
  to_at: number;
  /** The alert it was asked for from, and the request it carries on. */
  alert_id: string | null;
  renews_id: string | null;
  decided_at: number | null;
  decider_id: string | null;
  /** The role under the policy in which it was decided, and the clause. */
  decided_as: string | null;
  clause: string | null;
  decision_reason: string | null;
  /** What agents were told, once it is granted. */
  approval_id: string | null;
  withdrawn_at: number | null;
  withdrawn_by: string | null;
}

/** Written by approvals/codes.ts: one-time codes that were read out. */
export interface CodesTable {
  id: string;
  computer_id: string;
  /** What the person at the computer read out. */
  challenge: string;
  /** JSON of CodeGrant (shared/policy/code.ts). */
  document: string;
  approver: string;
  reason: string;
  created_at: number;
  redeemed_at: number | null;
  cancelled_at: number | null;
}
