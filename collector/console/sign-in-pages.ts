import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { checkSecondFactor, isFactorReadable } from '../accounts/second-factor.ts';
import { endSession, isFormToken } from '../accounts/sessions.ts';
import { checkPassword } from '../accounts/sign-in.ts';
import { beginSession, enter } from './enter.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { clearVisitCookie, fieldOf, visitOf } from './visit.ts';

// The same words whatever was wrong: they must not tell which names exist or are locked.
const notSignedIn =
  'The user name or password is not right, or the account is locked. Five wrong passwords in a row lock an account until an administrator unlocks it.';
const wrongCode =
  'The code is not right, or was used already. Wait for the next one, or use a recovery code. Five wrong codes in a row lock the account.';

/** For everybody. */
export function signInRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/sign-in', (request, reply) => {
    const next = localAddress(fieldOf(request.query, 'next'));
    if (request.visit) return reply.redirect(next, 303);
    return sendSignIn(context, request, reply, { next, username: '' });
  });

  app.post('/sign-in', async (request, reply) => {
    const next = localAddress(fieldOf(request.body, 'next'));
    const username = fieldOf(request.body, 'username').slice(0, 64);
    const password = fieldOf(request.body, 'password');
    const account = await throttled(context, request, () => checkPassword(context, { username, password }));
    if (!account) {
      const errors = [{ field: 'username', text: notSignedIn }];
      return sendSignIn(context, request, reply, { next, username }, errors);
    }
    if (account.secondFactor) {
      await beginSession(context, request, reply, account, 'code');
      return reply.redirect(`/sign-in/code?next=${encodeURIComponent(next)}`, 303);
    }
    await enter(context, request, reply, account);
    return reply.redirect(next, 303);
  });

  app.get('/sign-in/code', (request, reply) => {
    if (!request.halfVisit) return reply.redirect('/sign-in', 303);
    return sendCodePage(context, request, reply, localAddress(fieldOf(request.query, 'next')));
  });

  app.post('/sign-in/code', async (request, reply) => {
    const { halfVisit } = request;
    if (!halfVisit || !isFormToken(halfVisit.session, fieldOf(request.body, 'formToken'))) {
      return reply.redirect('/sign-in', 303);
    }
    const { account } = halfVisit;
    const next = localAddress(fieldOf(request.body, 'next'));
    const code = fieldOf(request.body, 'code').slice(0, 64);
    const right = await throttled(context, request, () => checkSecondFactor(context, account.id, code));
    if (!right) return sendCodePage(context, request, reply, next, [{ field: 'code', text: wrongCode }]);
    await enter(context, request, reply, account);
    return reply.redirect(next, 303);
  });
}

/** For who is signed in. */
export function signOutRoute(app: FastifyInstance, context: ConsoleContext): void {
  app.post('/sign-out', async (request, reply) => {
    const { account, session } = visitOf(request);
    await endSession(context.store, session.id);
    await recordAudit(context.store, { at: context.clock.now(), accountId: account.id, action: 'sign-out' });
    await context.live.check();
    clearVisitCookie(reply);
    return reply.redirect('/sign-in', 303);
  });
}

/**
 * Runs an attempt that its network address may still make, and counts it when it fails.
 * @throws PortcullisError `tooManyFailures` (retry)
 */
export async function throttled<T>(
  { throttle }: ConsoleContext,
  { ip }: FastifyRequest,
  attempt: () => Promise<T>,
): Promise<T> {
  if (!throttle.take(ip)) {
    const says = 'There were too many failed attempts from your network address. Wait five minutes and try again.';
    throw new PortcullisError('tooManyFailures', says, { retry: true });
  }
  let failed = false;
  try {
    const answer = await attempt();
    failed = !answer;
    return answer;
  } finally {
    if (!failed) throttle.giveBack(ip);
  }
}

function sendSignIn(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  form: { next: string; username: string },
  errors: FormError[] = [],
): string {
  const organisation = context.signOn && {
    name: context.signOn.name,
    href: `/sign-in/organisation?next=${encodeURIComponent(form.next)}`,
  };
  const data = { ...form, signOn: organisation };
  return sendPage(context, request, reply, { name: 'sign-in', title: 'Sign in', errors, data });
}

async function sendCodePage(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  next: string,
  errors: FormError[] = [],
): Promise<string> {
  const { halfVisit } = request;
  const isLost = halfVisit !== null && !(await isFactorReadable(context, halfVisit.account.id));
  const data = { next, halfToken: halfVisit?.session.formToken, isLost };
  return sendPage(context, request, reply, { name: 'sign-in-code', title: 'Enter your code', errors, data });
}

/** A place in this console to go on to; the first page for anything else, above all for addresses of other sites. */
export function localAddress(address: string): string {
  const base = 'https://console.invalid';
  if (!/^\/(?![/\\])/.test(address) || !URL.canParse(address, base)) return '/';
  const { origin, pathname, search } = new URL(address, base);
  const goesOn = origin === base && pathname !== '/sign-in' && !pathname.startsWith('/sign-in/');
  return goesOn && !pathname.startsWith('//') ? `${pathname}${search}` : '/';
}
