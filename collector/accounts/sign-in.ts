import { type Account, type AccountContext, accountById } from './accounts.ts';
import { noteFailure, noteSuccess, reserveAttempt, returnAttempt } from './attempts.ts';
import { recordAudit } from './audit.ts';

/** A hash of no password, at today's cost: unknown names take as long as known ones. */
const nobody = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

interface Attempt {
  username: string;
  password: string;
}

/**
 * Checks a name and password. One answer, undefined, and one path for every failure: unknown name, wrong password,
 * locked, disabled, not yet or no longer valid, no password here. Five failures in a row lock the account; where a
 * second factor is still to come, what failed before goes on counting.
 * @throws PortcullisError `busy` (retry) when too many sign in at once
 */
export async function checkPassword(
  { store, clock, hasher }: AccountContext,
  { username, password }: Attempt,
): Promise<Account | undefined> {
  const row = await reserveAttempt(store, { username: username.trim().toLowerCase() }, clock.now());
  const right = await hasher.verify(password, row?.password_hash || nobody).catch(async (error: unknown) => {
    if (row) await returnAttempt(store, row.id);
    throw error;
  });
  const at = clock.now();
  const account = row && right ? await accountById(store, row.id, at) : undefined;
  if (account) {
    if (account.secondFactor) await returnAttempt(store, account.id);
    else await noteSuccess(store, account.id, at);
    return account;
  }
  // What was typed as a name is not kept: people type passwords there.
  await recordAudit(store, { at, accountId: null, action: 'sign-in.failed', object: row?.id });
  if (row && (await noteFailure(store, row, at))) {
    await recordAudit(store, { at, accountId: null, action: 'account.locked', object: row.id });
  }
  return undefined;
}
