import { hash, randomInt } from 'node:crypto';
import { sql } from 'kysely';
import { Secret, TOTP } from 'otpauth';
import { PortcullisError } from '#shared/errors.ts';
import type { Store } from '../store/tables.ts';
import { type AccountContext, type AccountStep, accountRow } from './accounts.ts';
import { noteFailure, noteSuccess, reserveAttempt, returnAttempt } from './attempts.ts';
import { recordAudit } from './audit.ts';
import { isSealed, type SecretBox } from './secret-box.ts';

const seconds = 30;
/** Steps a clock may be off, either way. */
const window = 1;
const codesMade = 10;

/** RFC 6238 as every authenticator app knows it: six digits of SHA-1, new every 30 seconds. */
function totpOf(secret: string, label = '', issuer = ''): TOTP {
  return new TOTP({ secret: Secret.fromBase32(secret), label, issuer, algorithm: 'SHA1', digits: 6, period: seconds });
}

/** What checking a code needs: the secrets lie sealed in the store. */
export interface FactorContext extends Pick<AccountContext, 'store' | 'clock'> {
  secrets: SecretBox;
}

/** What the person's authenticator has to be told. */
export interface SecondFactorOffer {
  secret: string;
  /** `otpauth://totp/…`, for a QR code. */
  address: string;
}

/** Begins, or goes on with, setting up a second factor. It counts only when {@link confirmSecondFactor} has seen a code of it. */
export async function offerSecondFactor(
  { store, secrets }: Pick<FactorContext, 'store' | 'secrets'>,
  account: { id: string; username: string },
  organisation: string,
): Promise<SecondFactorOffer> {
  const standing = await factorOf(store, account.id);
  if (standing?.confirmed_at) throw new PortcullisError('hasSecondFactor', 'This account has a second factor already.');
  const begun = standing && secrets.open(standing.secret, account.id);
  const secret = begun ?? new Secret({ size: 20 }).base32;
  if (begun === undefined) {
    const row = { account_id: account.id, secret: secrets.seal(secret, account.id), last_step: 0, confirmed_at: null };
    await store
      .insertInto('second_factors')
      .values(row)
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(row))
      .execute();
  }
  return { secret, address: totpOf(secret, account.username, `Portcullis ${organisation}`).toString() };
}

/** @returns recovery codes to be shown this once, or undefined when the code is not right */
export async function confirmSecondFactor(
  context: FactorContext,
  accountId: string,
  code: string,
): Promise<string[] | undefined> {
  const { store, clock } = context;
  const now = clock.now();
  if (!(await spendTotp(context, accountId, code, now))) return undefined;
  await store.updateTable('second_factors').set({ confirmed_at: now }).where('account_id', '=', accountId).execute();
  await recordAudit(store, { at: now, accountId, action: 'second-factor.added', object: accountId });
  return makeRecoveryCodes(context, accountId);
}

/** A phone was lost, or is given up. @throws PortcullisError `unknownAccount` */
export async function removeSecondFactor(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  { accountId, by }: AccountStep,
): Promise<void> {
  await accountRow(store, accountId);
  await store.deleteFrom('recovery_codes').where('account_id', '=', accountId).execute();
  await store.deleteFrom('second_factors').where('account_id', '=', accountId).execute();
  await recordAudit(store, { at: clock.now(), accountId: by, action: 'second-factor.removed', object: accountId });
}

/** Makes new recovery codes; the former ones are void. @returns them, to be shown this once */
export async function makeRecoveryCodes(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  accountId: string,
): Promise<string[]> {
  const codes = Array.from({ length: codesMade }, recoveryCode);
  await store.transaction().execute(async (tx) => {
    await tx.deleteFrom('recovery_codes').where('account_id', '=', accountId).execute();
    const rows = codes.map((code) => ({ account_id: accountId, code_hash: hashOf(code), used_at: null }));
    await tx.insertInto('recovery_codes').values(rows).execute();
    await recordAudit(tx, { at: clock.now(), accountId, action: 'recovery-codes.made', object: accountId });
  });
  return codes;
}

