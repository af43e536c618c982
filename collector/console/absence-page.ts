import type { FastifyInstance } from 'fastify';
import { addAbsence, removeAbsence } from '../register/absences.ts';
import { formErrors } from './form-errors.ts';
import type { ConsoleContext } from './layout.ts';
import { personInScope, sendPerson } from './people-pages.ts';
import { fieldOf, visitOf } from './visit.ts';

/** Days on which somebody is away, so that notices go to their deputy. Only the days: the reason is nobody's business. */
export function absenceRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.post<{ Params: { id: string } }>('/people/:id/absences', async (request, reply) => {
    const person = await personInScope(context, request, request.params.id);
    if (!person) return reply.callNotFound();
    const by = { accountId: visitOf(request).account.id, now: clock.now() };
    const [from, to, id] = ['from', 'to', 'remove'].map((name) => fieldOf(request.body, name).trim());
    try {
      if (id) await removeAbsence(store, { personId: person.id, id }, by);
      else await addAbsence(store, { personId: person.id, from: from ?? '', to: to ?? '' }, by);
    } catch (error) {
      return sendPerson(context, request, reply, {
        person,
        absence: { from: from ?? '', to: to ?? '' },
        errors: formErrors(error, 'from'),
      });
    }
    return reply.redirect(`/people/${person.id}#absences`, 303);
  });
}
