import type { Store } from '../store/tables.ts';
import type { Account } from './accounts.ts';
import type { Scope } from './roles.ts';

/** Whose things this account may see. Supervisors see the teams they lead or deputise for, and no others. */
export async function scopeOf(
  store: Store,
  account: Pick<Account, 'role' | 'organisation' | 'teamId' | 'personId'>,
): Promise<Scope> {
  const { role, organisation, teamId, personId } = account;
  const organisations = organisation === null ? 'all' : [organisation];
  const own = teamId === null ? [] : [teamId];
  if (role !== 'supervisor') return { organisations, teams: teamId === null ? 'all' : own };
  const led = await store.selectFrom('team_leads').select('team_id').where('person_id', '=', personId).execute();
  return { organisations, teams: [...own, ...led.map((row) => row.team_id)] };
}
