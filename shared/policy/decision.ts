import Type from 'typebox';
import { Count, exactObject, oneOf, Text } from '../schema.ts';
import { evidenceLevels, recipients, severities } from './words.ts';

/** In the order in which they matter to a person: without the first the others mean nothing. */
export const rightNames = ['connect', 'read', 'write', 'execute'] as const;
export type RightName = (typeof rightNames)[number];
export const verdicts = ['allow', 'deny'] as const;
export type Verdict = (typeof verdicts)[number];

export const Rights = exactObject(
  {
    connect: oneOf(verdicts, { description: 'Whether the system may use the device at all; charging needs no more.' }),
    read: oneOf(verdicts, { description: 'Whether what is on it may be read.' }),
    write: oneOf(verdicts, { description: 'Whether anything may be written to it.' }),
    execute: oneOf(verdicts, { description: 'Whether programs may be started from it.' }),
  },
  { description: 'What may be done with a device; every right is decided by itself.' },
);
export type Rights = Type.Static<typeof Rights>;

/** Which level of the policy settled it: no tier can be overruled by one that stands after it. */
export const tiers = [
  'safety-floor',
  'break-glass',
  'approval',
  'code',
  'rule',
  'class-default',
  'no-policy',
  'failed',
] as const;
export type Tier = (typeof tiers)[number];

/**
 * `decided`: settled at least one right. `matched`: fits, but what it says had been settled above it. `reported`: fits,
 * and would have settled a right if it were not report-only. `nearly-matched`: one fact differed and others held.
 * `unknown`: a fact it needs is not known. `off`: expired.
 */
export const traceResults = [
  'decided',
  'matched',
  'reported',
  'nearly-matched',
  'unknown',
  'not-matched',
  'off',
] as const;

/** One line of "Why?": what was looked at and why it did or did not decide. */
export const TraceStep = exactObject({
  tier: oneOf(tiers),
  ruleId: Text,
  result: oneOf(traceResults),
  because: Text,
  /** The rights it settled. */
  rights: Type.Optional(Type.Array(oneOf(rightNames), { maxItems: rightNames.length })),
});
export type TraceStep = Type.Static<typeof TraceStep>;

export const longestTrace = 32;

export const Decision = exactObject({
  /** What is to be enforced now: in report-only mode everything is allowed. */
  rights: Rights,
  /** What the rights would be without report-only mode, of the policy or of a rule. Absent in events of 0.1. */
  wouldHave: Type.Optional(Rights),
  /** Tier and rule that settled the right a person asks about first: the first denied one, else reading. */
  tier: oneOf(tiers),
  ruleId: Text,
  /** The clause it serves, in the organisation's own numbering: `focus 4.6`. */
  clause: Type.Optional(Text),
  /** The rule that settled each right; in report-only mode, that would have. */
  decidedBy: Type.Optional(exactObject({ connect: Text, read: Text, write: Text, execute: Text })),
  /** Of the rule `ruleId`, where it says so: how serious it is, who is told, what is kept of files. */
  severity: Type.Optional(oneOf(severities)),
  tell: Type.Optional(Type.Array(oneOf(recipients), { maxItems: recipients.length })),
  evidence: Type.Optional(oneOf(evidenceLevels)),
  /** `report`: worked out and recorded, nothing is stopped. */
  mode: oneOf(['report', 'enforce']),
  policyVersion: Count,
  /** In the order of evaluation. Rules furthest from matching are left out first, and counted in `leftOut`. */
  trace: Type.Array(TraceStep, { maxItems: longestTrace }),
  leftOut: Type.Optional(Count),
});
export type Decision = Type.Static<typeof Decision>;

/** What was read back from the system after carrying a decision out. */
export const Outcome = exactObject({
  state: oneOf(['applied', 'pending', 'failed', 'unsupported']),
  mechanism: Text,
  because: Type.Optional(Text),
  milliseconds: Type.Optional(Count),
});
export type Outcome = Type.Static<typeof Outcome>;
