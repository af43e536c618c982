import type { Clock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { AccountsTable, Store } from '../store/tables.ts';
import { recordAudit } from './audit.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { PasswordProfile } from './password-profiles.ts';
import { isRole, type Role } from './roles.ts';
import { endSessionsOf } from './sessions.ts';

export interface Account {
  id: string;
  username: string;
  displayName: string;
  role: Role;
  organisation: string | null;
  teamId: string | null;
  personId: string | null;
  /** Comes in by single sign-on and has neither password nor second factor here. */
  external: boolean;
  breakGlass: boolean;
  mustChangePassword: boolean;
  /** Milliseconds since 1970. */
  passwordChangedAt: number;
  /** Whether a second factor is asked for at sign-in. */
  secondFactor: boolean;
}

/** What an account needs from its surroundings. */
export interface AccountContext {
  store: Store;
  clock: Clock;
  hasher: PasswordHasher;
  passwords: PasswordProfile;
}

export interface NewAccount {
  username: string;
  displayName: string;
  role: Role;
  /** PHC string; empty for an account of single sign-on. */
  passwordHash: string;
  /** True for a password that somebody else knows too. */
  mustChangePassword: boolean;
  externalSubject?: string;
  breakGlass?: boolean;
  organisation?: string | null;
  /** Who made it; null for a command at the collector. */
  by?: string | null;
}

const usernamePattern = /^[a-z0-9][a-z0-9._@-]{1,63}$/;

/** The form a user name is kept in. @throws PortcullisError `badUsername` */
export function readUsername(text: string): string {
  const username = text.trim().toLowerCase();
  if (usernamePattern.test(username)) return username;
  throw new PortcullisError(
    'badUsername',
    'A user name has 2 to 64 small letters, digits, dots, hyphens, underscores or @, and begins with a letter or digit.',
  );
}

/** @returns its id. @throws PortcullisError `badUsername`, `badName` or `usernameTaken` */
export async function addAccount(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  account: NewAccount,
): Promise<string> {
  const now = clock.now();
  const id = uuidv7(now);
  const displayName = cleanText(account.displayName);
  if (displayName === '') throw new PortcullisError('badName', 'Give the name of the person.');
  const row: AccountsTable = {
    id,
    username: readUsername(account.username),
    display_name: displayName,
    role: account.role,
    organisation: account.organisation ?? null,
    team_id: null,
    person_id: null,
    external_subject: account.externalSubject ?? null,
    break_glass: account.breakGlass ? 1 : 0,
    valid_from: null,
    valid_to: null,
    password_hash: account.passwordHash,
    password_changed_at: now,
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
  await recordAudit(store, {
    at: now,
    accountId: account.by ?? null,
    action: 'account.created',
    object: id,
    detail: account.role,
  });
  return id;
}

/** What an administrator may change of an account. Times are milliseconds since 1970. */
export interface AccountDetails {
  displayName: string;
  role: Role;
  organisation: string | null;
  teamId: string | null;
  personId: string | null;
  /** It works from this moment on, and until that; null: no bound. */
  validFrom: number | null;
  validTo: number | null;
}

/** Who does something to which account. `by` is null for a command at the collector. */
export interface AccountStep {
  accountId: string;
  by: string | null;
}

/** Joiner, mover or leaver. A changed role or scope holds from the next page on. @throws PortcullisError `unknownAccount` */
export async function changeAccount(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  { accountId, by }: AccountStep,
  details: AccountDetails,
): Promise<void> {
  const before = await accountRow(store, accountId);
  await store
    .updateTable('accounts')
    .set({
      display_name: cleanText(details.displayName),
      role: details.role,
      organisation: details.organisation,
      team_id: details.teamId,
      person_id: details.personId,
      valid_from: details.validFrom,
      valid_to: details.validTo,
    })
    .where('id', '=', accountId)
    .execute();
  const detail = before.role === details.role ? undefined : `${before.role} to ${details.role}`;
  await recordAudit(store, { at: clock.now(), accountId: by, action: 'account.changed', object: accountId, detail });
}

/** Takes an account away from use, or gives it back; its name stays taken. Sessions end at once. @throws PortcullisError `unknownAccount` */
export async function setDisabled(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  { accountId, by }: AccountStep,
  disabled: boolean,
): Promise<void> {
  await accountRow(store, accountId);
  const now = clock.now();
  await store
    .updateTable('accounts')
    .set({ disabled_at: disabled ? now : null })
    .where('id', '=', accountId)
    .execute();
  if (disabled) await endSessionsOf(store, accountId);
  const action = disabled ? 'account.disabled' : 'account.enabled';
  await recordAudit(store, { at: now, accountId: by, action, object: accountId });
}

/** Lets a locked account try again. @throws PortcullisError `unknownAccount` */
export async function unlockAccount(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  { accountId, by }: AccountStep,
): Promise<void> {
  await accountRow(store, accountId);
  await store.updateTable('accounts').set({ failures: 0, locked_at: null }).where('id', '=', accountId).execute();
  await recordAudit(store, { at: clock.now(), accountId: by, action: 'account.unlocked', object: accountId });
}

/** Only passwords.ts asks for this: it knows what a password must be, and ends the sessions. */
export async function storePassword(
  store: Store,
  accountId: string,
  password: { hash: string; mustChange: boolean; now: number },
): Promise<void> {
  await store
    .updateTable('accounts')
    .set({
      password_hash: password.hash,
      must_change_password: password.mustChange ? 1 : 0,
      password_changed_at: password.now,
    })
    .where('id', '=', accountId)
    .execute();
}

/** From the next page on nothing works for this account but changing its password. */
export async function demandNewPassword(store: Store, accountId: string): Promise<void> {
  await store.updateTable('accounts').set({ must_change_password: 1 }).where('id', '=', accountId).execute();
}

/** What the identity provider says now of an account of single sign-on. */
export async function followClaims(
  store: Store,
  accountId: string,
  { role, displayName }: { role: Role; displayName: string },
): Promise<void> {
  await store
    .updateTable('accounts')
    .set({ role, display_name: cleanText(displayName) })
    .where('id', '=', accountId)
    .execute();
}

/** @throws PortcullisError `unknownAccount` */
export async function accountRow(store: Store, id: string): Promise<AccountsTable> {
  const row = await store.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new PortcullisError('unknownAccount', 'There is no account with this name.');
  return row;
}

/** @throws PortcullisError `unknownAccount` */
export async function accountIdOf(store: Store, username: string): Promise<string> {
  const row = await store
    .selectFrom('accounts')
    .select('id')
    .where('username', '=', username.trim().toLowerCase())
    .executeTakeFirst();
  return (await accountRow(store, row?.id ?? '')).id;
}

export async function hasAccounts(store: Store): Promise<boolean> {
  return (await store.selectFrom('accounts').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** Undefined when it does not exist, was disabled, or is not valid at this time. */
export async function accountById(store: Store, id: string, now: number): Promise<Account | undefined> {
  const row = await withSecondFactor(store).where('id', '=', id).executeTakeFirst();
  return row && isUsable(row, now) ? accountOf(row) : undefined;
}

/** The account that comes in by single sign-on under this subject, usable or not. */
export function rowBySubject(store: Store, subject: string): Promise<AccountsTable | undefined> {
  return store.selectFrom('accounts').selectAll().where('external_subject', '=', subject).executeTakeFirst();
}

function withSecondFactor(store: Store) {
  return store
    .selectFrom('accounts')
    .leftJoin('second_factors', 'second_factors.account_id', 'accounts.id')
    .selectAll('accounts')
    .select('second_factors.confirmed_at');
}

/** Every account, by name, for those who look after them. */
export async function listAccounts(store: Store): Promise<(AccountsTable & { confirmed_at: number | null })[]> {
  return withSecondFactor(store).orderBy('username').execute();
}

export function isUsable({ disabled_at, valid_from, valid_to }: AccountsTable, now: number): boolean {
  return disabled_at === null && now >= (valid_from ?? now) && now < (valid_to ?? Number.POSITIVE_INFINITY);
}

/** Undefined for a role that this version does not know: it comes from a newer collector, and nothing is safe to assume. */
export function accountOf(row: AccountsTable & { confirmed_at: number | null }): Account | undefined {
  if (!isRole(row.role)) return undefined;
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    role: row.role,
    organisation: row.organisation,
    teamId: row.team_id,
    personId: row.person_id,
    external: row.external_subject !== null,
    breakGlass: row.break_glass === 1,
    mustChangePassword: row.must_change_password === 1,
    passwordChangedAt: row.password_changed_at ?? row.created_at,
    secondFactor: row.confirmed_at !== null,
  };
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
