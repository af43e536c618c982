/* Versions that are to run, silence of computers, releases of the agent and how they are rolled out. */
export interface SelfCareTables {
  known_versions: KnownVersionsTable;
  listening: ListeningTable;
  silences: SilencesTable;
  releases: ReleasesTable;
  roll_outs: RollOutsTable;
  roll_out_computers: RollOutComputersTable;
}

/** Written by register/versions.ts: versions this collector itself had, each since its first start. */
export interface KnownVersionsTable {
  version: string;
  since: number;
}

/** Written by jobs/silence-watch.ts: one row, number 1. Silence counts only while somebody could have been heard. */
export interface ListeningTable {
  no: number;
  /** Since when the collector runs without a break worth mentioning. */
  since: number;
  last_at: number;
}

/** Written by jobs/silence-watch.ts: whose silence was told, until they are heard. Number 0 stands for the estate. */
export interface SilencesTable {
  computer_no: number;
  alert_id: string;
  /** When it was last heard, and when its silence was told. */
  since: number;
  noticed_at: number;
}

/** Written by updates/releases.ts. */
export interface ReleasesTable {
  id: string;
  version: string;
  platform: string;
  arch: string;
  size: number;
  /** Of the bundle, which lies in the collector's home under this name. */
  sha256: string;
  notes: string;
  roll_back: number;
  /** JSON of ReleaseManifest (shared/protocol/release.ts), exactly as signed. */
  manifest: string;
  signature: string;
  added_at: number;
  added_by: string;
}

export type RollOutState = 'running' | 'paused' | 'stopped';

/** Written by updates/roll-outs.ts. */
export interface RollOutsTable {
  id: string;
  release_id: string;
  state: RollOutState;
  /** JSON list of groups of computers; empty: all. */
  groups: string;
  /** Of the computers in question, 1 to 100. */
  percent: number;
  /** With more failures than these it pauses by itself. */
  most_failures: number;
  /** Why it is paused or stopped. */
  because: string | null;
  started_at: number;
  started_by: string;
  changed_at: number;
}

/** Written by updates/roll-out-computers.ts: how far each computer has come. */
export interface RollOutComputersTable {
  roll_out_id: string;
  computer_no: number;
  state: 'offered' | 'updated' | 'failed' | 'unsupported';
  reason: string | null;
  at: number;
}
