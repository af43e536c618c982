import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addSide } from '../notices/answers.ts';
import { type NoticeLink, readLink } from '../notices/links.ts';
import { acknowledge } from '../notices/notices.ts';
import { cleanNote } from './alert-form.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf } from './visit.ts';

/**
 * What a link in a mail can do without a sign-in. Opening it changes nothing, because mail scanners open every link; the
 * form on it does. It shows nothing of the notice.
 */
export function noticeLinkRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock, policies } = context;
  const linkIn = (request: FastifyRequest) => readLink(policies.signer.publicKey, tokenIn(request), clock.now());

  app.get('/notice-link', async (request, reply) => {
    const link = linkIn(request);
    return link && (await noticeOf(context, link)) ? send(context, request, reply, link) : reply.callNotFound();
  });

  app.post('/notice-link', async (request, reply) => {
    const link = linkIn(request);
    const noticeId = link && (await noticeOf(context, link));
    if (!link || noticeId === undefined) return reply.callNotFound();
    const by = { accountId: null, now: clock.now() };
    if (link.purpose === 'read') {
      await acknowledge(store, noticeId, [link.recipientId], by);
      return send(context, request, reply, link, { done: true });
    }
    const side = cleanNote(fieldOf(request.body, 'side'));
    try {
      await store.transaction().execute((tx) => addSide(tx, noticeId, side, by));
    } catch (error) {
      return send(context, request, reply, link, { side, errors: formErrors(error, 'side') });
    }
    return send(context, request, reply, link, { done: true });
  });
}

function tokenIn({ method, query, body }: FastifyRequest): string {
  return fieldOf(method === 'POST' ? body : query, 'token');
}

async function noticeOf({ store }: ConsoleContext, { recipientId, purpose }: NoticeLink): Promise<string | undefined> {
  const row = await store
    .selectFrom('notice_recipients')
    .select(['notice_id', 'part'])
    .where('id', '=', recipientId)
    .executeTakeFirst();
  return row && (purpose === 'side') === (row.part === 'person') ? row.notice_id : undefined;
}

interface LinkPage {
  done?: boolean;
  side?: string;
  errors?: FormError[];
}

const titles = { read: 'Confirm that you have read a notice', side: 'Write your side' };

function send(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { purpose }: NoticeLink,
  { done = false, side = '', errors = [] }: LinkPage = {},
): string {
  const data = { purpose, done, side, token: tokenIn(request) };
  return sendPage(context, request, reply, { name: 'notice-link', title: titles[purpose], errors, data });
}
