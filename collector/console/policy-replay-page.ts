import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { Draft } from '../policies/drafts.ts';
import { draftAgainstCurrent } from '../policies/replay-draft.ts';
import type { ReplayJob } from '../policies/replay-jobs.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { visibleDraft } from './policy-draft-page.ts';
import { replayView } from './policy-view.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

interface Params {
  Params: { id: string };
}

const daysOffered = [7, 30, 90] as const;

/** What a draft would have decided otherwise, worked out over the events that are stored. */
export function policyReplayRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<Params>('/policy/drafts/:id/replay', async (request, reply) => {
    const draft = await visibleDraft(context, request, request.params.id);
    return draft ? sendReplay(context, request, reply, draft) : reply.callNotFound();
  });

  app.post<Params>('/policy/drafts/:id/replay', async (request, reply) => {
    const draft = await visibleDraft(context, request, request.params.id);
    if (!draft) return reply.callNotFound();
    const fault = await start(context, request, draft);
    if (fault) return sendReplay(context, request, reply, draft, [fault]);
    return reply.redirect(`/policy/drafts/${draft.id}/replay`, 303);
  });
}

/** @returns what stands against it */
async function start(
  { store, clock, policies }: ConsoleContext,
  request: FastifyRequest,
  { id, revision, text }: Draft,
): Promise<FormError | undefined> {
  const days = daysOffered.find((one) => String(one) === fieldOf(request.body, 'days')) ?? 30;
  const now = clock.now();
  try {
    policies.replays.start(id, { revision, days, now }, await draftAgainstCurrent(store, { text, days, now }));
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return { field: 'days', text: error.message };
  }
  const accountId = visitOf(request).account.id;
  await recordAudit(store, { at: now, accountId, action: 'policy.replayed', object: id, detail: counted(days, 'day') });
  return undefined;
}

function sendReplay(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  draft: Draft,
  errors: FormError[] = [],
): string {
  const job = context.policies.replays.of(draft.id);
  return sendPage(context, request, reply, {
    name: 'policy-replay',
    title: `Replay of ${draft.name}`,
    section: 'policy',
    errors,
    data: {
      back: `/policy/drafts/${draft.id}`,
      address: `/policy/drafts/${draft.id}/replay`,
      mayStart: draft.state === 'open' && mayUse(visitOf(request).account.role, 'POST /policy/drafts/:id/replay'),
      days: daysOffered.map((days) => ({ value: String(days), text: `Last ${days} days` })),
      chosen: String(job?.days ?? 30),
      job: job && jobView(job, draft),
    },
  });
}

function jobView({ state, read, total, days, startedAt, revision, found }: ReplayJob, draft: Draft) {
  return {
    state,
    read,
    total,
    progress:
      total === 0 ? 'Counting the events' : `${counted(read, 'event')} of ${total.toLocaleString('en-GB')} decided`,
    days,
    started: moment(startedAt),
    isStale: revision !== draft.revision,
    found: found && replayView(found),
  };
}
