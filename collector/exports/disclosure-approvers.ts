import type { Role } from '../accounts/roles.ts';
import type { ProfileName } from '../home.ts';

/** Who lets a disclosure go, and the clause that says so; undefined: the policy has none. */
export interface DisclosureApprovers {
  roles: readonly Role[];
  clause: string | undefined;
}

/**
 * By profile. The CCG answers requests of law enforcement (CCG 12), by its head of information governance and the SIRO. The
 * policy of focus has no clause about them, so that it is whoever answers for the business.
 */
export const disclosureApprovers: Readonly<Record<ProfileName, DisclosureApprovers>> = {
  focus: { roles: ['head-of-business-and-governance'], clause: undefined },
  ccg: { roles: ['ig-lead', 'siro'], clause: 'CCG 12' },
};
