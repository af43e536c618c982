import type { Generated } from 'kysely';

/** The computers that report, where they belong and how they were let in. */
export interface ComputerTables {
  computers: ComputersTable;
  computer_places: ComputerPlacesTable;
  enrolment_tokens: EnrolmentTokensTable;
  token_uses: TokenUsesTable;
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

/** Written by register/places.ts: where computers belong. */
export interface ComputerPlacesTable {
  computer_id: string;
  site: string | null;
  /** JSON list. */
  groups: string;
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
