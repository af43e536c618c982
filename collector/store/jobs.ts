import type { RefusalCode, Status } from '#shared/protocol/protocol.ts';
import type { AuditEntry } from '../accounts/audit.ts';
import type { Finding } from '../alerting/rules.ts';
import type { RedeemedAt } from '../approvals/codes.ts';
import type { ComputerFacts } from '../register/computers.ts';
import type { Sightings } from '../register/sightings.ts';
import type { UpdateTold } from '../updates/roll-out-computers.ts';
import type { EventColumns } from './events.ts';

/** What the writer thread is asked to make durable, by the agents' side and by the console. Plain data: it crosses a thread. */
export type Job = BatchJob | StatusJob | FaultJob | SeenJob;

export interface BatchJob {
  type: 'batch';
  columns: EventColumns;
  gaps: { from: number; to: number; link: Uint8Array }[];
  from: { seq: number; link: Uint8Array };
  to: { seq: number; link: Uint8Array };
  /** JSON of SignedHead (shared/protocol/protocol.ts). */
  proof: string;
  findings: Finding[];
  policyVersion: number;
  facts: ComputerFacts | undefined;
  sightings: Sightings;
  /** What the agent told of updates of itself, and the clause of alerts about them. */
  updates?: { told: UpdateTold[]; monitoringClause: string };
  /** One-time codes that were typed in, and what to raise if one of them was not made here. */
  redeemed?: { codes: RedeemedAt[]; ifUnknown: Finding };
}
export interface StatusJob {
  type: 'status';
  computerNo: number;
  status: Status;
  receivedAt: number;
}
export interface FaultJob {
  type: 'fault';
  computerNo: number;
  finding: Finding;
  policyVersion: number;
  receivedAt: number;
}

/** Somebody was shown something. Goes before all others: a page waits for it. */
export interface SeenJob {
  type: 'seen';
  entry: AuditEntry;
}

/** `stored` is said only after the commit. */
export type JobResult = { stored: true; alertIds: string[] } | { stored: false; code: RefusalCode };

export interface WriterRequest {
  id: number;
  jobs: Job[];
}
export interface WriterReply {
  id: number;
  results: JobResult[];
}
