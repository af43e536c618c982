import type { FastifyInstance, FastifyReply } from 'fastify';
import Type from 'typebox';
import { PortcullisError } from '#shared/errors.ts';
import { checker, exactObject } from '#shared/schema.ts';
import { accountOfIdentity, type SingleSignOn, signOnAnswerPath } from '../accounts/single-sign-on.ts';
import { enter } from './enter.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { localAddress } from './sign-in-pages.ts';
import { fieldOf } from './visit.ts';

const cookieName = '__Host-portcullis-sign-on';
// Lax, because the provider sends the browser back from its own site.
const cookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;
const secondsAway = 600;

const Secret = Type.String({ minLength: 16, maxLength: 128 });
const Kept = exactObject({
  state: Secret,
  nonce: Secret,
  verifier: Secret,
  next: Type.String({ maxLength: 2000 }),
});

/** Sign-in at the organisation's identity provider: there, and back. */
export function signOnRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const kept = checker(Kept);

  app.get('/sign-in/organisation', async (request, reply) => {
    const { address, request: asked } = await providerOf(context).begin();
    const next = localAddress(fieldOf(request.query, 'next'));
    const value = Buffer.from(JSON.stringify({ ...asked, next })).toString('base64url');
    void reply.setCookie(cookieName, value, { ...cookieOptions, maxAge: secondsAway });
    return reply.redirect(address, 303);
  });

  app.get(signOnAnswerPath, async (request, reply) => {
    const provider = providerOf(context);
    const asked = readCookie(request.cookies[cookieName]);
    // Used up, whatever comes of it: an answer cannot be sent twice.
    void reply.clearCookie(cookieName, cookieOptions);
    if (!kept.check(asked)) throw notAsked();
    const identity = await provider.finish(new URL(request.url, 'https://console.invalid').searchParams, asked);
    const account = await accountOfIdentity(context, identity);
    if (!account) return sendNoAccess(reply, sendPage(context, request, reply, noAccessPage(identity.displayName)));
    await enter(context, request, reply, account);
    return reply.redirect(localAddress(asked.next), 303);
  });
}

function sendNoAccess(reply: FastifyReply, page: string): FastifyReply {
  return reply.code(403).send(page);
}

function noAccessPage(name: string) {
  return { name: 'no-access', title: 'You have no access to this console', data: { name } } as const;
}

function providerOf({ signOn }: ConsoleContext): SingleSignOn {
  if (signOn) return signOn;
  throw new PortcullisError('signOnRefused', 'Sign-in through an organisation is not set up for this console.');
}

function readCookie(value: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(value ?? '', 'base64url').toString());
  } catch {
    return undefined;
  }
}

function notAsked(): PortcullisError {
  return new PortcullisError(
    'signOnRefused',
    'This browser did not ask for a sign-in, or longer than ten minutes ago. Start it again.',
  );
}
