import type { Role } from '../accounts/roles.ts';
import type { IncidentApprovalsTable, IncidentsTable } from '../store/incident-tables.ts';
import { type ApprovalRule, incidentRules } from './incident-rules.ts';

/** Who acts. */
export interface Actor {
  accountId: string;
  role: Role;
  personId: string | null;
}

const writers: readonly Role[] = [
  'ict-analyst',
  'ict-administrator',
  'head-of-business-and-governance',
  'ig-lead',
  'siro',
  'caldicott-guardian',
];

/** Whether somebody may write about an incident: those who look after incidents, and whoever investigates it. Pure. */
export function mayWrite(
  { accountId, role }: Actor,
  { investigator_id }: Pick<IncidentsTable, 'investigator_id'>,
): boolean {
  return writers.includes(role) || accountId === investigator_id;
}

/** Whether somebody writes down who is told. Pure. */
export function mayDecide({ role }: Actor, { profile }: Pick<IncidentsTable, 'profile'>): boolean {
  return incidentRules(profile).deciders.includes(role);
}

/** Why somebody cannot approve their own work; undefined when it is not theirs. Pure. */
export function ownWork(
  { accountId, personId }: Actor,
  incident: Pick<IncidentsTable, 'investigator_id' | 'submitted_by' | 'person_id'>,
): string | undefined {
  if (accountId === incident.investigator_id) return 'You investigated it yourself, so somebody else approves it.';
  if (accountId === incident.submitted_by) return 'You sent it for approval yourself, so somebody else approves it.';
  if (personId !== null && personId === incident.person_id)
    return 'It is about yourself, so somebody else approves it.';
  return undefined;
}

/** The approvals that are still to come for what was submitted last. Pure. */
export function approvalsLeft(
  needed: readonly ApprovalRule[],
  given: readonly Pick<IncidentApprovalsTable, 'part' | 'verdict' | 'submitted_at'>[],
  submittedAt: number | null,
): ApprovalRule[] {
  return needed.filter(
    ({ part }) =>
      !given.some((one) => one.part === part && one.verdict === 'approved' && one.submitted_at === submittedAt),
  );
}
