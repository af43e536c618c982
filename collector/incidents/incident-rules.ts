import type { Role } from '../accounts/roles.ts';

/** Which kinds of incident need somebody's approval besides the usual. */
export type ApprovalWhen = 'always' | 'high-risk' | 'people-data';

export interface ApprovalRule {
  part: Role;
  when: ApprovalWhen;
  clause: string;
}

/** What the two policies decide differently about incidents. */
export interface IncidentRules {
  /** Whose approval an RCA report needs. */
  approvals: readonly ApprovalRule[];
  /** Who sees the incidents of the organisation; supervisors see those of their teams, auditors all. */
  readers: readonly Role[];
  /** Who sees those of the computers they answer for. */
  ownersSee: boolean;
  /** Who writes down whether others are told of it. */
  deciders: readonly Role[];
  /** Who is told of a lost device (CCG 14 and 16, focus 4.8). */
  lost: readonly string[];
  clauses: { reporting: string; lost: string };
}

const ict = ['ict-analyst', 'ict-administrator'] as const;
const governance = ['ig-lead', 'siro', 'caldicott-guardian', 'head-of-business-and-governance'] as const;

/** Focus 3.2 and 4.8: the Head of Business and Governance or the ICT supplier investigates, and the former approves. */
const focus: IncidentRules = {
  approvals: [
    { part: 'head-of-business-and-governance', when: 'always', clause: 'focus 4.8' },
    { part: 'caldicott-guardian', when: 'people-data', clause: 'focus 3.4' },
  ],
  readers: [...ict, ...governance],
  ownersSee: false,
  deciders: [...governance],
  lost: ['head-of-business-and-governance', 'ict', 'supervisor'],
  clauses: { reporting: 'focus 4.8', lost: 'focus 4.8' },
};

/** CCG 5 and 6.7: the IG Lead approves, the SIRO oversees, and the Information Asset Owner hears of every issue. */
const ccg: IncidentRules = {
  approvals: [
    { part: 'ig-lead', when: 'always', clause: 'CCG 6.7' },
    { part: 'siro', when: 'high-risk', clause: 'CCG 5' },
    { part: 'caldicott-guardian', when: 'people-data', clause: 'CCG 5' },
  ],
  readers: [...ict, ...governance],
  ownersSee: true,
  deciders: ['ig-lead', 'siro', 'caldicott-guardian'],
  lost: ['iao', 'head-of-corporate-governance', 'head-of-information-governance', 'ict', 'line-manager'],
  clauses: { reporting: 'CCG 6.7', lost: 'CCG 16' },
};

/** Of the profile an incident was opened under; one that the product does not know has the rules of `focus`. */
export function incidentRules(profile: string): IncidentRules {
  return profile === 'ccg' ? ccg : focus;
}

/** Whose approval this incident needs. Pure. */
export function approvalsNeeded(
  { approvals }: IncidentRules,
  { risk, peopleData }: { risk: number | null; peopleData: boolean },
): ApprovalRule[] {
  const highRisk = 10;
  const applies: Record<ApprovalWhen, boolean> = {
    always: true,
    'high-risk': (risk ?? 0) >= highRisk,
    'people-data': peopleData,
  };
  return approvals.filter(({ when }) => applies[when]);
}
