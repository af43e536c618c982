import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '../accounts/audit.ts';
import { type Block, pdf } from '../documents/pdf.ts';
import { currentPolicy } from '../policies/policies.ts';
import { dpia } from '../transparency/dpia.ts';
import {
  type GoLiveStep,
  goLiveSteps,
  goLiveWords,
  missingSteps,
  recordedSteps,
  recordStep,
  trialComputers,
} from '../transparency/go-live.ts';
import { staffNotice } from '../transparency/staff-notice.ts';
import { mayUse } from './access.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { dayInWords, dayOf } from './words.ts';

/** What staff are told, the draft of the impact assessment, and what had to be decided before they are watched. */
export function transparencyRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    refused?: { form: StepForm; errors: FormError[] },
  ) {
    const recorded = await recordedSteps(store);
    const missing = missingSteps(recorded);
    const data = {
      steps: goLiveSteps.map((step) => stepView(step, recorded[step])),
      missing: missing.length > 0,
      trialComputers,
      form: refused?.form ?? { step: missing[0] ?? 'staff-notice', reference: '', decidedOn: '', decidedBy: '' },
      options: goLiveSteps.map((value) => ({ value, text: goLiveWords[value] })),
      mayRecord: mayUse(visitOf(request).account.role, 'POST /transparency'),
      maySeeDpia: mayUse(visitOf(request).account.role, 'GET /transparency/dpia'),
      done: fieldOf(request.query, 'done') === 'recorded' ? 'The step is recorded.' : undefined,
    };
    const page = { name: 'transparency', title: 'Transparency', section: 'transparency', data } as const;
    return sendPage(context, request, reply, { ...page, errors: refused?.errors ?? [] });
  }

  app.get('/transparency', (request, reply) => answer(request, reply));

  app.post('/transparency', async (request, reply) => {
    const form = readForm(request.body);
    const { id: by } = visitOf(request).account;
    const now = clock.now();
    try {
      await store.transaction().execute(async (tx) => {
        await recordStep(tx, { ...form, by, now });
        const detail = `${goLiveWords[form.step]}: ${form.reference}`;
        await recordAudit(tx, { at: now, accountId: by, action: 'go-live.recorded', object: form.step, detail });
      });
    } catch (error) {
      return answer(request, reply, { form, errors: formErrors(error, 'reference') });
    }
    return reply.redirect('/transparency?done=recorded', 303);
  });

  for (const [path, make] of [
    ['staff-notice', noticeOf],
    ['dpia', dpiaOf],
  ] as const) {
    app.get(`/transparency/${path}`, async (request, reply) => {
      const made = await make(context);
      if (!made) return reply.callNotFound();
      const { title, blocks } = made;
      if (fieldOf(request.query, 'as') !== 'pdf')
        return sendPage(context, request, reply, {
          name: 'document',
          title,
          section: 'transparency',
          data: { blocks },
        });
      const footer = `${context.organisation} · ${dayInWords(dayOf(clock.now()))}`;
      void reply.type('application/pdf').header('content-disposition', `attachment; filename="${path}.pdf"`);
      return reply.send(await pdf(blocks, { title, at: clock.now(), footer }));
    });
  }
}

interface Document {
  title: string;
  blocks: Block[];
}

/** Undefined before a policy was published: then there is nothing to tell of. */
async function factsOf({ store, organisation, clock }: ConsoleContext) {
  const published = await currentPolicy(store);
  if (!published) return undefined;
  return { policy: published.policy, policyVersion: published.version, organisation, day: dayOf(clock.now()) };
}

async function noticeOf(context: ConsoleContext): Promise<Document | undefined> {
  const facts = await factsOf(context);
  return facts && { title: 'What is recorded on your computer', blocks: staffNotice(facts) };
}

async function dpiaOf(context: ConsoleContext): Promise<Document | undefined> {
  const { store } = context;
  const facts = await factsOf(context);
  if (!facts) return undefined;
  const count = async (table: 'computers' | 'people') => {
    const counted = store.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('count'));
    return (await counted.executeTakeFirstOrThrow()).count;
  };
  // The collector has a row of its own among the computers.
  const computers = Math.max(0, (await count('computers')) - 1);
  const steps = await recordedSteps(store);
  const blocks = dpia({ ...facts, computers, people: await count('people'), steps });
  return { title: 'Data protection impact assessment', blocks };
}

interface StepForm {
  step: GoLiveStep;
  reference: string;
  decidedOn: string;
  decidedBy: string;
}

function readForm(body: unknown): StepForm {
  const word = fieldOf(body, 'step');
  return {
    step: goLiveSteps.find((step) => step === word) ?? 'staff-notice',
    reference: fieldOf(body, 'reference'),
    decidedOn: fieldOf(body, 'decidedOn').trim(),
    decidedBy: fieldOf(body, 'decidedBy'),
  };
}

function stepView(step: GoLiveStep, record: Awaited<ReturnType<typeof recordedSteps>>[GoLiveStep]) {
  return {
    text: goLiveWords[step],
    record: record && {
      reference: record.reference,
      day: dayInWords(record.decided_on),
      by: record.decided_by,
    },
  };
}
