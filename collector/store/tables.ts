import type { Generated, Kysely, Transaction } from 'kysely';
import type { PermissionKind } from '#shared/policy/approvers.ts';
import type { ExportTables } from './export-tables.ts';
import type { RegisterTables } from './register-tables.ts';
import type { RetentionTables } from './retention-tables.ts';
import type { TransparencyTables } from './transparency-tables.ts';

/**
 * Every table of the store. Times are integers in milliseconds since 1970 UTC unless a name says otherwise, booleans
 * are 0 or 1, ids are UUIDv7 text, documents are JSON text: SQLite and PostgreSQL then hold the same.
 * Each table is written by the one module named beside it; others call that module.
 */
export interface Tables extends RegisterTables, RetentionTables, ExportTables, TransparencyTables {
  computers: ComputersTable;
  events: EventsTable;
  gaps: GapsTable;
  alerts: AlertsTable;
  alert_events: AlertEventsTable;
  alert_history: AlertHistoryTable;
  enrolment_tokens: EnrolmentTokensTable;
  token_uses: TokenUsesTable;
  policies: PoliciesTable;
  accounts: AccountsTable;
  former_passwords: FormerPasswordsTable;
  second_factors: SecondFactorsTable;
  recovery_codes: RecoveryCodesTable;
  account_reviews: AccountReviewsTable;
  sessions: SessionsTable;
  audit: AuditTable;
  teams: TeamsTable;
  people: PeopleTable;
  person_accounts: PersonAccountsTable;
  team_leads: TeamLeadsTable;
  media: MediaTable;
  media_history: MediaHistoryTable;
  approvals: ApprovalsTable;
  codes: CodesTable;
  computer_places: ComputerPlacesTable;
  standing_version: StandingVersionTable;
  saved_filters: SavedFiltersTable;
  approval_requests: ApprovalRequestsTable;
  policy_drafts: PolicyDraftsTable;
}

/** Written by register/computers.ts. */
export interface ComputersTable {
  /** Small number that stands for the computer in the big tables. */
  no: number;
  id: string;
  /** Ed25519, base64url. One key, one computer. */
  public_key: string;
  hostname: string;
  /** `collector` is the one row for the collector itself, number 0: what it raises about itself needs a place. */
  state: 'active' | 'retired' | 'collector';
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
  /** Host name in lower case without domain, to compare with lists of others. */
  short_name: Generated<string | null>;
  /** Out of `inventory`, `coverage` and `status`, so that lists can be sorted and narrowed by them. */
  make: Generated<string | null>;
  model: Generated<string | null>;
  serial: Generated<string | null>;
  /** Name and version. */
  os_name: Generated<string | null>;
  portable: Generated<number | null>;
  areas_failed: Generated<number | null>;
  areas_degraded: Generated<number | null>;
  /** How many conditions are raised. */
  conditions: Generated<number | null>;
  /** Events that wait on the computer. */
  spool_events: Generated<number | null>;
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
  /** Same rule, person and thing, on whichever computer. */
  same_key: string;
  /** The name somebody was signed in with, where the event tells. */
  person: string | null;
  /** `deviceKey` of the medium it is about, and its make and model in words. */
  device_key: string | null;
  device: string | null;
  /** Account of the analyst whose it is. */
  assignee_id: string | null;
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
  action: 'opened' | 'acknowledged' | 'assigned' | 'closed' | 'reopened' | 'noted';
  note: string | null;
}

/** Written by gateway/tokens.ts. Only the hash of a token is kept. */
export interface EnrolmentTokensTable {
  id: string;
  token_hash: string;
  note: string | null;
  created_at: number;
  expires_at: number;
  /** How many computers it may enrol, and how many it has. */
  uses_allowed: number;
  uses: number;
  revoked_at: number | null;
  /** Account id; null for a command at the collector. */
  made_by: string | null;
}

