import { type Directory, type DirectoryPerson, isThere } from './directory.ts';

/** How a notice found its way, in the order in which ways are tried. */
export const routes = [
  'supervisor',
  'deputy',
  'manager',
  'nobody-above',
  'all-away',
  'no-supervisor',
  'unknown-person',
] as const;
export type Routed = (typeof routes)[number];

export interface Route {
  routed: Routed;
  /** Who is to answer; null: those above, by the profile. */
  personId: string | null;
}

/**
 * Who answers for a person: the supervisor of their team, the deputy while that one is away, the supervisor's own
 * supervisor when there is no deputy. Nobody answers for themselves, and no deputy for the one they stand in for.
 * Of several supervisors it is the one whose id comes first, so that it is always the same one. Pure.
 * @param day in London
 */
export function routeOf(concerned: DirectoryPerson | undefined, directory: Directory, day: string): Route {
  if (!concerned) return { routed: 'unknown-person', personId: null };
  const { supervisors, deputies } = leadersOf(directory, concerned.teamId, day);
  const others = supervisors.filter(({ id }) => id !== concerned.id);
  const present = others.find((person) => isThere(person, day));
  if (present) return { routed: 'supervisor', personId: present.id };
  if (others.length === 0) {
    return { routed: supervisors.length > 0 ? 'nobody-above' : 'no-supervisor', personId: null };
  }
  const deputy = deputies.find((person) => person.id !== concerned.id && isThere(person, day));
  if (deputy) return { routed: 'deputy', personId: deputy.id };
  const managers = others.flatMap(({ id }) => managerOf(id, directory, { day, except: concerned.id }) ?? []);
  return managers[0] === undefined
    ? { routed: 'all-away', personId: null }
    : { routed: 'manager', personId: managers[0] };
}

/** Whom a supervisor answers to, or that one's deputy; undefined when there is nobody. @param except the person concerned */
export function managerOf(
  personId: string,
  directory: Directory,
  { day, except }: { day: string; except: string | null },
): string | undefined {
  const teamId = directory.people.get(personId)?.teamId ?? null;
  const { supervisors, deputies } = leadersOf(directory, teamId, day);
  const above = supervisors.filter(({ id }) => id !== personId && id !== except);
  if (above.length === 0) return undefined;
  return [...above, ...deputies].find(
    ({ id, ...rest }) => id !== personId && id !== except && isThere({ id, ...rest }, day),
  )?.id;
}

/** Those who have left, or not begun, lead nobody. */
function leadersOf({ leads, people }: Directory, teamId: string | null, day: string) {
  const of = (part: 'supervisor' | 'deputy') =>
    leads
      .filter((lead) => lead.teamId === teamId && lead.part === part)
      .flatMap(({ personId }) => people.get(personId) ?? [])
      .filter((person) => isThere({ ...person, absences: [] }, day));
  return { supervisors: of('supervisor'), deputies: of('deputy') };
}
