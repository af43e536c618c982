import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { type ConsoleContext, sendPage } from './layout.ts';

const statuses: Partial<Record<string, number>> = {
  formRefused: 403,
  notAllowed: 403,
  signOnRefused: 403,
  signOnAway: 503,
  tooManyFailures: 429,
  usernameTaken: 409,
  draftChanged: 409,
  draftClosed: 409,
  busy: 503,
  weakPassword: 422,
};
const titles: Partial<Record<number, string>> = {
  403: 'You cannot do this',
  404: 'Page not found',
  429: 'Too many attempts',
  500: 'Something went wrong',
  503: 'Busy at the moment',
};
const advice: Partial<Record<number, string>> = {
  400: 'The request could not be understood. Go back and try again.',
  404: 'Check the address. An alert or computer may also have been removed when its time of keeping was over.',
  413: 'What you sent is too long.',
  429: 'There were too many attempts from your network address. Wait five minutes and try again.',
};

/** Answers faults with a page in the common frame. */
export function errorPages(app: FastifyInstance, context: ConsoleContext): void {
  app.setNotFoundHandler((request, reply) => sendError(context, request, reply, 404));
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (error instanceof PortcullisError && status !== 500) {
      return sendError(context, request, reply, status, error.message);
    }
    return sendError(context, request, reply, status, undefined, status === 500 ? error : undefined);
  });
}

function statusOf(error: unknown): number {
  if (error instanceof PortcullisError) return statuses[error.code] ?? 500;
  const status = Object(error).statusCode as unknown;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function sendError(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  words?: string,
  cause?: unknown,
): FastifyReply {
  const reference = randomUUID();
  if (cause !== undefined) context.log.error({ reference, ...trace(cause) }, 'a page failed');
  const page = sendPage(context, request, reply, {
    name: 'error',
    title: titles[status] ?? 'This did not work',
    data: { words: words ?? advice[status], reference, ours: status >= 500 },
  });
  return reply.code(status).send(page);
}

/** Where it happened, without the message: that may hold what somebody typed. */
function trace(error: unknown): { code: string; at: string[] } {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return { code: errorCode(error), at: lines.filter((line) => /^\s+at /.test(line)).slice(0, 8) };
}
