/* How long things are kept, what is kept longer, and what was done about it. */
export interface RetentionTables {
  kept_events: KeptEventsTable;
  retention_places: RetentionPlacesTable;
  legal_holds: LegalHoldsTable;
  retention_log: RetentionLogTable;
}

/** Written by retention/event-bodies.ts: events past the routine time whose body still has a reason to be there. */
export interface KeptEventsTable {
  computer_no: number;
  seq: number;
}

/** Written by retention/event-bodies.ts: every event up to this one was looked at once. */
export interface RetentionPlacesTable {
  computer_no: number;
  seq: number;
}

/** Written by retention/holds.ts. Rows are never removed. */
export interface LegalHoldsTable {
  id: string;
  kind: 'computer' | 'person' | 'alert';
  /** Id of the computer, person or alert. */
  object: string;
  reason: string;
  placed_at: number;
  /** Account id, or who typed the command. */
  placed_by: string;
  released_at: number | null;
  released_by: string | null;
  release_reason: string | null;
}

/** Written by retention/retention.ts: what each run took away. Rows are never changed. */
export interface RetentionLogTable {
  id: string;
  at: number;
  what: 'event-bodies' | 'alert-people' | 'notice-people' | 'last-users';
  policy_version: number;
  /** What was older than this lost its time; the collector's clock. */
  before: number;
  removed: number;
  /** Kept although their time is over, because of a hold, an open alert or an incident. */
  held: number;
}
