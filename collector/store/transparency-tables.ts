/* What staff were told, and what was decided before they were watched. */
export interface TransparencyTables {
  go_live_steps: GoLiveStepsTable;
}

/** Written by transparency/go-live.ts. Rows are never changed; the newest of a step counts. */
export interface GoLiveStepsTable {
  id: string;
  step: 'staff-notice' | 'dpia' | 'consultation';
  /** What the organisation knows the document by. */
  reference: string;
  /** `2026-11-30`. */
  decided_on: string;
  /** The role or body, never only a name. */
  decided_by: string;
  recorded_at: number;
  /** Account id, or who typed the command. */
  recorded_by: string;
}