/** Written by gateway/tokens.ts: the computers that each token enrolled. */
export interface TokenUsesTable {
  computer_id: string;
  token_id: string;
  at: number;
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

/** Written by accounts/accounts.ts; failures, locks and last sign-in by accounts/attempts.ts. */
export interface AccountsTable {
  id: string;
  /** What is typed at sign-in, lower case. */
  username: string;
  display_name: string;
  role: string;
  /** Null: every organisation of this collector. */
  organisation: string | null;
  /** Null: every team; supervisors see those they lead besides. */
  team_id: string | null;
  /** Who it is in the register of people, if that is known. */
  person_id: string | null;
  /** Issuer and subject of single sign-on; such an account has no password here. */
  external_subject: string | null;
  /** 1: the sealed account for emergencies. */
  break_glass: number;
  /** The account works from this time on, and until that; null: no bound. */
  valid_from: number | null;
  valid_to: number | null;
  /** PHC string; empty when there is no password. */
  password_hash: string;
  password_changed_at: number | null;
  must_change_password: number;
  failures: number;
  locked_at: number | null;
  disabled_at: number | null;
  created_at: number;
  last_sign_in_at: number | null;
}

/** Written by accounts/passwords.ts: passwords an account had before. */
export interface FormerPasswordsTable {
  id: string;
  account_id: string;
  password_hash: string;
}

/** Written by accounts/second-factor.ts. */
export interface SecondFactorsTable {
  account_id: string;
  /** Base32, shared with the person's authenticator. */
  secret: string;
  /** Number of the newest step used, so that a code works once. */
  last_step: number;
  /** Null until the person has shown that their authenticator has it. */
  confirmed_at: number | null;
}

/** Written by accounts/second-factor.ts. Only the hash of a code is kept. */
export interface RecoveryCodesTable {
  account_id: string;
  code_hash: string;
  used_at: number | null;
}

/** Written by accounts/reviews.ts. Rows are never changed. */
export interface AccountReviewsTable {
  id: string;
  account_id: string;
  at: number;
  reviewer_id: string;
  decision: 'keep' | 'remove';
  note: string | null;
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
  /** `code`: the password was right and the second factor is still to come; it opens nothing else. */
  stage: 'code' | 'open';
  /** What the browser says it is, for the person to know their sessions apart. */
  browser: string | null;
}

/** Written by accounts/audit.ts: what people did and saw in the console, and what commands changed. Rows are never changed. */
export interface AuditTable {
  /** From 1, without gaps. */
  seq: number;
  /** Where the chain of accounts/audit-chain.ts stands after this entry. */
  link: Buffer;
  id: string;
  at: number;
  account_id: string | null;
  action: string;
  object: string | null;
  detail: string | null;
}

/** Written by register/people.ts. */
export interface TeamsTable {
  id: string;
  organisation: string;
  name: string;
}

/** Written by register/people.ts. */
export interface PeopleTable {
  id: string;
  organisation: string;
  /** What the organisation knows the person by, for example a staff number. */
  reference: string;
  name: string;
  email: string | null;
  team_id: string | null;
  /** First and last day, `2026-11-21`. */
  starts_on: string | null;
  leaves_on: string | null;
}

/** Written by register/people.ts: the names a person signs in to computers with, lower case. */
export interface PersonAccountsTable {
  organisation: string;
  name: string;
  person_id: string;
}

/** Written by register/people.ts. */
export interface TeamLeadsTable {
  team_id: string;
  person_id: string;
  part: 'supervisor' | 'deputy';
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

/** Written by register/places.ts: where computers belong. */
export interface ComputerPlacesTable {
  computer_id: string;
  site: string | null;
  /** JSON list. */
  groups: string;
}

/** Written by policies/standing-version.ts: one row, whose version grows with every change agents should hear of. */
export interface StandingVersionTable {
  one: number;
  version: number;
}

/** Written by alerting/saved-filters.ts. */
export interface SavedFiltersTable {
  id: string;
  account_id: string;
  name: string;
  /** What stands behind the question mark in the address of the list. */
  query: string;
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
  /** What agents were told; null for kinds that they are not told of. */
  approval_id: string | null;
  withdrawn_at: number | null;
  withdrawn_by: string | null;
}

/** Written by policies/drafts.ts. */
export interface PolicyDraftsTable {
  id: string;
  name: string;
  text: string;
  /** The published version it began with. */
  base_version: number;
  /** Grows with every save, so that two people cannot overwrite each other unseen. */
  revision: number;
  state: 'open' | 'published' | 'discarded';
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
  published_version: number | null;
}

export type Store = Kysely<Tables>;
export type StoreTransaction = Transaction<Tables>;
