import { uuidv7 } from '#shared/uuid.ts';
import type { Scope } from '../accounts/roles.ts';
import type { Store, StoreTransaction, TeamLeadsTable } from '../store/tables.ts';
import { osNameKey, osNameMatches } from './os-names.ts';

/** What a list or a form says of a person. Empty texts and lists: nothing known. Lists are sorted. */
export interface PersonFacts {
  /** What the organisation knows the person by, for example a staff number. */
  reference: string;
  name: string;
  email: string;
  team: string;
  /** Names the person signs in to computers with: `pat`, `FOCUS\pat` or `pat@focus.example`. */
  accounts: readonly string[];
  /** Teams the person is supervisor of, and stands in for the supervisor of. */
  supervises: readonly string[];
  deputises: readonly string[];
  /** First and last day, `2026-11-21`. */
  starts: string;
  leaves: string;
}

export interface Person extends PersonFacts {
  id: string;
  organisation: string;
  teamId: string | null;
}

/** People by name. @param scope only those an account may see; @param search part of a name, reference or account */
export async function listPeople(store: Store, scope: Scope, search = ''): Promise<Person[]> {
  let query = store.selectFrom('people').selectAll().orderBy('name').orderBy('id');
  if (scope.organisations !== 'all') query = query.where('organisation', 'in', [...scope.organisations]);
  if (scope.teams !== 'all') query = query.where('team_id', 'in', [...scope.teams]);
  const people = await withParts(store, await query.execute());
  const wanted = search.toLowerCase();
  return people.filter(({ name, reference, accounts, team }) =>
    [name, reference, team, ...accounts].some((text) => text.toLowerCase().includes(wanted)),
  );
}

export async function personById(store: Store, id: string): Promise<Person | undefined> {
  const rows = await store.selectFrom('people').selectAll().where('id', '=', id).execute();
  return (await withParts(store, rows))[0];
}

export async function peopleOf(store: Store, organisation: string): Promise<Person[]> {
  return listPeople(store, { organisations: [organisation], teams: 'all' });
}

/** Whose name on a computer this is (an event's `actor.user`). Undefined when it is nobody's, or several people's. */
export async function personByOsName(store: Store, user: string): Promise<Person | undefined> {
  const { full, local } = osNameKey(user);
  const rows = await store.selectFrom('person_accounts').selectAll().where('name', 'in', [full, local]).execute();
  const exact = rows.filter(({ name }) => name === full);
  const ids = new Set(
    (exact.length > 0 ? exact : rows).filter(({ name }) => osNameMatches(name, user)).map((row) => row.person_id),
  );
  const [id] = ids;
  return ids.size === 1 && id !== undefined ? personById(store, id) : undefined;
}

export function listTeams(store: Store): Promise<{ id: string; organisation: string; name: string }[]> {
  return store.selectFrom('teams').selectAll().orderBy('organisation').orderBy('name').execute();
}

/** Who leads a team, supervisors first. */
export async function leadersOf(
  store: Store,
  teamId: string,
): Promise<{ id: string; name: string; part: TeamLeadsTable['part'] }[]> {
  return store
    .selectFrom('team_leads')
    .innerJoin('people', 'people.id', 'team_leads.person_id')
    .select(['people.id', 'people.name', 'team_leads.part'])
    .where('team_leads.team_id', '=', teamId)
    .orderBy('team_leads.part', 'desc')
    .orderBy('people.name')
    .execute();
}

type PersonRow = {
  id: string;
  organisation: string;
  reference: string;
  name: string;
  email: string | null;
  team_id: string | null;
  starts_on: string | null;
  leaves_on: string | null;
};

async function withParts(store: Store, rows: readonly PersonRow[]): Promise<Person[]> {
  const teams = new Map((await listTeams(store)).map((team) => [team.id, team.name]));
  const names = groups(
    await store.selectFrom('person_accounts').select(['person_id', 'name as text']).orderBy('name').execute(),
  );
  const led = await store
    .selectFrom('team_leads')
    .innerJoin('teams', 'teams.id', 'team_leads.team_id')
    .select(['team_leads.person_id', 'teams.name as text', 'team_leads.part'])
    .orderBy('teams.name')
    .execute();
  const supervised = groups(led.filter(({ part }) => part === 'supervisor'));
  const deputised = groups(led.filter(({ part }) => part === 'deputy'));
  return rows.map((row) => ({
    id: row.id,
    organisation: row.organisation,
    teamId: row.team_id,
    reference: row.reference,
    name: row.name,
    email: row.email ?? '',
    team: teams.get(row.team_id ?? '') ?? '',
    accounts: names.get(row.id) ?? [],
    supervises: supervised.get(row.id) ?? [],
    deputises: deputised.get(row.id) ?? [],
    starts: row.starts_on ?? '',
    leaves: row.leaves_on ?? '',
  }));
}

function groups(rows: readonly { person_id: string; text: string }[]): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  for (const { person_id, text } of rows) lists.set(person_id, [...(lists.get(person_id) ?? []), text]);
  return lists;
}

/** Writes a person down as given, in place of what was known under the same reference. @returns their id */
export async function savePerson(
  tx: StoreTransaction,
  organisation: string,
  facts: PersonFacts,
  now: number,
): Promise<string> {
  const standing = await tx
    .selectFrom('people')
    .select('id')
    .where('organisation', '=', organisation)
    .where('reference', '=', facts.reference)
    .executeTakeFirst();
  const id = standing?.id ?? uuidv7(now);
  const row = {
    id,
    organisation,
    reference: facts.reference,
    name: facts.name,
    email: facts.email || null,
    team_id: facts.team === '' ? null : await teamId(tx, organisation, facts.team, now),
    starts_on: facts.starts || null,
    leaves_on: facts.leaves || null,
  };
  await tx
    .insertInto('people')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  await saveAccounts(tx, organisation, id, facts.accounts);
  await saveLeads(tx, organisation, id, facts, now);
  return id;
}

async function saveAccounts(
  tx: StoreTransaction,
  organisation: string,
  id: string,
  names: readonly string[],
): Promise<void> {
  await tx.deleteFrom('person_accounts').where('person_id', '=', id).execute();
  for (const name of names) {
    const row = { organisation, name: osNameKey(name).full, person_id: id };
    await tx
      .insertInto('person_accounts')
      .values(row)
      // A name that goes to a successor: the list that was checked says whose it is now.
      .onConflict((conflict) => conflict.columns(['organisation', 'name']).doUpdateSet(row))
      .execute();
  }
}

async function saveLeads(
  tx: StoreTransaction,
  organisation: string,
  id: string,
  facts: PersonFacts,
  now: number,
): Promise<void> {
  await tx.deleteFrom('team_leads').where('person_id', '=', id).execute();
  const parts = [
    ...facts.supervises.map((team) => ({ team, part: 'supervisor' as const })),
    ...facts.deputises.map((team) => ({ team, part: 'deputy' as const })),
  ];
  for (const { team, part } of parts) {
    const row = { team_id: await teamId(tx, organisation, team, now), person_id: id, part };
    await tx.insertInto('team_leads').values(row).execute();
  }
}

async function teamId(tx: StoreTransaction, organisation: string, name: string, now: number): Promise<string> {
  const standing = await tx
    .selectFrom('teams')
    .select('id')
    .where('organisation', '=', organisation)
    .where('name', '=', name)
    .executeTakeFirst();
  if (standing) return standing.id;
  const id = uuidv7(now);
  await tx.insertInto('teams').values({ id, organisation, name }).execute();
  return id;
}
