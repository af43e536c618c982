/** Who does what is in design.md, section 4, and which page and step each may use in console/access.ts. */
export const roles = [
  'ict-analyst',
  'ict-administrator',
  'supervisor',
  'head-of-business-and-governance',
  'ig-lead',
  'iao',
  'siro',
  'caldicott-guardian',
  'auditor',
] as const;
export type Role = (typeof roles)[number];

export const roleWords: Readonly<Record<Role, string>> = {
  'ict-analyst': 'ICT analyst',
  'ict-administrator': 'ICT administrator',
  supervisor: 'Supervisor',
  'head-of-business-and-governance': 'Head of Business and Governance',
  'ig-lead': 'IG lead',
  iao: 'Information Asset Owner',
  siro: 'SIRO',
  'caldicott-guardian': 'Caldicott Guardian',
  auditor: 'Auditor',
};

export function isRole(word: string): word is Role {
  return roles.some((role) => role === word);
}

/** Whose things an account may see: names of organisations and ids of teams. A role says what it may do with them. */
export interface Scope {
  organisations: 'all' | readonly string[];
  teams: 'all' | readonly string[];
}

/** Where a thing belongs; null: to none in particular, and so only to those who see all. */
interface Belonging {
  organisation: string | null;
  team?: string | null;
}

/** Pure. A thing out of scope is answered like one that does not exist, so that nothing can be learnt by trying. */
export function inScope({ organisations, teams }: Scope, { organisation, team = null }: Belonging): boolean {
  const within = (names: Scope['teams'], name: string | null) =>
    names === 'all' || (name !== null && names.includes(name));
  return within(organisations, organisation) && within(teams, team);
}
