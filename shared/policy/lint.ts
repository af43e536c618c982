import type { DeviceFacts } from '../device/facts.ts';
import { classesWithoutRule, lockOuts, permittedByNobody, unusedLists } from './lint-estate.ts';
import { unknownFacts, untrustedSerial } from './lint-facts.ts';
import { type LintFinding, lintLevels } from './lint-finding.ts';
import { shadowed } from './lint-order.ts';
import { instantOf } from './london.ts';
import type { Rule } from './rule.ts';
import type { Policy } from './schema.ts';

export type { LintFinding } from './lint-finding.ts';

export interface LintCircumstances {
  /** Milliseconds since 1970: what has expired by then. */
  now: number;
  /** Devices that are connected in the estate today. */
  devices?: readonly DeviceFacts[];
}

/** Looks a valid policy over for what it surely does not mean. Pure; what is worst comes first. */
export function lint(policy: Policy, { now, devices = [] }: LintCircumstances): LintFinding[] {
  const { rules = [] } = policy;
  const found = [
    ...lockOuts(policy, devices),
    ...rules.flatMap((rule, index) => [
      ...shadowed(rule, rules.slice(0, index)),
      ...expired(rule, now),
      ...untrustedSerial(rule, policy),
      ...unknownFacts(rule, index, policy),
    ]),
    ...classesWithoutRule(policy),
    ...unusedLists(policy),
    ...permittedByNobody(policy),
  ];
  return found.sort((a, b) => lintLevels.indexOf(a.level) - lintLevels.indexOf(b.level));
}

function expired({ id, expires }: Rule, now: number): LintFinding[] {
  if (expires === undefined || now < instantOf(expires, 'end')) return [];
  return [
    {
      level: 'warning',
      check: 'expired',
      ruleId: id,
      says: `It expired (${expires}) and is off.`,
      mend: 'Give it a new day, or take it out.',
    },
  ];
}
