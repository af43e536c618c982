/** Somebody who may be given an investigation. */
export interface Candidate {
  accountId: string;
  displayName: string;
  username: string;
  /** Who it is in the register of people. */
  personId: string | null;
}

/** Whose area an incident lies in. */
export interface ConcernedArea {
  /** The person concerned, in the register of people. */
  personId: string | null;
  /** The names that person signs in with, lower case. */
  accounts: readonly string[];
  /** Supervisors and deputies of the person's team. */
  leaders: readonly string[];
  /** Information Asset Owner of the computer, as the asset register names them; empty when it names nobody. */
  assetOwner: string;
}

/**
 * Why somebody cannot investigate: an investigator does not own the area (CCG 6.7). Empty when nothing stands against
 * it. Pure.
 */
export function conflicts(
  { displayName, username, personId }: Candidate,
  { personId: concerned, accounts, leaders, assetOwner }: ConcernedArea,
): string[] {
  const names = [displayName, username].map(plain);
  const found: string[] = [];
  if ((personId !== null && personId === concerned) || accounts.some((name) => plain(name) === plain(username))) {
    found.push('It is about this person.');
  }
  if (personId !== null && leaders.includes(personId)) found.push('They lead the team of the person concerned.');
  if (assetOwner !== '' && names.includes(plain(assetOwner))) {
    found.push('They are the Information Asset Owner of the computer.');
  }
  return found;
}

function plain(name: string): string {
  return name.trim().toLowerCase().replaceAll(/\s+/g, ' ');
}
