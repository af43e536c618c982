import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { type Account, accountById } from '../accounts/accounts.ts';
import { findSession, isFormToken, type Session } from '../accounts/sessions.ts';
import type { ConsoleContext } from './layout.ts';

/** The `__Host-` prefix makes browsers refuse it from another host, another path, or without TLS. */
const cookieName = '__Host-portcullis';
/** Sent by scripts with what no person asked for: it must not keep a session alive. */
const backgroundHeader = 'x-portcullis-background';

/** Who is looking. */
export interface Visit {
  account: Account;
  session: Session;
}

declare module 'fastify' {
  interface FastifyRequest {
    visit: Visit | null;
  }
}

/** The visit of a request behind {@link requireVisit}. */
export function visitOf(request: FastifyRequest): Visit {
  if (!request.visit) throw new TypeError('this route stands outside the sign-in');
  return request.visit;
}

/** Finds who is looking, for all routes of this instance; does not insist on anybody. */
export function recogniseVisits(app: FastifyInstance, context: ConsoleContext): void {
  app.decorateRequest('visit', null);
  app.addHook('onRequest', async (request) => {
    const cookie = request.cookies[cookieName];
    if (!cookie || request.url.startsWith('/assets/')) return;
    const use = isUnasked(request) ? 'look' : 'touch';
    const session = await findSession(context, cookie, use);
    const account = session && (await accountById(context.store, session.accountId));
    if (session && account) request.visit = { account, session };
  });
}

function isUnasked(request: FastifyRequest): boolean {
  return request.headers[backgroundHeader] !== undefined || request.headers.accept === 'text/event-stream';
}

const openBeforeChange: ReadonlySet<string> = new Set(['/change-password', '/sign-out']);

/** Sends everybody else to the sign-in, and who still has a password that others know to its change. */
export function requireVisit(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.visit) return reply.redirect(signInAddress(request), 303);
    if (request.visit.account.mustChangePassword && !openBeforeChange.has(request.routeOptions.url ?? '')) {
      return reply.redirect('/change-password', 303);
    }
  });
  app.addHook('preHandler', async (request) => {
    if (isSafe(request)) return;
    if (!isFormToken(visitOf(request).session, fieldOf(request.body, 'formToken'))) throw refused();
  });
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

/** A field that may come several times. */
export function fieldsOf(form: unknown, name: string): string[] {
  const value = Object(form)[name] as unknown;
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === 'string').slice(0, 32);
}
