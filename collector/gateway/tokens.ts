import { hash, randomBytes } from 'node:crypto';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { EnrolmentTokensTable, Store, StoreTransaction } from '../store/tables.ts';

const day = 24 * 60 * 60 * 1000;
/** Bounds of what can be asked for: a token is a key to the estate, so it is short-lived. */
export const tokenLimits = { days: 30, uses: 500 } as const;

export interface NewToken {
  note?: string | null;
  /** Computers it may enrol. */
  uses?: number;
  /** Days it is valid. */
  days?: number;
  /** Account id. */
  madeBy?: string | null;
}

/** Makes an enrolment token. The store keeps its hash only, so it can be shown this once. */
export async function createToken(
  store: Store,
  now: number,
  { note = null, uses = 1, days = 7, madeBy = null }: NewToken = {},
): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await store
    .insertInto('enrolment_tokens')
    .values({
      id: uuidv7(now),
      token_hash: hash('sha256', token),
      note,
      created_at: now,
      expires_at: now + days * day,
      uses_allowed: uses,
      uses: 0,
      revoked_at: null,
      made_by: madeBy,
    })
    .execute();
  return token;
}

/** A token that cannot be redeemed. The four are told apart for the log, not for the caller. */
export class TokenError extends PortcullisError {
  constructor(code: 'tokenUnknown' | 'tokenUsed' | 'tokenExpired' | 'tokenRevoked') {
    super(
      code,
      'This enrolment token is not valid, was used already or has expired. Make a new one with "portcullis-collector token create".',
    );
  }
}

/** Uses a token up by one, within the transaction that enrols the computer. @throws TokenError */
export async function redeemToken(tx: StoreTransaction, token: string, computerId: string, now: number): Promise<void> {
  const row = await tx
    .selectFrom('enrolment_tokens')
    .select(['id', 'uses', 'uses_allowed', 'revoked_at', 'expires_at'])
    .where('token_hash', '=', hash('sha256', token))
    .executeTakeFirst();
  if (!row) throw new TokenError('tokenUnknown');
  if (row.revoked_at !== null) throw new TokenError('tokenRevoked');
  if (row.uses >= row.uses_allowed) throw new TokenError('tokenUsed');
  if (row.expires_at <= now) throw new TokenError('tokenExpired');
  const { numUpdatedRows } = await tx
    .updateTable('enrolment_tokens')
    .set({ uses: row.uses + 1 })
    .where('id', '=', row.id)
    .where('uses', '=', row.uses)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new TokenError('tokenUsed');
  await tx.insertInto('token_uses').values({ computer_id: computerId, token_id: row.id, at: now }).execute();
}

/** @returns false when there is no such token, or it is revoked already */
export async function revokeToken(tx: StoreTransaction, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('enrolment_tokens')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export interface ListedToken extends EnrolmentTokensTable {
  /** Display name of the account that made it. */
  maker: string | null;
}

/** The newest 200, newest first. */
export async function listTokens(store: Store): Promise<ListedToken[]> {
  return store
    .selectFrom('enrolment_tokens')
    .leftJoin('accounts', 'accounts.id', 'enrolment_tokens.made_by')
    .selectAll('enrolment_tokens')
    .select('accounts.display_name as maker')
    .orderBy('enrolment_tokens.id', 'desc')
    .limit(200)
    .execute();
}
