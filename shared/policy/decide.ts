import type { Decision, RightName, Rights, TraceStep } from './decision.ts';
import { rightNames } from './decision.ts';
import type { Facts } from './facts.ts';
import type { Standing } from './standing.ts';
import { isHeard, type Settled, type Trace, traceOf, voiceStep } from './trace.ts';
import { everything, isOnFloor, rightsOf, type Voice } from './voices.ts';
import { type InForce, isReportOnly, type Weighed, weigh } from './weigh.ts';

export type { InForce } from './weigh.ts';

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
    const weighed = weigh(inForce, facts, standing, now);
    return { ...brief(inForce, now, weighed.settled), ...explained(weighed) };
  } catch {
    return failed(inForce, facts);
  }
}

/** The same without the trace, which is most of the work: for deciding by the thousand. */
export function decideBriefly(
  inForce: InForce | null,
  facts: Facts,
  standing: Standing | null,
  now: number,
): Omit<Decision, 'trace' | 'leftOut'> {
  if (inForce === null) return withoutPolicy();
  try {
    return brief(inForce, now, weigh(inForce, facts, standing, now).settled);
  } catch {
    return failed(inForce, facts);
  }
}

function brief(inForce: InForce, now: number, settled: Settled): Omit<Decision, 'trace' | 'leftOut'> {
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
  };
}

function explained({ floor, granted, looks, last, settled, subject }: Weighed): Trace {
  if (floor) return { trace: [voiceStep(floor, settled)] };
  const before = [notOnFloor(subject.facts), ...grantSteps(granted, settled)];
  return traceOf({ before, looks, after: [lastStep(last, settled)], settled, subject });
}

function notOnFloor({ device }: Facts): TraceStep {
  const because = `Class ${device.class} is not on the safety floor.`;
  return { tier: 'safety-floor', ruleId: 'safety-floor', result: 'not-matched', because };
}

/** Grants that decided, and the first few of those that say less than they could, with what they lack. */
function grantSteps(granted: readonly Voice[], settled: Settled): TraceStep[] {
  const lacking = granted.filter(({ lacks }) => lacks).slice(0, mostLacking);
  return granted.flatMap((voice) => {
    const { tier, ruleId, lacks } = voice;
    return [
      ...(isHeard(voice, settled) ? [voiceStep(voice, settled)] : []),
      ...(lacks && lacking.includes(voice) ? [{ tier, ruleId, ...lacks }] : []),
    ];
  });
}

const mostLacking = 4;

/** The right a person asks about first: what was denied, in order of weight, or else reading. */
function askedFirst(rights: Rights): RightName {
  return rightNames.find((right) => rights[right] === 'deny') ?? 'read';
}

function namesOf(settled: Record<RightName, Voice>): NonNullable<Decision['decidedBy']> {
  const { connect, read, write, execute } = settled;
  return { connect: connect.ruleId, read: read.ruleId, write: write.ruleId, execute: execute.ruleId };
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
