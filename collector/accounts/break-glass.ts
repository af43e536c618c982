import { raiseOwnAlert } from '../alerting/own-alerts.ts';
import type { CollectorContext } from '../context.ts';
import { type AccountContext, addAccount } from './accounts.ts';
import { recordAudit } from './audit.ts';
import { generatedPassword, setPassword } from './passwords.ts';

export const breakGlassName = 'break-glass';

/**
 * The sealed account for the day on which nobody else can sign in: its password is printed once, kept in an envelope,
 * never expires, needs no second factor and is never locked. Asked again, it gets a new password.
 */
export async function sealBreakGlass(context: AccountContext): Promise<{ username: string; password: string }> {
  const { store, clock, hasher, passwords } = context;
  const password = await generatedPassword(passwords);
  const standing = await store.selectFrom('accounts').select('id').where('break_glass', '=', 1).executeTakeFirst();
  if (standing) {
    await setPassword(context, { accountId: standing.id, password, mustChangePassword: false, by: null });
  } else {
    await addAccount(context, {
      username: breakGlassName,
      displayName: 'Sealed emergency account',
      role: 'ict-administrator',
      passwordHash: await hasher.hash(password),
      mustChangePassword: false,
      breakGlass: true,
    });
  }
  await recordAudit(store, { at: clock.now(), accountId: null, action: 'break-glass.made' });
  return { username: breakGlassName, password };
}

/** The envelope was opened: everybody who watches hears of it. */
export async function noteBreakGlass(context: AccountContext & CollectorContext, accountId: string): Promise<void> {
  const { store, clock } = context;
  await recordAudit(store, { at: clock.now(), accountId, action: 'break-glass.used', object: accountId });
  await raiseOwnAlert(context, 'break-glass-used', accountId);
}
