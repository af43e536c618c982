import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { lastKnownState } from '../incidents/freeze.ts';
import { incidentRules } from '../incidents/incident-rules.ts';
import { type Loss, loseComputer, loseMedium } from '../incidents/lost.ts';
import { frozenBlocks } from '../incidents/report.ts';
import { currentPolicy } from '../policies/policies.ts';
import { computerById } from '../register/computer.ts';
import { mediaLine } from '../register/media-register.ts';
import { mayUse } from './access.ts';
import { cleanNote } from './alert-form.ts';
import { partWords } from './approval-words.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { mediumName } from './media-words.ts';
import { fieldOf, visitOf } from './visit.ts';

interface Params {
  Params: { id: string };
}

/** A computer or medium that is lost or stolen: what would be frozen is shown, and one form does it all. */
export function lostRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store } = context;
  for (const kind of ['computers', 'media'] as const) {
    app.get<Params>(`/${kind}/:id/lost`, async (request, reply) => {
      const thing = await thingOf(kind, request.params.id);
      return thing ? sendLost(request, reply, thing) : reply.callNotFound();
    });
    app.post<Params>(`/${kind}/:id/lost`, async (request, reply) => {
      const thing = await thingOf(kind, request.params.id);
      if (!thing) return reply.callNotFound();
      const loss = lossOf(request);
      const lose = kind === 'computers' ? loseComputer : loseMedium;
      try {
        const { id, computerId, alertIds } = await store
          .transaction()
          .execute((tx) => lose(tx, request.params.id, loss));
        context.changes.publish({ computerId, events: [], alertIds });
        const mayLook = mayUse(visitOf(request).account.role, 'GET /incidents/:id');
        return reply.redirect(mayLook ? `/incidents/${id}?done=opened` : thing.back, 303);
      } catch (error) {
        return sendLost(request, reply, thing, formErrors(error, 'note'));
      }
    });
  }

  function lossOf(request: FastifyRequest): Loss {
    const { account } = visitOf(request);
    const note = cleanNote(fieldOf(request.body, 'note')).slice(0, 2000);
    return { note, by: account.displayName, accountId: account.id, now: context.clock.now() };
  }

  async function thingOf(kind: 'computers' | 'media', id: string) {
    const now = context.clock.now();
    if (kind === 'computers') {
      const computer = await computerById(store, id);
      return (
        computer && {
          name: computer.hostname,
          back: `/computers/${id}`,
          state: await lastKnownState(store, { computerId: id }, now),
        }
      );
    }
    const row = await mediaLine(store, id);
    return (
      row && {
        name: mediumName(row),
        back: `/media/${id}`,
        state: await lastKnownState(store, { mediumLine: id }, now),
      }
    );
  }

  async function sendLost(
    request: FastifyRequest,
    reply: FastifyReply,
    { name, back, state }: NonNullable<Awaited<ReturnType<typeof thingOf>>>,
    errors: FormError[] = [],
  ) {
    const published = await currentPolicy(store);
    const told = incidentRules(published?.policy.profile ?? '').lost.map(partWords);
    const typed = errors.length > 0 ? fieldOf(request.body, 'note').slice(0, 2000) : '';
    const data = { thing: name, back, blocks: frozenBlocks(state), told: told.join(', '), typed };
    return sendPage(context, request, reply, {
      name: 'lost',
      title: `Lost or stolen: ${name}`,
      section: 'incidents',
      data,
      errors,
    });
  }
}
