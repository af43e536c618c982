import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { renderSVG } from 'uqr';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { passwordEnd } from '../accounts/passwords.ts';
import { roleWords } from '../accounts/roles.ts';
import {
  confirmSecondFactor,
  isFactorReadable,
  makeRecoveryCodes,
  offerSecondFactor,
  proveSecondFactor,
  recoveryCodesLeft,
  removeSecondFactor,
} from '../accounts/second-factor.ts';
import { endSession, endSessionsOf, listSessions } from '../accounts/sessions.ts';
import type { SessionsTable } from '../store/tables.ts';
import { browserWords } from './browser-words.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { throttled } from './sign-in-pages.ts';
import { fieldOf, type Visit, visitOf } from './visit.ts';
import { moment } from './words.ts';

/** A person's own account: password, second factor, sessions. */
export function accountRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/account', (request, reply) => sendAccount(context, request, reply));

  // Asked by the warning of the session's end, so that staying needs no reload.
  app.get('/session', (request) => {
    const { idleEnd, end } = visitOf(request).session;
    return { idleEnd: new Date(idleEnd).toISOString(), end: new Date(end).toISOString() };
  });

  app.post('/account/sessions', async (request, reply) => {
    const { account, session } = visitOf(request);
    const id = fieldOf(request.body, 'session');
    const own = (await listSessions(context, account.id)).find(({ cookie_hash }) => cookie_hash === id);
    if (own) await endSession(store, own.cookie_hash);
    else if (id === 'others') await endSessionsOf(store, account.id, session.id);
    await recordAudit(store, { at: clock.now(), accountId: account.id, action: 'session.ended', object: account.id });
    await context.live.check();
    return reply.redirect('/account', 303);
  });

  app.get('/account/second-factor', (request, reply) => sendSetUp(context, request, reply));

  app.post('/account/second-factor', async (request, reply) => {
    const { account } = visitOf(request);
    const code = fieldOf(request.body, 'code').slice(0, 16);
    const codes = await throttled(context, request, () => confirmSecondFactor(context, account.id, code));
    if (codes) return sendCodes(context, request, reply, codes);
    const text = 'The code is not right. Check that the clock of your phone is, and type the code it shows now.';
    return sendSetUp(context, request, reply, [{ field: 'code', text }]);
  });

  app.post('/account/recovery-codes', async (request, reply) => {
    const { account } = visitOf(request);
    if (!(await proven(context, request))) return sendAccount(context, request, reply, [wrongCode('codes')]);
    return sendCodes(context, request, reply, await makeRecoveryCodes(context, account.id));
  });

  app.post('/account/second-factor/remove', async (request, reply) => {
    const { account } = visitOf(request);
    if (context.passwords.secondFactorFor.includes(account.role)) {
      throw new PortcullisError(
        'notAllowed',
        'Your role needs a second factor. An ICT administrator can take it away.',
      );
    }
    if (!(await proven(context, request))) return sendAccount(context, request, reply, [wrongCode('remove')]);
    await removeSecondFactor(context, { accountId: account.id, by: account.id });
    return reply.redirect('/account', 303);
  });
}

/** A borrowed session must not be enough to change what guards the account. */
function proven(context: ConsoleContext, request: FastifyRequest): Promise<boolean> {
  const { account } = visitOf(request);
  const code = fieldOf(request.body, 'code').slice(0, 16);
  return throttled(context, request, () => proveSecondFactor(context, account.id, code));
}

function wrongCode(field: string): FormError {
  return { field, text: 'Type the code that your authenticator shows now. A code works once: wait for the next one.' };
}

function sendSetUp(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  errors: FormError[] = [],
): Promise<string> {
  const { account, todo } = visitOf(request);
  if (account.external) throw new PortcullisError('notAllowed', 'Your organisation asks for your second factor.');
  return offerSecondFactor(context, account, context.organisation).then(({ secret, address }) => {
    const image = renderSVG(address, { ecc: 'M', border: 4, pixelSize: 5 });
    const data = { image, secret: secret.replace(/.{4}(?=.)/g, '$& '), needed: todo === 'second-factor' };
    return sendPage(context, request, reply, { name: 'second-factor', title: 'Set up a second factor', errors, data });
  });
}

function sendCodes(context: ConsoleContext, request: FastifyRequest, reply: FastifyReply, codes: string[]): string {
  const title = 'Keep your recovery codes';
  return sendPage(context, request, reply, { name: 'recovery-codes', title, data: { codes } });
}

async function sendAccount(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  errors: FormError[] = [],
): Promise<string> {
  const visit = visitOf(request);
  const { account } = visit;
  const sessions = await listSessions(context, account.id);
  const end = passwordEnd(account, context.passwords);
  const data = {
    facts: [
      { term: 'User name', text: account.username },
      { term: 'Role', text: roleWords[account.role] },
      { term: 'Organisation', text: account.organisation ?? 'All organisations of this console' },
      ...(account.external ? [] : [{ term: 'Password from', moment: moment(account.passwordChangedAt) }]),
      ...(end === null ? [] : [{ term: 'To be changed by', moment: moment(end) }]),
    ],
    secondFactor: account.secondFactor,
    isLost: !(await isFactorReadable(context, account.id)),
    mayRemove: !context.passwords.secondFactorFor.includes(account.role),
    codesLeft: String(await recoveryCodesLeft(context.store, account.id)),
    sessions: sessions.map((row) => sessionView(row, visit)),
    hasOthers: sessions.length > 1,
  };
  return sendPage(context, request, reply, { name: 'account', title: 'Your account', errors, data });
}

function sessionView(row: SessionsTable, { session }: Visit) {
  return {
    id: row.cookie_hash,
    browser: browserWords(row.browser),
    since: moment(row.created_at),
    used: moment(row.last_used_at),
    current: row.cookie_hash === session.id,
  };
}
