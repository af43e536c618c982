/** The policy that was published, the drafts of the next, and the version of what agents are told beside it. */
export interface PolicyTables {
  policies: PoliciesTable;
  policy_drafts: PolicyDraftsTable;
  standing_version: StandingVersionTable;
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

/** Written by policies/standing-version.ts: one row, whose version grows with every change agents should hear of. */
export interface StandingVersionTable {
  one: number;
  version: number;
}
