import { alertRules, type Evaluate } from '../alerting/rules.ts';
import type { PublishedPolicy } from './policies.ts';

/** The policy as the agents' side needs it at every batch. */
export interface PolicyInForce {
  version: number;
  sha256: string;
  evaluate: Evaluate;
  /** Clause that asks for systems to be monitored; alerts of the collector's own name it. */
  monitoringClause: string;
  published: PublishedPolicy;
}

export function policyInForce(published: PublishedPolicy): PolicyInForce {
  const { version, sha256, policy } = published;
  return { version, sha256, evaluate: alertRules(policy), monitoringClause: policy.monitoringClause, published };
}
