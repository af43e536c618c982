import type { FastifyInstance } from 'fastify';
import { setPassword } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { passwordFaults } from '../accounts/password-rules.ts';
import { endSession, openSession } from '../accounts/sessions.ts';
import { checkPassword, signIn } from '../accounts/sign-in.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { clearVisitCookie, fieldOf, setVisitCookie, visitOf } from './visit.ts';

/** Ten attempts in five minutes from one address: what Cyber Essentials allows. */
const throttle = { max: 10, timeWindow: '5 minutes' };

// The same words whatever was wrong: they must not tell which names exist or are locked.
const notSignedIn =
  'The user name or password is not right, or the account is locked. Five wrong passwords in a row lock an account until an administrator unlocks it.';

/** For everybody. */
export function signInRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/sign-in', (request, reply) => {
    const next = localAddress(fieldOf(request.query, 'next'));
    if (request.visit) return reply.redirect(next, 303);
    return sendPage(context, request, reply, { name: 'sign-in', title: 'Sign in', data: { next, username: '' } });
  });

  app.post('/sign-in', { config: { rateLimit: throttle } }, async (request, reply) => {
    const next = localAddress(fieldOf(request.body, 'next'));
    const username = fieldOf(request.body, 'username').slice(0, 64);
    const account = await signIn(context, { username, password: fieldOf(request.body, 'password') });
    if (!account) {
      const errors = [{ field: 'username', text: notSignedIn }];
      return sendPage(context, request, reply, { name: 'sign-in', title: 'Sign in', errors, data: { next, username } });
    }
    if (request.visit) await endSession(context.store, request.visit.session.id);
    const { cookie } = await openSession(context, account.id);
    setVisitCookie(reply, cookie);
    return reply.redirect(next, 303);
  });
}

/** For who is signed in. */
export function accountRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.post('/sign-out', async (request, reply) => {
    const { account, session } = visitOf(request);
    await endSession(context.store, session.id);
    await recordAudit(context.store, { at: context.clock.now(), accountId: account.id, action: 'sign-out' });
    await context.live.check();
    clearVisitCookie(reply);
    return reply.redirect('/sign-in', 303);
  });

  app.get('/change-password', (request, reply) =>
    sendPage(context, request, reply, { name: 'change-password', title: 'Change your password' }),
  );

  app.post('/change-password', { config: { rateLimit: throttle } }, async (request, reply) => {
    const { account } = visitOf(request);
    const errors = await changeFaults(context, account, {
      current: fieldOf(request.body, 'current'),
      password: fieldOf(request.body, 'password'),
    });
    if (errors.length > 0) {
      return sendPage(context, request, reply, { name: 'change-password', title: 'Change your password', errors });
    }
    const password = fieldOf(request.body, 'password');
    await setPassword(context, { accountId: account.id, password, mustChangePassword: false, by: account.id });
    await context.live.check();
    const { cookie } = await openSession(context, account.id);
    setVisitCookie(reply, cookie);
    return reply.redirect('/', 303);
  });
}

async function changeFaults(
  context: ConsoleContext,
  account: { username: string; displayName: string },
  { current, password }: { current: string; password: string },
): Promise<FormError[]> {
  const faults = passwordFaults(password, account);
  if (password !== '' && password === current) faults.push('Choose a password that is not the one you have now.');
  const errors = faults.map((text) => ({ field: 'password', text }));
  const known = await checkPassword(context, { username: account.username, password: current });
  if (!known) errors.unshift({ field: 'current', text: 'This is not the password you have now.' });
  return errors;
}

/** A place in this console to go on to; the alert list for anything else, above all for addresses of other sites. */
export function localAddress(address: string): string {
  const base = 'https://console.invalid';
  if (!/^\/(?![/\\])/.test(address) || !URL.canParse(address, base)) return '/';
  const { origin, pathname, search } = new URL(address, base);
  return origin === base && pathname !== '/sign-in' ? `${pathname}${search}` : '/';
}
