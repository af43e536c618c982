import type { Kysely, Transaction } from 'kysely';

/**
 * Every table of the store. Times are integers in milliseconds since 1970 UTC unless a name says otherwise, booleans
 * are 0 or 1, ids are UUIDv7 text, documents are JSON text: SQLite and PostgreSQL then hold the same.
 * Each table is written by the one module named beside it; others call that module.
 */
export interface Tables {
  computers: ComputersTable;
  events: EventsTable;
  gaps: GapsTable;
  alerts: AlertsTable;
  alert_events: AlertEventsTable;
  alert_history: AlertHistoryTable;
  enrolment_tokens: EnrolmentTokensTable;
  policies: PoliciesTable;
  accounts: AccountsTable;
  sessions: SessionsTable;
  audit: AuditTable;
  media: MediaTable;
  media_history: MediaHistoryTable;
  approvals: ApprovalsTable;
  codes: CodesTable;
  standing_version: StandingVersionTable;
}

/** Written by register/computers.ts. */
export interface ComputersTable {
  /** Small number that stands for the computer in the big tables. */
  no: number;
  id: string;
  /** Ed25519, base64url. One key, one computer. */
  public_key: string;
  hostname: string;
  state: 'active' | 'retired';
  enrolled_at: number;
  /** Number and link of the newest event stored. */
  head_seq: number;
  head_link: Buffer;
  /** JSON of SignedHead (shared/protocol/protocol.ts): the computer's own signature under the head. */
  head_proof: string | null;
  last_seen_at: number | null;
  agent_version: string | null;
  os: string | null;
  policy_version: number | null;
  /** JSON of Coverage[] (shared/events/agent.ts). */
  coverage: string | null;
  /** JSON of the last Status message (shared/protocol/protocol.ts). */
  status: string | null;
  /** JSON of Inventory (shared/events/agent.ts). */
  inventory: string | null;
  /** Secret shared with the agent, base64url: one-time codes are made and checked with it. */
  code_secret: string | null;
}

/** Written by store/events.ts. */
export interface EventsTable {
  computer_no: number;
  seq: number;
  /** The computer's clock; may be wrong. */
  at: number;
  /** The collector's clock. */
  received_at: number;
  kind: string;
  /** The exact JSON line as received; null when retention took it away. */
  line: string | null;
  /** SHA-256 of the line, kept only when the line is gone. */
  line_hash: Buffer | null;
  /** Where the chain stands after this event. */
  link: Buffer;
}

/** Written by store/events.ts: numbers an agent declared as lost, with where its chain stood after them. */
export interface GapsTable {
  computer_no: number;
  from_seq: number;
  to_seq: number;
  link: Buffer;
  received_at: number;
  /** JSON of the SignedHead that declared it. */
  proof: string;
}

/** Written by alerting/alerts.ts. */
export interface AlertsTable {
  id: string;
  computer_no: number;
  /** Id of the alert rule in the profile, or of a fault the collector found itself. */
  rule_id: string;
  title: string;
  severity: string;
  /** 0 info … 4 critical, for sorting. */
  severity_rank: number;
  clause: string;
  /** Kind of the event that raised it. */
  kind: string;
  /** Same computer, rule, person and thing: a repeat within 24 hours adds to `count` of the alert that is not closed. */
  group_key: string;
  state: 'open' | 'acknowledged' | 'closed';
  count: number;
  first_seq: number | null;
  last_seq: number | null;
  /** The computer's clock at the first and last event. */
  first_at: number;
  last_at: number;
  /** The collector's clock. */
  opened_at: number;
  policy_version: number;
  /** JSON list of recipients. */
  recipients: string;
  tell: string;
  /** Set on closing: what it turned out to be. */
  outcome: string | null;
}

/** Written by alerting/alerts.ts; the first {@link AlertsTable.count} events, up to 100 an alert. */
export interface AlertEventsTable {
  alert_id: string;
  computer_no: number;
  seq: number;
}

/** Written by alerting/alerts.ts. */
export interface AlertHistoryTable {
  id: string;
  alert_id: string;
  at: number;
  /** Account id, or null when the collector did it. */
  account_id: string | null;
  action: 'opened' | 'acknowledged' | 'closed' | 'reopened' | 'noted';
  note: string | null;
}

/** Written by gateway/tokens.ts. Only the hash of a token is kept. */
export interface EnrolmentTokensTable {
  id: string;
  token_hash: string;
  note: string | null;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  used_by: string | null;
}

/** Written by policies/policies.ts. Rows are never changed. */
export interface PoliciesTable {
  version: number;
  organisation: string;
  text: string;
  sha256: string;
  signature: string;
  published_at: number;
  expires_at: number | null;
  reason: string;
  published_by: string;
  /** Who agreed to it; null for the profile a collector was set up with. */
  approver: string | null;
}

/** Written by accounts/accounts.ts. */
export interface AccountsTable {
  id: string;
  /** What is typed at sign-in, lower case. */
  username: string;
  display_name: string;
  role: string;
  /** PHC string. */
  password_hash: string;
  must_change_password: number;
  failures: number;
  locked_at: number | null;
  disabled_at: number | null;
  created_at: number;
  last_sign_in_at: number | null;
}

/** Written by accounts/sessions.ts. Only the hash of the cookie is kept. */
export interface SessionsTable {
  cookie_hash: string;
  account_id: string;
  /** Secret that every form of this session carries. */
  form_token: string;
  created_at: number;
  last_used_at: number;
  expires_at: number;
}

/** Written by accounts/audit.ts: what people did and saw in the console, and what commands changed. */
export interface AuditTable {
  id: string;
  at: number;
  account_id: string | null;
  action: string;
  object: string | null;
  detail: string | null;
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
  kind: 'media' | 'transfer' | 'local-data';
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

/** Written by policies/standing-version.ts: one row, whose version grows with every change agents should hear of. */
export interface StandingVersionTable {
  one: number;
  version: number;
}

export type Store = Kysely<Tables>;
export type StoreTransaction = Transaction<Tables>;
