import Type from 'typebox';
import { InvalidError } from '../errors.ts';
import { checker, exactObject } from '../schema.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { Facts } from './facts.ts';
import { loadPolicy } from './load.ts';
import { instantOf, momentPattern } from './london.ts';
import { Standing } from './standing.ts';

/** What `portcullis-agent decide --device FILE` reads: facts, and the time and standing they are decided at. */
const Question = exactObject({
  ...Facts.properties,
  time: Type.Optional(Type.String({ pattern: momentPattern })),
  standing: Type.Optional(Standing),
});

export interface Answer
  extends Pick<Decision, 'rights' | 'wouldHave' | 'ruleId' | 'tier' | 'clause' | 'mode' | 'trace'> {
  decidedBy: Decision['decidedBy'];
  /** Always false: this is what would be decided, and nothing was done. */
  applied: false;
}

/**
 * Decides about a device described in a file, by a policy in a file. Nothing is carried out.
 * @param now milliseconds since 1970, used when the file names no time
 * @throws InvalidError that names the file's fault and its place
 */
export function decideFromFiles(policyText: string, deviceJsonText: string, now: number): Answer {
  const policy = loadPolicy(policyText);
  const { time, standing, ...facts } = checker(Question).parse(parsed(deviceJsonText), 'The device file');
  const at = time === undefined ? now : instantOf(time, 'start');
  if (Number.isNaN(at))
    throw new InvalidError('The device file does not fit: at /time: there is no such date or time.');
  const decision = decide({ policy, version: 0 }, facts, standing ?? null, at);
  const { rights, wouldHave = rights, ruleId, tier, clause, mode, decidedBy, trace } = decision;
  return {
    rights,
    ruleId,
    tier,
    ...(clause !== undefined && { clause }),
    mode,
    applied: false,
    wouldHave,
    decidedBy,
    trace,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new InvalidError('The device file is not valid JSON.', { cause: error });
  }
}
