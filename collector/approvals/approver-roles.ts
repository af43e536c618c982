import type { recipients } from '#shared/policy/schema.ts';
import type { ApprovalsTable } from '../store/tables.ts';

type Role = (typeof recipients)[number];
export interface ApprovalNeeds {
  /** Whose decision it is. */
  role: Role;
  clause: string;
}

/**
 * Who decides what, by the two policies. Null: the policy knows no such permission. A profile that is not named here
 * is held to the stricter of the two readings.
 */
const needs: Record<string, Record<ApprovalsTable['kind'], ApprovalNeeds | null>> = {
  focus: {
    media: { role: 'head-of-business-and-governance', clause: 'focus 4.6' },
    transfer: { role: 'head-of-business-and-governance', clause: 'focus 4.5' },
    'local-data': null,
  },
  ccg: {
    media: { role: 'ict', clause: 'CCG 6.2' },
    transfer: { role: 'iao', clause: 'CCG 6.5' },
    'local-data': { role: 'iao', clause: 'CCG 14' },
  },
};

export function approvalNeeds(profile: string, kind: ApprovalsTable['kind']): ApprovalNeeds | null {
  return (needs[profile] ?? needs.focus)?.[kind] ?? null;
}
