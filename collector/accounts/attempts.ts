import { sql } from 'kysely';
import type { AccountsTable, Store } from '../store/tables.ts';
import { isUsable } from './accounts.ts';

const failuresAllowed = 5;

/**
 * Takes one attempt from an account before its password or code is looked at, so that many attempts at once cannot
 * outrun the lock. The sealed account is never locked: its password cannot be guessed, and a lock would keep out whom
 * it is for. @returns undefined when the account is unknown, unusable or locked
 */
export async function reserveAttempt(
  store: Store,
  by: { username: string } | { accountId: string },
  now: number,
): Promise<AccountsTable | undefined> {
  const row = await store
    .updateTable('accounts')
    .set({ failures: sql<number>`failures + 1` })
    .where((build) => ('username' in by ? build('username', '=', by.username) : build('id', '=', by.accountId)))
    .where((build) =>
      build.or([
        build('break_glass', '=', 1),
        build.and([build('failures', '<', failuresAllowed), build('locked_at', 'is', null)]),
      ]),
    )
    .where('external_subject', 'is', null)
    .where('disabled_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row && isUsable(row, now) ? row : undefined;
}

/** Gives back an attempt that was no failure. */
export async function returnAttempt(store: Store, accountId: string): Promise<void> {
  await store
    .updateTable('accounts')
    .set({ failures: sql<number>`failures - 1` })
    .where('id', '=', accountId)
    .where('failures', '>', 0)
    .execute();
}

/** Locks the account when the attempt was its last. @returns whether it is locked now */
export async function noteFailure(store: Store, account: AccountsTable, now: number): Promise<boolean> {
  if (account.failures < failuresAllowed || account.break_glass === 1) return false;
  await store.updateTable('accounts').set({ locked_at: now }).where('id', '=', account.id).execute();
  return true;
}

/** Somebody is in: what failed before no longer counts. */
export async function noteSuccess(store: Store, accountId: string, now: number): Promise<void> {
  await store.updateTable('accounts').set({ failures: 0, last_sign_in_at: now }).where('id', '=', accountId).execute();
}
