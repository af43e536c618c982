import type { When } from './conditions.ts';

/** `error`: the policy is refused. `warning`: most likely not what was meant. `info`: worth knowing. */
export const lintLevels = ['error', 'warning', 'info'] as const;

export const lintChecks = [
  'invalid',
  'locks-out',
  'unreachable',
  'permit-under-deny',
  'untrusted-serial',
  'unknown-slips-through',
  'unknown-never-permits',
  'expired',
  'class-without-rule',
  'unused-list',
  'nobody-permits',
] as const;

export interface LintFinding {
  level: (typeof lintLevels)[number];
  check: (typeof lintChecks)[number];
  ruleId?: string | undefined;
  /** What is the matter, in a sentence. */
  says: string;
  /** How to mend it, in a sentence. */
  mend: string;
  /** Line of the policy's text, from 1. */
  line?: number | undefined;
}

/** Every condition in a condition, itself included. */
export function conditionsOf(when: When): When[] {
  const inner = [...(when.all ?? []), ...(when.any ?? []), ...(when.not ? [when.not] : [])];
  return [when, ...inner.flatMap(conditionsOf)];
}
