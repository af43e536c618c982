import { isUsable, listAccounts } from '../accounts/accounts.ts';
import { isRole, type Role } from '../accounts/roles.ts';
import { detailsOf } from '../register/asset-details.ts';
import { leadersOf, personById } from '../register/people.ts';
import type { IncidentsTable } from '../store/incident-tables.ts';
import type { Store } from '../store/tables.ts';
import { type ConcernedArea, conflicts } from './independence.ts';

/** Whose area an incident lies in, by the registers as they are now. */
export async function concernedArea(
  store: Store,
  { person_id, person, team_id, computer_id }: IncidentsTable,
): Promise<ConcernedArea> {
  const concerned = person_id === null ? undefined : await personById(store, person_id);
  const team = concerned?.teamId ?? team_id;
  const computer =
    computer_id === null
      ? undefined
      : await store.selectFrom('computers').select('no').where('id', '=', computer_id).executeTakeFirst();
  return {
    personId: person_id,
    accounts: [...(concerned?.accounts ?? []), ...(person === null ? [] : [person])],
    leaders: team === null ? [] : (await leadersOf(store, team)).map(({ id }) => id),
    assetOwner: computer ? (await detailsOf(store, computer.no)).iao : '',
  };
}

export interface Investigator {
  id: string;
  name: string;
  /** Why they cannot; empty when nothing stands against it. */
  conflicts: string[];
}

const investigating: readonly Role[] = [
  'ict-analyst',
  'ict-administrator',
  'head-of-business-and-governance',
  'ig-lead',
  'siro',
  'caldicott-guardian',
  'iao',
  'supervisor',
];

/** Everybody who could be given the investigation, by name. */
export async function investigators(store: Store, incident: IncidentsTable, now: number): Promise<Investigator[]> {
  const area = await concernedArea(store, incident);
  const rows = await listAccounts(store);
  return rows
    .filter(
      (row) => isUsable(row, now) && isRole(row.role) && investigating.includes(row.role) && row.break_glass === 0,
    )
    .map((row) => ({
      id: row.id,
      name: row.display_name,
      conflicts: conflicts(
        { accountId: row.id, displayName: row.display_name, username: row.username, personId: row.person_id },
        area,
      ),
    }))
    .sort((left, right) => left.name.localeCompare(right.name, 'en'));
}
