import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '../accounts/audit.ts';
import { historyObject } from './alert-looking.ts';
import { type AlertQuery, alertParameters, alertQueryIn, alertsAddress } from './alert-query.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';

/** Where an analyst says why they look at the alerts of one named person. */
export function alertPersonRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.post('/alerts/person', async (request, reply) => {
    const query = alertQueryIn(fieldOf(request.body, 'list'));
    const reason = fieldOf(request.body, 'reason').trim().slice(0, 255);
    if (reason === '') {
      const error = { field: 'reason', text: 'Write why you look at the alerts of this person' };
      return sendReasonPage(context, request, reply, query, [error]);
    }
    await recordAudit(context.store, {
      at: context.clock.now(),
      accountId: visitOf(request).account.id,
      action: 'person.history-opened',
      object: historyObject(query.person),
      detail: reason,
    });
    return reply.redirect(alertsAddress(query), 303);
  });
}

export function sendReasonPage(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  query: AlertQuery,
  errors: FormError[] = [],
): string {
  const data = {
    person: query.person,
    list: alertParameters(query),
    without: alertsAddress({ ...query, person: '' }),
  };
  const title = 'Why do you look at the alerts of one person?';
  return sendPage(context, request, reply, { name: 'alert-person', title, section: 'alerts', errors, data });
}
