import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { closeDraft, type Draft, discardDraft, draftById, longestDraft, saveDraft } from '../policies/drafts.ts';
import { publishText } from '../policies/life-cycle.ts';
import { currentPolicy } from '../policies/policies.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { agreedIn, typedAgreement } from './policy-page.ts';
import { compared, findingsIn, findingsSummary } from './policy-view.ts';
import { fieldOf, visitOf } from './visit.ts';
import { seesWholeOrganisation } from './whole-organisation.ts';
import { moment } from './words.ts';

interface Params {
  Params: { id: string };
}

/** A form doubles line ends and escapes much of what YAML is written with. */
const bodyLimit = 4 * longestDraft;

/** A change of the policy in the making: written, looked over, compared, published. */
export function policyDraftRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get<Params>('/policy/drafts/:id', async (request, reply) => {
    const draft = await visibleDraft(context, request, request.params.id);
    return draft ? sendDraft(context, request, reply, { draft }) : reply.callNotFound();
  });

  app.post('/policy/lint', { bodyLimit }, (request, reply) => {
    const findings = findingsIn(textIn(request), clock.now());
    return reply.send({ findings, summary: findingsSummary(findings) });
  });

  app.post<Params>('/policy/drafts/:id', { bodyLimit }, async (request, reply) => {
    const draft = await visibleDraft(context, request, request.params.id);
    if (!draft) return reply.callNotFound();
    const text = textIn(request);
    try {
      const revision = await saveDraft(store, { id: draft.id, text, seen: seenIn(request) }, editing(context, request));
      if (isScript(request)) return reply.send({ revision, at: moment(clock.now()).words });
      return reply.redirect(`/policy/drafts/${draft.id}?done=saved`, 303);
    } catch (error) {
      if (!(error instanceof PortcullisError)) throw error;
      if (isScript(request)) return reply.code(409).send({ code: error.code, says: error.message });
      return sendDraft(context, request, reply, {
        draft,
        unsaved: text,
        errors: [{ field: 'text', text: error.message }],
      });
    }
  });

  app.post<Params>('/policy/drafts/:id/discard', async (request, reply) => {
    const draft = await visibleDraft(context, request, request.params.id);
    if (!draft) return reply.callNotFound();
    await discardDraft(store, draft.id, seenIn(request), editing(context, request));
    return reply.redirect('/policy', 303);
  });

  app.post<Params>('/policy/drafts/:id/publish', async (request, reply) => {
    const draft = await visibleDraft(context, request, request.params.id);
    if (!draft) return reply.callNotFound();
    const errors = await publish(context, request, draft);
    if (typeof errors === 'number') return reply.redirect(`/policy?published=${errors}`, 303);
    return sendDraft(context, request, reply, { draft, errors });
  });
}

/** @returns the new version, or what stands against it */
async function publish(context: ConsoleContext, request: FastifyRequest, draft: Draft): Promise<number | FormError[]> {
  const { agreed, errors } = agreedIn(context, request);
  if (draft.state !== 'open')
    errors.push({ field: 'publish', text: 'This draft was published or thrown away already.' });
  if (seenIn(request) !== draft.revision) {
    errors.push({
      field: 'publish',
      text: 'The draft has changed since you looked it over. Look at it again, then publish it.',
    });
  }
  if (errors.length > 0) return errors;
  try {
    const { version } = await publishText({ store: context.store, ...context.policies }, draft.text, agreed);
    await closeDraft(context.store, draft.id, version);
    return version;
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    return [{ field: 'text', text: error.message }];
  }
}

export async function visibleDraft(
  context: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<Draft | undefined> {
  return (await seesWholeOrganisation(context, request)) ? draftById(context.store, id) : undefined;
}

/** As a file would have it, however the browser sends line ends. */
function textIn(request: FastifyRequest): string {
  return fieldOf(request.body, 'text').replaceAll('\r\n', '\n');
}

function seenIn(request: FastifyRequest): number {
  return Number(fieldOf(request.body, 'revision'));
}

function isScript({ headers }: FastifyRequest): boolean {
  return headers.accept === 'application/json';
}

function editing({ clock }: ConsoleContext, request: FastifyRequest) {
  return { accountId: visitOf(request).account.id, now: clock.now() };
}

interface SentDraft {
  draft: Draft;
  /** A text that could not be kept: it comes back in the editor, so that nothing typed is lost. */
  unsaved?: string;
  errors?: FormError[];
}

async function sendDraft(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { draft, unsaved, errors = [] }: SentDraft,
): Promise<string> {
  const current = await currentPolicy(context.store);
  const text = unsaved ?? draft.text;
  const findings = findingsIn(text, context.clock.now());
  const isOpen = draft.state === 'open';
  return sendPage(context, request, reply, {
    name: 'policy-draft',
    title: `Draft: ${draft.name}`,
    section: 'policy',
    errors,
    data: {
      id: draft.id,
      revision: draft.revision,
      text,
      editor: draft.editor,
      updated: moment(draft.updated_at),
      base: draft.base_version,
      current: current?.version,
      isBehind: current !== undefined && draft.base_version < current.version,
      isOpen,
      published: draft.published_version,
      theirs: unsaved === undefined ? undefined : compared(draft.text, unsaved),
      findings,
      summary: findingsSummary(findings),
      hasErrors: findings.some(({ level }) => level === 'error'),
      comparison: current && compared(current.signed.text, text),
      mayChange: isOpen && mayUse(visitOf(request).account.role, 'POST /policy/drafts/:id'),
      replay: context.policies.replays.of(draft.id) !== undefined,
      typed: typedAgreement(request),
      done: fieldOf(request.query, 'done') === 'saved' ? 'The draft is saved.' : undefined,
    },
  });
}
