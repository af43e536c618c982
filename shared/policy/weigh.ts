import type { About } from './about.ts';
import type { Facts } from './facts.ts';
import type { Policy } from './schema.ts';
import type { Standing } from './standing.ts';
import type { Settled } from './trace.ts';
import {
  aboutOf,
  classDefault,
  everything,
  grants,
  heard,
  isOnFloor,
  type Look,
  lookAt,
  type Voice,
} from './voices.ts';

/** A policy as it is in force on a computer. */
export interface InForce {
  version: number;
  policy: Policy;
  /** Milliseconds since 1970; undefined when it does not expire. */
  expiresAt?: number | undefined;
}

/** Everything that was heard about a device, and whose word counts for each right. */
export interface Weighed {
  subject: About;
  /** There where the class is on the safety floor; then nobody else is asked. */
  floor?: Voice;
  granted: readonly Voice[];
  looks: readonly Look[];
  last: Voice;
  settled: Settled;
}

/** Asks the tiers in their order, and the rules in theirs. */
export function weigh(inForce: InForce, facts: Facts, standing: Standing | null, now: number): Weighed {
  const { policy } = inForce;
  const subject = aboutOf(policy, facts, standing, now);
  const last = classDefault(policy, facts.device.class);
  if (isOnFloor(policy, facts.device.class)) {
    const floor = floorVoice(facts);
    const settled = { inForce: heard([], floor), worked: heard([], floor) };
    return { subject, floor, granted: [], looks: [], last, settled };
  }
  const granted = grants(subject);
  const looks = lookAt(policy.rules ?? [], subject);
  const voices = [...granted, ...looks.flatMap(({ voice }) => voice ?? [])];
  const settled: Settled = {
    worked: heard(voices, last),
    inForce: heard(isReportOnly(inForce, now) ? voices : voices.filter(({ reportOnly }) => !reportOnly), last),
  };
  return { subject, granted, looks, last, settled };
}

function floorVoice({ device }: Facts): Voice {
  const because = `Class ${device.class} can never be denied.`;
  return { tier: 'safety-floor', ruleId: 'safety-floor', says: everything, because, reportOnly: false };
}

export function isReportOnly({ policy, expiresAt }: InForce, now: number): boolean {
  const over = expiresAt !== undefined && now >= expiresAt;
  return policy.mode === 'report' || (over && policy.whenExpired === 'report-only');
}
