/* What supervisors and others are told about alerts, how it reaches them, and what they answer. */
export interface NoticeTables {
  notice_cursor: NoticeCursorTable;
  notices: NoticesTable;
  notice_alerts: NoticeAlertsTable;
  notice_recipients: NoticeRecipientsTable;
  notice_history: NoticeHistoryTable;
  notice_deliveries: NoticeDeliveriesTable;
  notice_templates: NoticeTemplatesTable;
  absences: AbsencesTable;
}

/** Written by notices/notices.ts: one row, the newest `alerts.change_no` that was planned. */
export interface NoticeCursorTable {
  one: number;
  change_no: number;
}

/** Written by notices/notices.ts: one matter, whoever is told of it. */
export interface NoticesTable {
  id: string;
  /** What people say on the telephone: `N-12`. */
  number: number;
  organisation: string;
  /** `alerts.same_key`: same rule, person and thing. */
  same_key: string;
  rule_id: string;
  title: string;
  severity: string;
  severity_rank: number;
  clause: string;
  policy_version: number;
  /** `digest`: to know, with the next summary; nobody has to answer. */
  tell: 'now' | 'digest';
  computer_no: number;
  /** The name somebody was signed in with, and who that is. */
  person: string | null;
  person_id: string | null;
  /** Team of that person. */
  team_id: string | null;
  /** Why it went to whom it went to; one of `Routed` (notices/supervisor.ts), or null when no supervisor is told. */
  routed: string | null;
  /** How often the computers reported it, and when first and last by their clocks. */
  count: number;
  first_at: number;
  last_at: number;
  /** The collector's clock. */
  opened_at: number;
  /** From when on time runs: quiet hours are over. */
  told_at: number;
  /** Until when an answer is asked for; null when none is. */
  due_at: number | null;
  state: 'open' | 'answered';
  answer: 'expected' | 'put-right' | 'needs-ict' | 'incident' | null;
  /** Number of the approval, with `expected`. */
  approval: string | null;
  comment: string | null;
  answered_at: number | null;
  answered_by: string | null;
  incident_id: string | null;
}

/** Written by notices/notices.ts. */
export interface NoticeAlertsTable {
  notice_id: string;
  alert_id: string;
  /** What this alert adds to the count of the notice. */
  counted: number;
}

/** Written by notices/notices.ts. */
export interface NoticeRecipientsTable {
  id: string;
  notice_id: string;
  /** Word of the profile, `manager`, or `person` for the person concerned. */
  part: string;
  person_id: string | null;
  account_id: string | null;
  /** Whose answer is asked for: 0 or 1. */
  acts: number;
  tell: 'now' | 'digest';
  added_at: number;
  /** With `digest`: when the summary is due, and the delivery it went with. */
  digest_at: number | null;
  digest_id: string | null;
  read_at: number | null;
  acknowledged_at: number | null;
  /** Steps that were taken because nobody moved. */
  reminded_at: number | null;
  escalated_at: number | null;
  overdue_at: number | null;
}

/** Written by notices/notices.ts. */
export interface NoticeHistoryTable {
  id: string;
  notice_id: string;
  at: number;
  /** Account id, or null when the collector did it or a link in a mail was used. */
  account_id: string | null;
  action: NoticeAction;
  note: string | null;
}
export type NoticeAction =
  | 'opened'
  | 'repeated'
  | 'told'
  | 'sent'
  | 'undelivered'
  | 'resent'
  | 'read'
  | 'acknowledged'
  | 'reminded'
  | 'escalated'
  | 'handed-over'
  | 'overdue'
  | 'side'
  | 'answered';

/** Written by notices/outbox.ts: every message that is to go out, is on its way, or went. */
export interface NoticeDeliveriesTable {
  id: string;
  /** Null for a summary. */
  notice_id: string | null;
  /** Null for a webhook. */
  recipient_id: string | null;
  /** `mail`, or `webhook:` and its name. */
  channel: string;
  /** Name of the template. */
  template: string;
  /** Address of the recipient when it was planned. */
  address: string;
  /** Made when it was planned, so that a repeat is known as one. */
  message_id: string;
  state: 'waiting' | 'leased' | 'sent' | 'failed';
  attempts: number;
  planned_at: number;
  /** Not before this moment. */
  next_at: number;
  leased_until: number | null;
  /** As sent, from the first attempt on. */
  subject: string | null;
  text: string | null;
  html: string | null;
  /** SHA-256 of subject, text and HTML, hexadecimal. */
  sha256: string | null;
  sent_at: number | null;
  /** Why the last attempt failed, in words without addresses. */
  failure: string | null;
}

/** Written by notices/template-store.ts. The newest of a name holds; rows are never changed. */
export interface NoticeTemplatesTable {
  id: string;
  name: string;
  /** Null: back to what the product ships. */
  subject: string | null;
  body: string | null;
  saved_at: number;
  saved_by: string;
}

/** Written by register/absences.ts: days, `2026-12-24`, both included. No reason is kept. */
export interface AbsencesTable {
  id: string;
  person_id: string;
  from_on: string;
  to_on: string;
}
