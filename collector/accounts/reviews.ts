import { PortcullisError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { AccountReviewsTable, AccountsTable, Store } from '../store/tables.ts';
import { type AccountContext, setDisabled } from './accounts.ts';
import { recordAudit } from './audit.ts';

const day = 24 * 60 * 60 * 1000;
/** A quarter of a year, in milliseconds: every account is looked at anew after this long. */
const quarter = 92 * day;

export interface ReviewStanding {
  /** The last decision; undefined before the first. */
  last?: AccountReviewsTable;
  /** When somebody has to decide again, milliseconds since 1970. */
  dueAt: number;
  overdue: boolean;
}

/** How it stands with the review of an account: due a quarter after the last decision, or after it was made. Pure. */
export function reviewStanding(
  account: Pick<AccountsTable, 'created_at'>,
  last: AccountReviewsTable | undefined,
  now: number,
): ReviewStanding {
  const dueAt = (last?.at ?? account.created_at) + quarter;
  return { ...(last ? { last } : {}), dueAt, overdue: now >= dueAt };
}

/** The last decision of each account. */
export async function lastReviews(store: Store): Promise<Map<string, AccountReviewsTable>> {
  const rows = await store.selectFrom('account_reviews').selectAll().orderBy('at').orderBy('id').execute();
  return new Map(rows.map((row) => [row.account_id, row]));
}

export interface ReviewDecision {
  accountId: string;
  reviewerId: string;
  decision: 'keep' | 'remove';
  note: string;
}

/**
 * Writes down who decided what; `remove` takes the account out of use at once.
 * @throws PortcullisError `ownReview`, `unknownAccount`
 */
export async function decideReview(
  { store, clock }: Pick<AccountContext, 'store' | 'clock'>,
  { accountId, reviewerId, decision, note }: ReviewDecision,
): Promise<void> {
  if (accountId === reviewerId) {
    throw new PortcullisError('ownReview', 'Somebody else decides about your own account.');
  }
  const at = clock.now();
  await store.transaction().execute(async (tx) => {
    const context = { store: tx, clock };
    const words = cleanText(note);
    await tx
      .insertInto('account_reviews')
      .values({
        id: uuidv7(at),
        account_id: accountId,
        at,
        reviewer_id: reviewerId,
        decision,
        note: words === '' ? null : words,
      })
      .execute();
    await recordAudit(tx, {
      at,
      accountId: reviewerId,
      action: 'account.reviewed',
      object: accountId,
      detail: decision,
    });
    if (decision === 'remove') await setDisabled(context, { accountId, by: reviewerId }, true);
  });
}
