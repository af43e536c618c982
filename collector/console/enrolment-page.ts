import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enrolmentCode } from '#shared/protocol/protocol.ts';
import { cleanText } from '#shared/text.ts';
import { recordAudit } from '../accounts/audit.ts';
import { createToken, type ListedToken, listTokens, revokeToken, tokenLimits } from '../gateway/tokens.ts';
import { checkEnrolment } from '../transparency/go-live.ts';
import { mayUse } from './access.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

interface Form {
  note: string;
  uses: string;
  days: string;
}
const usual: Form = { note: '', uses: '1', days: '7' };

/** Where tokens are made and revoked, with the command lines that use them. */
export function enrolmentRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  interface Shown {
    form?: Form;
    errors?: FormError[];
    made?: object;
  }
  async function answer(request: FastifyRequest, reply: FastifyReply, { form = usual, errors = [], made }: Shown = {}) {
    const tokens = await listTokens(store);
    const now = clock.now();
    const data = {
      form,
      limits: tokenLimits,
      made,
      done:
        fieldOf(request.query, 'done') === 'revoked'
          ? 'The token is revoked. Nothing can enrol with it any more.'
          : undefined,
      mayMake: mayUse(visitOf(request).account.role, 'POST /enrolment'),
      tokens: tokens.map((token) => tokenRow(token, now)),
    };
    return sendPage(context, request, reply, {
      name: 'enrolment',
      title: 'Enrolment',
      section: 'enrolment',
      data,
      errors,
    });
  }

  app.get('/enrolment', (request, reply) => answer(request, reply));

  app.post('/enrolment', async (request, reply) => {
    const form = readForm(request.body);
    const errors = faultsOf(form);
    if (errors.length > 0) return answer(request, reply, { form, errors });
    const { id: accountId } = visitOf(request).account;
    const now = clock.now();
    const [uses, days] = [Number(form.uses), Number(form.days)];
    const refusal = await checkEnrolment(store, uses, now).catch((error: unknown) => formErrors(error, 'uses'));
    if (refusal) return answer(request, reply, { form, errors: refusal });
    const token = await store.transaction().execute(async (tx) => {
      const detail = `${counted(uses, 'computer')}, ${counted(days, 'day')}`;
      await recordAudit(tx, { at: now, accountId, action: 'token.made', detail });
      return createToken(tx, now, { note: cleanText(form.note) || null, uses, days, madeBy: accountId });
    });
    // Answered at once and not after a redirect: the code exists in this answer only.
    const code = enrolmentCode(token, context.fingerprint);
    return answer(request, reply, {
      made: { uses: counted(uses, 'computer'), days: counted(days, 'day'), commands: commands(request, code) },
    });
  });

  app.post<{ Params: { id: string } }>('/enrolment/:id/revoke', async (request, reply) => {
    const { id: accountId } = visitOf(request).account;
    const now = clock.now();
    const { id } = request.params;
    const revoked = await store.transaction().execute(async (tx) => {
      if (!(await revokeToken(tx, id, now))) return false;
      await recordAudit(tx, { at: now, accountId, action: 'token.revoked', object: id });
      return true;
    });
    return revoked ? reply.redirect('/enrolment?done=revoked', 303) : reply.callNotFound();
  });
}

/** The command for each system, with the address under which this page was opened. */
function commands(request: FastifyRequest, code: string) {
  const enrol = `portcullis-agent enrol --collector https://${request.host} --code ${code}`;
  return [
    { id: 'linux', title: 'Linux and macOS, in a terminal', line: `sudo ${enrol}` },
    { id: 'windows', title: 'Windows, in a terminal run as administrator', line: enrol },
    {
      id: 'checkout',
      title: 'From a checkout, for a trial',
      line: `npm run agent -- ${enrol.replace('portcullis-agent ', '')}`,
    },
  ];
}

function readForm(body: unknown): Form {
  return { note: fieldOf(body, 'note').trim(), uses: fieldOf(body, 'uses').trim(), days: fieldOf(body, 'days').trim() };
}

function faultsOf({ uses, days }: Form): FormError[] {
  const within = (text: string, most: number) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= most;
  return [
    ...(within(uses, tokenLimits.uses)
      ? []
      : [{ field: 'uses', text: `Enter a number of computers from 1 to ${tokenLimits.uses}` }]),
    ...(within(days, tokenLimits.days)
      ? []
      : [{ field: 'days', text: `Enter a number of days from 1 to ${tokenLimits.days}` }]),
  ];
}

function tokenRow(token: ListedToken, now: number) {
  const state = stateOf(token, now);
  return {
    id: token.id,
    note: token.note ?? 'No note',
    state: tags[state],
    isValid: state === 'valid',
    used: `${token.uses} of ${token.uses_allowed}`,
    made: moment(token.created_at),
    maker: token.maker ?? 'a command at the collector',
    ends: moment(token.expires_at),
  };
}

type TokenState = 'valid' | 'used' | 'expired' | 'revoked';
const tags: Record<TokenState, Tag> = {
  valid: { text: 'Valid', colour: 'green' },
  used: { text: 'Used up', colour: 'grey' },
  expired: { text: 'Expired', colour: 'grey' },
  revoked: { text: 'Revoked', colour: 'grey' },
};

function stateOf({ revoked_at, uses, uses_allowed, expires_at }: ListedToken, now: number): TokenState {
  if (revoked_at !== null) return 'revoked';
  if (uses >= uses_allowed) return 'used';
  return expires_at <= now ? 'expired' : 'valid';
}
