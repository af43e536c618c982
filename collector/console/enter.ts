import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Account } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { noteBreakGlass } from '../accounts/break-glass.ts';
import { endSession, openSession } from '../accounts/sessions.ts';
import type { ConsoleContext } from './layout.ts';
import { setVisitCookie } from './visit.ts';

/**
 * Begins a session under a new id, and ends the one the browser had: an id that somebody planted before the sign-in is
 * worth nothing after it.
 */
export async function beginSession(
  { store, clock }: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  account: Account,
  stage: 'code' | 'open' = 'open',
): Promise<void> {
  for (const visit of [request.visit, request.halfVisit]) if (visit) await endSession(store, visit.session.id);
  const browser = request.headers['user-agent'];
  const { cookie } = await openSession({ store, clock }, account.id, { stage, browser });
  setVisitCookie(reply, cookie);
}

/** Lets somebody in whose every factor was right. */
export async function enter(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  account: Account,
): Promise<void> {
  await beginSession(context, request, reply, account);
  const { store, clock } = context;
  await recordAudit(store, { at: clock.now(), accountId: account.id, action: 'sign-in.succeeded' });
  if (account.breakGlass) await noteBreakGlass(context, account.id);
}
