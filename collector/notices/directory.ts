import { isUsable, listAccounts } from '../accounts/accounts.ts';
import { isRole, type Role } from '../accounts/roles.ts';
import { absencesFrom } from '../register/absences.ts';
import { peopleOf } from '../register/people.ts';
import type { Store, TeamLeadsTable } from '../store/tables.ts';

/** What notices need to know of somebody. Days are `2026-12-24`; empty: no bound. */
export interface DirectoryPerson {
  id: string;
  email: string;
  teamId: string | null;
  starts: string;
  leaves: string;
  /** Both days included. */
  absences: readonly { from: string; to: string }[];
}

/** Who is who in one organisation, at one moment. */
export interface Directory {
  people: ReadonlyMap<string, DirectoryPerson>;
  leads: readonly { teamId: string; personId: string; part: TeamLeadsTable['part'] }[];
  holders: readonly { role: Role; accountId: string; personId: string | null }[];
}

/** @param day absences that ended before are of no interest */
export async function directoryOf(
  store: Store,
  organisation: string,
  { now, day }: { now: number; day: string },
): Promise<Directory> {
  const absences = await absencesFrom(store, day);
  const people = (await peopleOf(store, organisation)).map(({ id, email, teamId, starts, leaves }) => ({
    id,
    email,
    teamId,
    starts,
    leaves,
    absences: absences.filter(({ personId }) => personId === id),
  }));
  const leads = await store.selectFrom('team_leads').selectAll().orderBy('person_id').execute();
  const accounts = (await listAccounts(store)).filter(
    (row) => isUsable(row, now) && (row.organisation ?? organisation) === organisation && row.break_glass === 0,
  );
  return {
    people: new Map(people.map((person) => [person.id, person])),
    leads: leads.map(({ team_id, person_id, part }) => ({ teamId: team_id, personId: person_id, part })),
    holders: accounts.flatMap(({ role, id, person_id }) =>
      isRole(role) ? [{ role, accountId: id, personId: person_id }] : [],
    ),
  };
}

/** Whether somebody is employed and at work on a day. Pure. */
export function isThere({ starts, leaves, absences }: DirectoryPerson, day: string): boolean {
  const isEmployed = (starts === '' || starts <= day) && (leaves === '' || day <= leaves);
  return isEmployed && !absences.some(({ from, to }) => from <= day && day <= to);
}
