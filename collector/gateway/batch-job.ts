import { faultFinding } from '../alerting/faults.ts';
import { redeemedIn } from '../approvals/codes.ts';
import type { PolicyInForce } from '../policies/in-force.ts';
import { factsIn } from '../register/computers.ts';
import { sightingsIn } from '../register/sightings.ts';
import type { BatchJob } from '../store/jobs.ts';
import { updatesIn } from '../updates/roll-out-computers.ts';
import type { VerifiedBatch } from './ingest.ts';

/** Pure: what is to be stored of a verified batch, alerts included. */
export function batchJob(
  batch: VerifiedBatch,
  computerNo: number,
  policy: PolicyInForce,
  receivedAt: number,
): BatchJob {
  const findings = batch.events.flatMap(policy.evaluate);
  if (batch.gaps.length > 0) findings.push(faultFinding('evidence-gap', policy.monitoringClause, receivedAt));
  const codes = redeemedIn(batch.events);
  const told = updatesIn(batch.events);
  return {
    type: 'batch',
    columns: {
      computerNo,
      receivedAt,
      seqs: batch.events.map((event) => event.seq),
      ats: batch.ats,
      kinds: batch.events.map((event) => event.kind),
      lines: batch.lines,
      links: batch.links,
    },
    gaps: batch.gaps,
    from: batch.from,
    to: batch.to,
    proof: JSON.stringify(batch.proof),
    findings,
    policyVersion: policy.version,
    facts: factsIn(batch.events),
    sightings: sightingsIn(batch.events, computerNo, receivedAt),
    ...(told.length > 0 && { updates: { told, monitoringClause: policy.monitoringClause } }),
    ...(codes.length > 0 && {
      redeemed: { codes, ifUnknown: faultFinding('code-unknown', policy.monitoringClause, receivedAt) },
    }),
  };
}
