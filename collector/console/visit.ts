import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { type Account, accountById } from '../accounts/accounts.ts';
import { passwordEnd } from '../accounts/passwords.ts';
import { type Role, roleWords } from '../accounts/roles.ts';
import { findSession, isFormToken, type Session } from '../accounts/sessions.ts';
import { mayUse, type Route, routeOf } from './access.ts';
import type { ConsoleContext } from './layout.ts';

/** The `__Host-` prefix makes browsers refuse it from another host, another path, or without TLS. */
const cookieName = '__Host-portcullis';
/** Sent by scripts with what no person asked for: it must not keep a session alive. */
const backgroundHeader = 'x-portcullis-background';

/** What a person must do before the console opens to them. */
export type Todo = 'change-password' | 'second-factor';

/** Who is looking. */
export interface Visit {
  account: Account;
  session: Session;
  todo: Todo | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    visit: Visit | null;
    /** Somebody whose password was right and whose second factor is still to come. */
    halfVisit: Visit | null;
  }
}

/** The visit of a request behind {@link guardRoutes}. */
export function visitOf(request: FastifyRequest): Visit {
  if (!request.visit) throw new TypeError('this route stands outside the sign-in');
  return request.visit;
}

/** Finds who is looking, for all routes of this instance; does not insist on anybody. */
export function recogniseVisits(app: FastifyInstance, context: ConsoleContext): void {
  app.decorateRequest('visit', null);
  app.decorateRequest('halfVisit', null);
  app.addHook('onRequest', async (request) => {
    const cookie = request.cookies[cookieName];
    if (!cookie || request.url.startsWith('/assets/')) return;
    const use = isUnasked(request) ? 'look' : 'touch';
    const session = await findSession(context, cookie, use);
    const account = session && (await accountById(context.store, session.accountId, context.clock.now()));
    if (!session || !account) return;
    const visit = { account, session, todo: todoOf(context, account) };
    if (session.stage === 'open') request.visit = visit;
    else request.halfVisit = visit;
  });
}

function todoOf({ clock, passwords }: ConsoleContext, account: Account): Todo | undefined {
  if (account.external) return undefined;
  if (account.mustChangePassword || clock.now() >= (passwordEnd(account, passwords) ?? Number.POSITIVE_INFINITY)) {
    return 'change-password';
  }
  const needsSecond = !account.secondFactor && !account.breakGlass && passwords.secondFactorFor.includes(account.role);
  return needsSecond ? 'second-factor' : undefined;
}

/** What a page asks for by itself: it must not keep a session alive, and nobody has looked at it. */
export function isUnasked(request: FastifyRequest): boolean {
  return request.headers[backgroundHeader] !== undefined || request.headers.accept === 'text/event-stream';
}

/** Where each thing to do is done, and which routes are open until then. */
const todos: Readonly<Record<Todo, { address: string; open: readonly Route[] }>> = {
  'change-password': {
    address: '/change-password',
    open: ['GET /change-password', 'POST /change-password', 'POST /sign-out'],
  },
  'second-factor': {
    address: '/account/second-factor',
    open: ['GET /account/second-factor', 'POST /account/second-factor', 'POST /sign-out'],
  },
};

/** Lets nobody through to a route but who the table of `access.ts` names. The rest are sent to the sign-in, or refused. */
export function guardRoutes(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const route = routeOf(request);
    if (route === undefined || mayUse(undefined, route)) return;
    if (!request.visit) return reply.redirect(signInAddress(request), 303);
    const { account, todo } = request.visit;
    if (todo && !todos[todo].open.includes(route)) return reply.redirect(todos[todo].address, 303);
    if (!mayUse(account.role, route)) throw notAllowed(account.role);
  });
  app.addHook('preHandler', async (request) => {
    const route = routeOf(request);
    if (isSafe(request) || route === undefined || mayUse(undefined, route)) return;
    if (!isFormToken(visitOf(request).session, fieldOf(request.body, 'formToken'))) throw refused();
  });
}

function notAllowed(role: Role): PortcullisError {
  const says = `This is not part of the work of your role, ${roleWords[role]}. An ICT administrator can change it.`;
  return new PortcullisError('notAllowed', says);
}

function signInAddress(request: FastifyRequest): string {
  return isSafe(request) && request.url !== '/' ? `/sign-in?next=${encodeURIComponent(request.url)}` : '/sign-in';
}

/** Turns away forms that were sent from a page of another site. */
export function refuseOtherSites(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (!isSafe(request) && !isFromHere(request)) throw refused();
  });
}

function isFromHere({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  const origin = headers.origin;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin !== undefined) return origin === `https://${host}`;
  return site === 'same-origin';
}

function isSafe({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refused(): PortcullisError {
  return new PortcullisError(
    'formRefused',
    'This form did not come from a page of this console that is still in use. Open the page again and repeat.',
  );
}

// Lax and not Strict: an alert's address in a mail must open without a second sign-in. Every change is a POST, which
// Lax does not send from other sites.
const cookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

export function setVisitCookie(reply: FastifyReply, cookie: string): void {
  void reply.setCookie(cookieName, cookie, cookieOptions);
}

export function clearVisitCookie(reply: FastifyReply): void {
  void reply.clearCookie(cookieName, cookieOptions);
}

/** One text field of a form or query; empty when it is absent or came twice. */
export function fieldOf(form: unknown, name: string): string {
  const value = Object(form)[name] as unknown;
  return typeof value === 'string' ? value : '';
}

/** A field that may come several times. @param most what is beyond is left out */
export function fieldsOf(form: unknown, name: string, most = 32): string[] {
  const value = Object(form)[name] as unknown;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === 'string').slice(0, most);
}
