import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import type { Account } from '../accounts/accounts.ts';
import { passwordEnd, reportPassword, reuseFaults, setPassword } from '../accounts/passwords.ts';
import { endSessionsOf } from '../accounts/sessions.ts';
import { checkPassword } from '../accounts/sign-in.ts';
import { raiseOwnAlert } from '../alerting/own-alerts.ts';
import { beginSession } from './enter.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { throttled } from './sign-in-pages.ts';
import { fieldOf, visitOf } from './visit.ts';

export function passwordRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/change-password', (request, reply) => sendPasswordPage(context, request, reply));

  app.post('/change-password', async (request, reply) => {
    const { account } = visitOf(request);
    const password = fieldOf(request.body, 'password');
    const errors = await changeFaults(context, request, { current: fieldOf(request.body, 'current'), password });
    if (errors.length > 0) return sendPasswordPage(context, request, reply, errors);
    await setPassword(context, { accountId: account.id, password, mustChangePassword: false, by: account.id });
    await context.live.check();
    await beginSession(context, request, reply, account);
    return reply.redirect('/', 303);
  });

  app.post('/account/password-known', async (request, reply) => {
    const { account, session } = visitOf(request);
    refuseExternal(account);
    await reportPassword(context, account.id);
    await endSessionsOf(context.store, account.id, session.id);
    await context.live.check();
    await raiseOwnAlert(context, 'password-reported', account.id);
    return reply.redirect('/change-password', 303);
  });
}

function sendPasswordPage(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  errors: FormError[] = [],
): string {
  const { account } = visitOf(request);
  refuseExternal(account);
  const title = 'Change your password';
  const data = { hint: context.passwords.hint, why: whyNow(context, account) };
  return sendPage(context, request, reply, { name: 'change-password', title, errors, data });
}

function whyNow({ clock, passwords }: ConsoleContext, account: Account): string | undefined {
  if (account.mustChangePassword) {
    return 'Somebody else has seen the password you signed in with, or may have. Choose your own before you go on.';
  }
  const end = passwordEnd(account, passwords);
  if (end === null || clock.now() < end) return undefined;
  return `Your password is older than ${passwords.longestUseDays} days. Choose a new one before you go on.`;
}

function refuseExternal({ external }: Account): void {
  if (!external) return;
  throw new PortcullisError('notAllowed', 'You sign in through your organisation, and change your password there.');
}

async function changeFaults(
  context: ConsoleContext,
  request: FastifyRequest,
  { current, password }: { current: string; password: string },
): Promise<FormError[]> {
  const { username, displayName, id } = visitOf(request).account;
  const known = await throttled(context, request, () => checkPassword(context, { username, password: current }));
  if (!known) return [{ field: 'current', text: 'This is not the password you have now.' }];
  const faults = await context.passwords.faults(password, { username, displayName, current });
  // Each comparison costs a hash: made only for what would be taken otherwise.
  const reused = faults.length > 0 ? [] : await reuseFaults(context, id, password);
  return [...faults, ...reused].map(({ says }) => ({ field: 'password', text: says }));
}