export async function recoveryCodesLeft(store: Store, accountId: string): Promise<number> {
  const { left } = await store
    .selectFrom('recovery_codes')
    .select((build) => build.fn.countAll<number>().as('left'))
    .where('account_id', '=', accountId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return left;
}

/**
 * Checks a code of the authenticator or a recovery code. Wrong ones count like wrong passwords and lock the account.
 * @returns whether the person is in
 */
export async function checkSecondFactor(context: FactorContext, accountId: string, given: string): Promise<boolean> {
  const { store, clock } = context;
  const now = clock.now();
  const row = await reserveAttempt(store, { accountId }, now);
  if (row && (await spendCode(context, accountId, given, now))) {
    await noteSuccess(store, accountId, now);
    return true;
  }
  await recordAudit(store, {
    at: now,
    accountId: null,
    action: 'sign-in.failed',
    object: accountId,
    detail: 'second factor',
  });
  if (row && (await noteFailure(store, row, now))) {
    await recordAudit(store, { at: now, accountId: null, action: 'account.locked', object: accountId });
  }
  return false;
}

/** As {@link checkSecondFactor} for a code of the authenticator only, of an account that is in already. */
export async function proveSecondFactor(context: FactorContext, accountId: string, code: string): Promise<boolean> {
  const { store, clock } = context;
  const now = clock.now();
  const row = await reserveAttempt(store, { accountId }, now);
  if (!row) return false;
  if (await spendTotp(context, accountId, code, now)) {
    await returnAttempt(store, accountId);
    return true;
  }
  if (await noteFailure(store, row, now)) {
    await recordAudit(store, { at: now, accountId: null, action: 'account.locked', object: accountId });
  }
  return false;
}

async function spendCode(context: FactorContext, accountId: string, given: string, now: number): Promise<boolean> {
  const { store } = context;
  const code = given.replace(/[\s-]/g, '');
  if (/^\d{6}$/.test(code)) return spendTotp(context, accountId, code, now);
  const spent = await store
    .updateTable('recovery_codes')
    .set({ used_at: now })
    .where('account_id', '=', accountId)
    .where('code_hash', '=', hashOf(given))
    .where('used_at', 'is', null)
    .returning('account_id')
    .executeTakeFirst();
  if (!spent) return false;
  await recordAudit(store, { at: now, accountId, action: 'recovery-code.used', object: accountId });
  return true;
}

/** Each step's code works once: whoever looked over the shoulder cannot use it again. */
async function spendTotp(
  { store, secrets }: FactorContext,
  accountId: string,
  given: string,
  now: number,
): Promise<boolean> {
  const factor = await factorOf(store, accountId);
  const token = given.replace(/\s/g, '');
  const secret = factor && secrets.open(factor.secret, accountId);
  if (secret === undefined || !/^\d{6}$/.test(token)) return false;
  const delta = totpOf(secret).validate({ token, timestamp: now, window });
  if (delta === null) return false;
  const step = Math.floor(now / 1000 / seconds) + delta;
  const spent = await store
    .updateTable('second_factors')
    .set({ last_step: step })
    .where('account_id', '=', accountId)
    .where('last_step', '<', step)
    .returning('last_step')
    .executeTakeFirst();
  return spent !== undefined;
}

/** False when there is one that the key of this collector does not open: then it has to be set up anew. */
export async function isFactorReadable(
  { store, secrets }: Pick<FactorContext, 'store' | 'secrets'>,
  accountId: string,
): Promise<boolean> {
  const factor = await factorOf(store, accountId);
  return !factor || secrets.open(factor.secret, accountId) !== undefined;
}

/**
 * Seals the secrets that earlier versions kept as they are, and leaves no copy of them in the file of the store.
 * To be called at start. @returns how many of all second factors the key does not open
 */
export async function sealSecondFactors(store: Store, secrets: SecretBox): Promise<number> {
  const rows = await store.selectFrom('second_factors').select(['account_id', 'secret']).execute();
  const plain = rows.filter(({ secret }) => !isSealed(secret));
  if (plain.length > 0) await sealPlain(store, plain, secrets);
  return rows.filter(({ account_id, secret }) => isSealed(secret) && !secrets.open(secret, account_id)).length;
}

async function sealPlain(store: Store, rows: { account_id: string; secret: string }[], secrets: SecretBox) {
  // SQLite leaves what was there before in free space and in its log unless it is told otherwise.
  await sql`pragma secure_delete = on`.execute(store);
  await store.transaction().execute(async (tx) => {
    for (const { account_id, secret } of rows) {
      const sealed = secrets.seal(secret, account_id);
      await tx.updateTable('second_factors').set({ secret: sealed }).where('account_id', '=', account_id).execute();
    }
  });
  await sql`pragma wal_checkpoint(truncate)`.execute(store);
}

function factorOf(store: Store, accountId: string) {
  return store.selectFrom('second_factors').selectAll().where('account_id', '=', accountId).executeTakeFirst();
}

/** 16 of 31 marks that look unlike each other: 79 bits, so that a bare hash of it cannot be searched. */
function recoveryCode(): string {
  const marks = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = () => Array.from({ length: 4 }, () => marks.charAt(randomInt(marks.length))).join('');
  return [group(), group(), group(), group()].join('-');
}

function hashOf(code: string): string {
  return hash('sha256', code.toLowerCase().replace(/[^a-z0-9]/g, ''), 'hex');
}
