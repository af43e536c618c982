import { hash, randomBytes } from 'node:crypto';
import { PortcullisError } from '#shared/errors.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Store, StoreTransaction } from '../store/tables.ts';

/** Default life of an enrolment token, in milliseconds: a week. */
const validFor = 7 * 24 * 60 * 60 * 1000;

/** Makes a one-time enrolment token. The store keeps its hash only, so it can be shown this once. */
export async function createToken(store: Store, now: number, note: string | null = null): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await store
    .insertInto('enrolment_tokens')
    .values({
      id: uuidv7(now),
      token_hash: hash('sha256', token),
      note,
      created_at: now,
      expires_at: now + validFor,
      used_at: null,
      used_by: null,
    })
    .execute();
  return token;
}

/** A token that cannot be redeemed. Unknown, used and expired are told apart for the log, not for the caller. */
export class TokenError extends PortcullisError {
  constructor(code: 'tokenUnknown' | 'tokenUsed' | 'tokenExpired') {
    super(
      code,
      'This enrolment token is not valid, was used already or has expired. Make a new one with "portcullis-collector token create".',
    );
  }
}

/** Uses a token up, within the transaction that enrols the computer. @throws TokenError */
export async function redeemToken(tx: StoreTransaction, token: string, computerId: string, now: number): Promise<void> {
  const row = await tx
    .selectFrom('enrolment_tokens')
    .select(['id', 'used_at', 'expires_at'])
    .where('token_hash', '=', hash('sha256', token))
    .executeTakeFirst();
  if (!row) throw new TokenError('tokenUnknown');
  if (row.used_at !== null) throw new TokenError('tokenUsed');
  if (row.expires_at <= now) throw new TokenError('tokenExpired');
  const { numUpdatedRows } = await tx
    .updateTable('enrolment_tokens')
    .set({ used_at: now, used_by: computerId })
    .where('id', '=', row.id)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new TokenError('tokenUsed');
}
