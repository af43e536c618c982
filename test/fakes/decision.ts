import type { Decision, Rights } from '#shared/policy/decision.ts';

export const everything: Rights = { connect: 'allow', read: 'allow', write: 'allow', execute: 'allow' };
export const readOnly: Rights = { ...everything, write: 'deny', execute: 'deny' };
export const charging: Rights = { connect: 'allow', read: 'deny', write: 'deny', execute: 'deny' };
export const nothing: Rights = { ...charging, connect: 'deny' };

/** A decision that says what a test wants. */
export function decisionOf(rights: Rights, more: Partial<Decision> = {}): Decision {
  const ruleId = 'a-test';
  return { rights, tier: 'rule', ruleId, mode: 'enforce', policyVersion: 1, trace: [], ...more };
}
