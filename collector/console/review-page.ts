import type { FastifyInstance } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { displayNames } from '../accounts/accounts.ts';
import { decideReview, lastReviews, reviewStanding } from '../accounts/reviews.ts';
import { isRole, roleWords } from '../accounts/roles.ts';
import type { AccountReviewsTable, AccountsTable } from '../store/tables.ts';
import { accountsInScope } from './account-pages.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

/** The quarterly access review: every account in use, and whether it is still needed. */
export function reviewRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/accounts/review', async (request, reply) => {
    const { account } = visitOf(request);
    const last = await lastReviews(store);
    const accounts = (await accountsInScope(context, request)).filter((row) => row.disabled_at === null);
    const names = await displayNames(
      store,
      [...last.values()].map((review) => review.reviewer_id),
    );
    const rows = accounts
      .map((row) => ({ row, standing: reviewStanding(row, last.get(row.id), clock.now()) }))
      .sort((left, right) => left.standing.dueAt - right.standing.dueAt)
      .map(({ row, standing }) => ({ ...reviewView(row, standing, names), own: row.id === account.id }));
    const overdue = rows.filter((row) => row.overdue).length;
    const data = { rows, overdue: counted(overdue, 'account'), anyOverdue: overdue > 0 };
    return sendPage(context, request, reply, {
      name: 'account-review',
      title: 'Access review',
      section: 'review',
      data,
    });
  });

  app.post<{ Params: { id: string } }>('/accounts/:id/review', async (request, reply) => {
    const { account } = visitOf(request);
    const row = (await accountsInScope(context, request)).find(({ id }) => id === request.params.id);
    if (!row) return reply.callNotFound();
    const decision = (['keep', 'remove'] as const).find((word) => word === fieldOf(request.body, 'decision'));
    if (!decision || row.id === account.id) {
      throw new PortcullisError(
        'notAllowed',
        'Somebody else decides about your own account, and decides to keep or to remove.',
      );
    }
    const note = fieldOf(request.body, 'note');
    await decideReview(context, { accountId: row.id, reviewerId: account.id, decision, note });
    await context.live.check();
    return reply.redirect('/accounts/review', 303);
  });
}

function reviewView(
  row: AccountsTable,
  standing: ReturnType<typeof reviewStanding>,
  names: ReadonlyMap<string, string>,
) {
  return {
    id: row.id,
    name: row.display_name,
    username: row.username,
    role: isRole(row.role) ? roleWords[row.role] : row.role,
    lastSignIn: row.last_sign_in_at === null ? undefined : moment(row.last_sign_in_at),
    decision: standing.last && decisionWords(standing.last, names),
    due: moment(standing.dueAt),
    overdue: standing.overdue,
  };
}

function decisionWords({ decision, reviewer_id, at, note }: AccountReviewsTable, names: ReadonlyMap<string, string>) {
  const who = names.get(reviewer_id) ?? 'somebody';
  return {
    text: `${decision === 'keep' ? 'Kept' : 'Removed'} by ${who}${note ? `: ${note}` : ''}`,
    moment: moment(at),
  };
}
