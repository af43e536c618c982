import type { Generated } from 'kysely';

/** What leaves the collector: where streams of records stand, and the register of disclosures. */
export interface ExportTables {
  export_destinations: ExportDestinationsTable;
  export_positions: ExportPositionsTable;
  alert_steps: AlertStepsTable;
  disclosures: DisclosuresTable;
  disclosure_copies: DisclosureCopiesTable;
}

/** Written by exports/destinations.ts: one row for each destination that the settings ever named. */
export interface ExportDestinationsTable {
  /** As in the settings. */
  name: string;
  created_at: number;
  /** Null: it is sent to. */
  paused_at: number | null;
  /** Account id; null for a command at the collector, or when it is not paused. */
  paused_by: string | null;
  /** Records it took, doubles of a repeated batch counted once. */
  taken: Generated<number>;
  last_taken_at: number | null;
  /** Failures since it last took anything. */
  failures: Generated<number>;
  /** Not before this time; null: at once. */
  next_attempt_at: number | null;
  last_error: string | null;
  last_error_at: number | null;
  /** Number in {@link AlertStepsTable} up to which it has the steps of alerts. */
  alert_step: Generated<number>;
}

/** Written by exports/positions.ts: up to which event of a computer a destination has everything. No row: it has none. */
export interface ExportPositionsTable {
  destination: string;
  computer_no: number;
  seq: number;
}

/**
 * Written by alerting/alerts.ts beside the history of alerts: numbers that grow in the order of the commits, because the
 * store takes one writer at a time. Whoever has read up to a number has missed nothing before it.
 */
export interface AlertStepsTable {
  no: Generated<number>;
  history_id: string;
}

/** Written by exports/disclosures.ts: what was handed to somebody with a right to it, or was asked for and refused. Rows are never removed. */
export interface DisclosuresTable {
  id: string;
  /** Running number, from 1. */
  number: number;
  state: 'prepared' | 'approved' | 'refused';
  /** JSON of DisclosureAsked (exports/disclosures.ts). */
  document: string;
  prepared_at: number;
  /** Account id. */
  prepared_by: string;
  decided_at: number | null;
  decided_by: string | null;
  /** The role under which it was decided, and the clause. */
  decided_as: string | null;
  clause: string | null;
  decision_reason: string | null;
  /** Pseudonyms of this disclosure are made with it: the same in every copy, and in no other disclosure. */
  secret: Buffer;
}

/** Written by exports/disclosures.ts: every copy that was made. Rows are never changed or removed. */
export interface DisclosureCopiesTable {
  id: string;
  disclosure_id: string;
  at: number;
  /** Account id; null for a command at the collector. */
  by: string | null;
  sha256: string;
  bytes: number;
  events: number;
}
