/** The people of the organisations, their teams and who leads them. */
export interface PeopleTables {
  teams: TeamsTable;
  people: PeopleTable;
  person_accounts: PersonAccountsTable;
  team_leads: TeamLeadsTable;
}

/** Written by register/people.ts. */
export interface TeamsTable {
  id: string;
  organisation: string;
  name: string;
}

/** Written by register/people.ts. */
export interface PeopleTable {
  id: string;
  organisation: string;
  /** What the organisation knows the person by, for example a staff number. */
  reference: string;
  name: string;
  email: string | null;
  team_id: string | null;
  /** First and last day, `2026-11-21`. */
  starts_on: string | null;
  leaves_on: string | null;
}

/** Written by register/people.ts: the names a person signs in to computers with, lower case. */
export interface PersonAccountsTable {
  organisation: string;
  name: string;
  person_id: string;
}

/** Written by register/people.ts. */
export interface TeamLeadsTable {
  team_id: string;
  person_id: string;
  part: 'supervisor' | 'deputy';
}
