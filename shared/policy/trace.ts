import type { About } from './about.ts';
import { longestTrace, type RightName, rightNames, type TraceStep } from './decision.ts';
import { explain } from './explain.ts';
import { isFalse } from './truth.ts';
import type { Look, Voice } from './voices.ts';

/** Which voice was heard for each right: in force, and without report-only mode. */
export interface Settled {
  inForce: Record<RightName, Voice>;
  worked: Record<RightName, Voice>;
}

export interface Trace {
  trace: TraceStep[];
  leftOut?: number;
}

/**
 * "Why?", in the order of evaluation and at most 32 steps: what stands before and after the rules is always there,
 * and of the rules those that decided, then those that matched, then those that came nearest to matching.
 */
export function traceOf(parts: {
  before: TraceStep[];
  looks: readonly Look[];
  after: TraceStep[];
  settled: Settled;
  subject: About;
}): Trace {
  const { before, looks, after, settled, subject } = parts;
  const room = longestTrace - before.length - after.length;
  const byDistance: Look[][] = [];
  for (const look of looks) {
    const far = distance(look, settled);
    byDistance[far] ??= [];
    byDistance[far].push(look);
  }
  const kept = new Set(byDistance.flat().slice(0, room));
  const steps = looks.filter((look) => kept.has(look)).map((look) => ruleStep(look, settled, subject));
  const trace = [...before, ...steps, ...after];
  const leftOut = looks.length - steps.length;
  return leftOut === 0 ? { trace } : { trace, leftOut };
}

/** How far a rule is from having decided something. */
function distance({ truth, voice }: Look, settled: Settled): number {
  if (voice) return isHeard(voice, settled) ? 0 : 1;
  if (truth === null) return 4;
  return isFalse(truth) ? (truth.held > 0 ? 2 : 4) + truth.differing.length : 2;
}

/** Whether it settled a right, or would have without report-only mode. */
export function isHeard(voice: Voice, { inForce, worked }: Settled): boolean {
  return rightNames.some((right) => inForce[right] === voice || worked[right] === voice);
}

/** The step of a voice that was raised: it decided, was only reported, or came too late. */
export function voiceStep(voice: Voice, { inForce, worked }: Settled): TraceStep {
  const { tier, ruleId, because } = voice;
  const rights = rightNames.filter((right) => inForce[right] === voice);
  const reported = rightNames.filter((right) => worked[right] === voice);
  if (rights.length > 0) return { tier, ruleId, result: 'decided', because, rights };
  if (reported.length === 0) {
    return { tier, ruleId, result: 'matched', because: 'It holds, but what it says was decided before it.' };
  }
  return { tier, ruleId, result: 'reported', because: `${because} It is report-only.`, rights: reported };
}

function ruleStep({ rule, truth, voice }: Look, settled: Settled, subject: About): TraceStep {
  const step = { tier: 'rule' as const, ruleId: rule.id };
  if (voice) return voiceStep(voice, settled);
  if (truth === null) return { ...step, result: 'off', because: `It expired: ${rule.expires ?? ''}.` };
  const because = explain(truth, subject);
  if (!isFalse(truth)) return { ...step, result: 'unknown', because };
  const near = truth.differing.length === 1 && truth.held > 0;
  return { ...step, result: near ? 'nearly-matched' : 'not-matched', because };
}
