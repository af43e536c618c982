import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { AccountsTable, Store } from '../store/tables.ts';
import { recordAudit } from './audit.ts';
import { type PasswordHasher, passwordHasher } from './password-hash.ts';
import { passwordFaults } from './password-rules.ts';
import { endSessionsOf } from './sessions.ts';

/** Who may do what is in design.md, section 4. The roles that answer notices and give approvals come with those. */
export const roles = ['ict-administrator', 'ict-analyst', 'auditor'] as const;
export type Role = (typeof roles)[number];

export interface Account {
  id: string;
  username: string;
  displayName: string;
  role: Role;
  mustChangePassword: boolean;
}

/** What an account needs from its surroundings. */
export interface AccountContext {
  store: Store;
  clock: Clock;
  hasher: PasswordHasher;
}

/** Auditors see everything and change nothing. */
export function mayHandleAlerts(role: Role): boolean {
  return role !== 'auditor';
}

export interface NewAccount {
  username: string;
  displayName: string;
  role: Role;
  password: string;
  /** True for a password that somebody else knows too. */
  mustChangePassword: boolean;
}

const usernamePattern = /^[a-z0-9][a-z0-9._@-]{1,63}$/;

/**
 * @throws PortcullisError `badUsername`, `usernameTaken`, or `weakPassword` with all faults in its message
 */
export async function createAccount(context: AccountContext, account: NewAccount): Promise<string> {
  const { store, clock, hasher } = context;
  const username = account.username.trim().toLowerCase();
  if (!usernamePattern.test(username)) {
    throw new PortcullisError(
      'badUsername',
      'A user name has 2 to 64 small letters, digits, dots, hyphens, underscores or @, and begins with a letter or digit.',
    );
  }
  refuseWeak(account.password, { username, displayName: account.displayName });
  const now = clock.now();
  const id = uuidv7(now);
  const row = {
    id,
    username,
    display_name: account.displayName,
    role: account.role,
    password_hash: await hasher.hash(account.password),
    must_change_password: account.mustChangePassword ? 1 : 0,
    failures: 0,
    locked_at: null,
    disabled_at: null,
    created_at: now,
    last_sign_in_at: null,
  };
  const added = await store
    .insertInto('accounts')
    .values(row)
    .onConflict((conflict) => conflict.column('username').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!added) throw new PortcullisError('usernameTaken', 'There is an account with this user name already.');
  await recordAudit(store, { at: now, accountId: null, action: 'account.created', object: id, detail: account.role });
  return id;
}

/** Makes `admin` with a password to be shown once. @returns null when there is an account already */
export async function createFirstAdministrator(
  store: Store,
  clock: Clock,
  hasher = passwordHasher(),
): Promise<{ username: string; password: string } | null> {
  const existing = await store.selectFrom('accounts').select('id').limit(1).executeTakeFirst();
  if (existing) return null;
  const credentials = { username: 'admin', password: generatedPassword() };
  await createAccount(
    { store, clock, hasher },
    {
      ...credentials,
      displayName: 'First administrator',
      role: 'ict-administrator',
      mustChangePassword: true,
    },
  );
  return credentials;
}

/** Without letters and digits that look alike, because it is read off a screen: 20 of 31 marks, 99 bits. */
function generatedPassword(): string {
  const marks = 'abcdefghjkmnpqrstuvwxyz23456789';
  const mark = () => marks.charAt(randomInt(marks.length));
  const group = () => Array.from({ length: 5 }, mark).join('');
  return [group(), group(), group(), group()].join('-');
}

/**
 * Gives an account a new password and ends all its sessions.
 * @param by account that did it; null for a command at the collector
 * @throws PortcullisError `unknownAccount` or `weakPassword`
 */
export async function setPassword(
  context: AccountContext,
  change: { accountId: string; password: string; mustChangePassword: boolean; by: string | null },
): Promise<void> {
  const { store, clock, hasher } = context;
  const account = await accountById(store, change.accountId);
  if (!account) throw unknownAccount();
  refuseWeak(change.password, account);
  const hash = await hasher.hash(change.password);
  await store
    .updateTable('accounts')
    .set({ password_hash: hash, must_change_password: change.mustChangePassword ? 1 : 0 })
    .where('id', '=', account.id)
    .execute();
  await endSessionsOf(store, account.id);
  const action = change.by === account.id ? 'password.changed' : 'password.reset';
  await recordAudit(store, { at: clock.now(), accountId: change.by, action, object: account.id });
}

function refuseWeak(password: string, account: { username: string; displayName: string }): void {
  const faults = passwordFaults(password, account);
  if (faults.length > 0) throw new PortcullisError('weakPassword', faults.join(' '));
}

/** Lets a locked account try again. @throws PortcullisError `unknownAccount` */
export async function unlockAccount(context: Omit<AccountContext, 'hasher'>, username: string): Promise<void> {
  const { store, clock } = context;
  const unlocked = await store
    .updateTable('accounts')
    .set({ failures: 0, locked_at: null })
    .where('username', '=', username.trim().toLowerCase())
    .returning('id')
    .executeTakeFirst();
  if (!unlocked) throw unknownAccount();
  await recordAudit(store, { at: clock.now(), accountId: null, action: 'account.unlocked', object: unlocked.id });
}

function unknownAccount(): PortcullisError {
  return new PortcullisError('unknownAccount', 'There is no account with this name.');
}

/** Undefined when it does not exist or was disabled. */
export async function accountById(store: Store, id: string): Promise<Account | undefined> {
  const row = await store
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  return row && accountOf(row);
}

/** Names to show beside what people did, disabled accounts included. */
export async function displayNames(store: Store, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await store
    .selectFrom('accounts')
    .select(['id', 'display_name'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.id, row.display_name]));
}

export function accountOf(row: AccountsTable): Account {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    // An unknown word comes from a newer collector: the least is safe.
    role: roles.find((role) => role === row.role) ?? 'auditor',
    mustChangePassword: row.must_change_password === 1,
  };
}

const failuresAllowed = 5;

/**
 * Takes one attempt from an account before its password is looked at, so that many attempts at once cannot outrun
 * the lock. @returns undefined when the account is unknown, disabled or locked
 */
export function reserveAttempt(store: Store, username: string): Promise<AccountsTable | undefined> {
  return store
    .updateTable('accounts')
    .set({ failures: sql<number>`failures + 1` })
    .where('username', '=', username)
    .where('failures', '<', failuresAllowed)
    .where('locked_at', 'is', null)
    .where('disabled_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

/** Gives back an attempt whose password was never looked at. */
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
  if (account.failures < failuresAllowed) return false;
  await store.updateTable('accounts').set({ locked_at: now }).where('id', '=', account.id).execute();
  return true;
}

export async function noteSuccess(store: Store, accountId: string, now: number): Promise<void> {
  await store.updateTable('accounts').set({ failures: 0, last_sign_in_at: now }).where('id', '=', accountId).execute();
}
