import {
  type Account,
  type AccountContext,
  accountOf,
  noteFailure,
  noteSuccess,
  reserveAttempt,
  returnAttempt,
} from './accounts.ts';
import { recordAudit } from './audit.ts';

/** A hash of no password, at today's cost: unknown names take as long as known ones. */
const nobody = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

interface Attempt {
  username: string;
  password: string;
}

/** As {@link checkPassword}, and notes who came in. */
export async function signIn(context: AccountContext, attempt: Attempt): Promise<Account | undefined> {
  const account = await checkPassword(context, attempt);
  if (account) {
    await recordAudit(context.store, { at: context.clock.now(), accountId: account.id, action: 'sign-in.succeeded' });
  }
  return account;
}

/**
 * Checks a name and password. One answer, undefined, and one path for every failure: unknown name, wrong password,
 * locked, disabled. Five failures in a row lock the account.
 * @throws PortcullisError `busy` (retry) when too many sign in at once
 */
export async function checkPassword(
  { store, clock, hasher }: AccountContext,
  { username, password }: Attempt,
): Promise<Account | undefined> {
  const row = await reserveAttempt(store, username.trim().toLowerCase());
  const right = await hasher.verify(password, row?.password_hash ?? nobody).catch(async (error: unknown) => {
    if (row) await returnAttempt(store, row.id);
    throw error;
  });
  const at = clock.now();
  if (row && right) {
    await noteSuccess(store, row.id, at);
    return accountOf(row);
  }
  // What was typed as a name is not kept: people type passwords there.
  await recordAudit(store, { at, accountId: null, action: 'sign-in.failed', ...(row ? { object: row.id } : {}) });
  if (row && (await noteFailure(store, row, at))) {
    await recordAudit(store, { at, accountId: null, action: 'account.locked', object: row.id });
  }
  return undefined;
}
