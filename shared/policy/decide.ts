import type { Decision, RightName, Rights, TraceStep } from './decision.ts';
import { rightNames } from './decision.ts';
import type { Facts } from './facts.ts';
import type { Policy } from './schema.ts';
import type { Standing } from './standing.ts';
import { isHeard, type Settled, traceOf, voiceStep } from './trace.ts';
import { aboutOf, classDefault, everything, grants, heard, isOnFloor, lookAt, rightsOf, type Voice } from './voices.ts';

/** A policy as it is in force on a computer. */
export interface InForce {
  version: number;
  policy: Policy;
  /** Milliseconds since 1970; undefined when it does not expire. */
  expiresAt?: number | undefined;
}

/**
 * Decides every right of a device. Pure: no clock, no system, the same answer each time; it never throws.
 *
 * The tiers are fixed: safety floor, break-glass, approvals, redeemed codes, rules in order, default of the class. Of
 * each right the first that speaks of it decides.
 *
 * The law about facts that are not known: a rule permits only when its condition is true whatever the unknown facts
 * turn out to be. So learning a fact lifts a denial in two ways only: the fact makes a permit's condition true, or it
 * answers the very question because of which a rule with `onUnknown: match` denied.
 * @param inForce the policy in force, or null when the computer has none yet: then all is allowed and recorded
 * @param standing register, approvals and codes, or null when the agent was never told
 * @param now milliseconds since 1970, UTC
 */
export function decide(inForce: InForce | null, facts: Facts, standing: Standing | null, now: number): Decision {
  if (inForce === null) return withoutPolicy();
  try {
    return settle(inForce, facts, standing, now);
  } catch {
    return failed(inForce, facts);
  }
}

function settle(inForce: InForce, facts: Facts, standing: Standing | null, now: number): Decision {
  const { policy } = inForce;
  const subject = aboutOf(policy, facts, standing, now);
  const floor = floorOf(policy, facts);
  if (floor.voice) {
    const settled = { inForce: heard([], floor.voice), worked: heard([], floor.voice) };
    return decision(inForce, now, settled, { trace: [voiceStep(floor.voice, settled)] });
  }
  const last = classDefault(policy, facts.device.class);
  const granted = grants(subject);
  const looks = lookAt(policy.rules ?? [], subject);
  const voices = [...granted, ...looks.flatMap(({ voice }) => voice ?? [])];
  const settled: Settled = {
    worked: heard(voices, last),
    inForce: heard(isReportOnly(inForce, now) ? voices : voices.filter(({ reportOnly }) => !reportOnly), last),
  };
  const before = [
    floor.step,
    ...granted.filter((voice) => isHeard(voice, settled)).map((voice) => voiceStep(voice, settled)),
  ];
  const after = [lastStep(last, settled)];
  return decision(inForce, now, settled, traceOf({ before, looks, after, settled, subject }));
}

function decision(
  inForce: InForce,
  now: number,
  settled: Settled,
  trace: Pick<Decision, 'trace' | 'leftOut'>,
): Decision {
  const reportOnly = isReportOnly(inForce, now);
  const wouldHave = rightsOf(settled.worked);
  const decided = rightsOf(settled.inForce);
  const { tier, ruleId, clause, rule } = settled.inForce[askedFirst(decided)];
  const { severity, tell, evidence } = rule ?? {};
  return {
    rights: reportOnly ? everything : decided,
    wouldHave,
    tier,
    ruleId,
    ...(clause !== undefined && { clause }),
    decidedBy: namesOf(settled.inForce),
    ...(severity && { severity }),
    ...(tell && { tell }),
    ...(evidence && { evidence }),
    mode: reportOnly ? 'report' : 'enforce',
    policyVersion: inForce.version,
    ...trace,
  };
}

function isReportOnly({ policy, expiresAt }: InForce, now: number): boolean {
  const over = expiresAt !== undefined && now >= expiresAt;
  return policy.mode === 'report' || (over && policy.whenExpired === 'report-only');
}

/** The right a person asks about first: what was denied, in order of weight, or else reading. */
function askedFirst(rights: Rights): RightName {
  return rightNames.find((right) => rights[right] === 'deny') ?? 'read';
}

function namesOf(settled: Record<RightName, Voice>): NonNullable<Decision['decidedBy']> {
  const { connect, read, write, execute } = settled;
  return { connect: connect.ruleId, read: read.ruleId, write: write.ruleId, execute: execute.ruleId };
}

function floorOf(policy: Policy, { device }: Facts): { voice?: Voice; step: TraceStep } {
  const place = { tier: 'safety-floor' as const, ruleId: 'safety-floor' };
  const because = `Class ${device.class} can never be denied.`;
  const not = `Class ${device.class} is not on the safety floor.`;
  const step: TraceStep = { ...place, result: 'not-matched', because: not };
  if (!isOnFloor(policy, device.class)) return { step };
  return { voice: { ...place, says: everything, because, reportOnly: false }, step };
}

function lastStep(last: Voice, settled: Settled): TraceStep {
  const step = voiceStep(last, settled);
  return step.result === 'matched' ? { ...step, because: 'Rules decided every right before it.' } : step;
}

function withoutPolicy(): Decision {
  const because = 'This computer has no policy yet: everything is allowed and recorded.';
  return fixed(everything, 'no-policy', because, 'report', 0);
}

/** What the policy states for the case that deciding fails, which only a fault of the program can bring about. */
function failed({ policy, version }: InForce, { device }: Facts): Decision {
  const nothing: Rights = { connect: 'deny', read: 'deny', write: 'deny', execute: 'deny' };
  const stated = {
    'allow-and-record': everything,
    'class-default': policy.devices.defaults[device.class].rights,
    deny: nothing,
  }[policy.whenDecisionFails ?? 'class-default'];
  const rights = isOnFloor(policy, device.class) ? everything : stated;
  const because = 'Working out the decision failed; the policy states what holds then.';
  return fixed(rights, 'failed', because, policy.mode, version);
}

function fixed(
  worked: Rights,
  tier: 'no-policy' | 'failed',
  because: string,
  mode: Decision['mode'],
  policyVersion: number,
): Decision {
  const step: TraceStep = { tier, ruleId: tier, result: 'decided', because, rights: [...rightNames] };
  const rights = mode === 'report' ? everything : worked;
  const decidedBy = { connect: tier, read: tier, write: tier, execute: tier };
  return { rights, wouldHave: worked, tier, ruleId: tier, decidedBy, mode, policyVersion, trace: [step] };
}
