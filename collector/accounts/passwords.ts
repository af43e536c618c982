import { randomInt } from 'node:crypto';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store } from '../store/tables.ts';
import {
  type Account,
  type AccountContext,
  type AccountStep,
  accountRow,
  addAccount,
  demandNewPassword,
  hasAccounts,
  type NewAccount,
  storePassword,
} from './accounts.ts';
import { recordAudit } from './audit.ts';
import type { PasswordFault, PasswordProfile } from './password-profiles.ts';
import { endSessionsOf } from './sessions.ts';

type WithPassword = Omit<NewAccount, 'passwordHash'> & { password: string };

/** @throws PortcullisError as {@link addAccount}, or `weakPassword` with all faults in its message */
export async function createAccount(context: AccountContext, { password, ...account }: WithPassword): Promise<string> {
  refuseWeak(await context.passwords.faults(password, account));
  return addAccount(context, { ...account, passwordHash: await context.hasher.hash(password) });
}

/** Makes `admin` with a password to be shown once. @returns null when there is an account already */
export async function createFirstAdministrator(
  context: AccountContext,
): Promise<{ username: string; password: string } | null> {
  if (await hasAccounts(context.store)) return null;
  const credentials = { username: 'admin', password: await generatedPassword(context.passwords) };
  const account = { displayName: 'First administrator', role: 'ict-administrator', mustChangePassword: true } as const;
  await createAccount(context, { ...credentials, ...account });
  return credentials;
}

const marks = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Without letters and digits that look alike, because it is read off a screen: 20 of 55 marks, 115 bits. */
export async function generatedPassword(profile: PasswordProfile): Promise<string> {
  const group = () => Array.from({ length: 5 }, () => marks.charAt(randomInt(marks.length))).join('');
  while (true) {
    const password = [group(), group(), group(), group()].join('-');
    // About one in fifty holds a word or a year by chance.
    if ((await profile.faults(password, { username: '', displayName: '' })).length === 0) return password;
  }
}

export interface PasswordChange extends AccountStep {
  password: string;
  mustChangePassword: boolean;
}

/**
 * Gives an account a new password and ends all its sessions.
 * @throws PortcullisError `unknownAccount`, `noPassword` for an account of single sign-on, or `weakPassword`
 */
export async function setPassword(context: AccountContext, change: PasswordChange): Promise<void> {
  const { store, clock, hasher, passwords } = context;
  const row = await accountRow(store, change.accountId);
  if (row.external_subject !== null) {
    throw new PortcullisError('noPassword', 'This account signs in through the organisation and has no password here.');
  }
  const of = { username: row.username, displayName: row.display_name };
  refuseWeak([
    ...(await passwords.faults(change.password, of)),
    ...(await reuseFaults(context, row.id, change.password)),
  ]);
  const now = clock.now();
  if (passwords.remembered > 0) await remember(store, row.id, row.password_hash, now);
  await storePassword(store, row.id, {
    hash: await hasher.hash(change.password),
    mustChange: change.mustChangePassword,
    now,
  });
  await endSessionsOf(store, row.id);
  const action = change.by === row.id ? 'password.changed' : 'password.reset';
  await recordAudit(store, { at: now, accountId: change.by, action, object: row.id });
}

/** @returns a password made here, to be told to the person, who must change it at once */
export async function resetPassword(context: AccountContext, step: AccountStep): Promise<string> {
  const password = await generatedPassword(context.passwords);
  await setPassword(context, { ...step, password, mustChangePassword: true });
  return password;
}

function refuseWeak(faults: readonly PasswordFault[]): void {
  if (faults.length > 0) throw new PortcullisError('weakPassword', faults.map(({ says }) => says).join(' '));
}

/** Whether the password is one of the last that the profile remembers, the one in use included. */
export async function reuseFaults(
  { store, hasher, passwords }: AccountContext,
  accountId: string,
  password: string,
): Promise<PasswordFault[]> {
  if (passwords.remembered === 0) return [];
  const { password_hash } = await accountRow(store, accountId);
  const former = await formerHashes(store, accountId);
  for (const hash of [password_hash, ...former].slice(0, passwords.remembered)) {
    if (await hasher.verify(password, hash)) {
      const says = `Choose a password that is not one of your last ${passwords.remembered}.`;
      return [{ rule: 'reused', says }];
    }
  }
  return [];
}

async function formerHashes(store: Store, accountId: string): Promise<string[]> {
  const rows = await store
    .selectFrom('former_passwords')
    .select('password_hash')
    .where('account_id', '=', accountId)
    .orderBy('id', 'desc')
    .limit(24)
    .execute();
  return rows.map((row) => row.password_hash);
}

async function remember(store: Store, accountId: string, hash: string, now: number): Promise<void> {
  await store
    .insertInto('former_passwords')
    .values({ id: uuidv7(now), account_id: accountId, password_hash: hash })
    .execute();
}

const day = 24 * 60 * 60 * 1000;

/** When a password has been in use for too long; null: never. */
export function passwordEnd(
  { passwordChangedAt, external, breakGlass }: Account,
  { longestUseDays }: PasswordProfile,
): number | null {
  return longestUseDays === null || external || breakGlass ? null : passwordChangedAt + longestUseDays * day;
}

/** The person thinks that somebody knows the password: only a new one opens the console again. */
export async function reportPassword({ store, clock }: AccountContext, accountId: string): Promise<void> {
  await demandNewPassword(store, accountId);
  await recordAudit(store, { at: clock.now(), accountId, action: 'password.reported', object: accountId });
}
