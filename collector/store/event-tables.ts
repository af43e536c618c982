/** What computers reported, and what they declared as lost. */
export interface EventTables {
  events: EventsTable;
  gaps: GapsTable;
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
