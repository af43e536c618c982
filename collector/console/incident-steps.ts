import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { decide, isBody } from '../incidents/decisions.ts';
import { listEvidence } from '../incidents/evidence-list.ts';
import type { IncidentRow } from '../incidents/incident-list.ts';
import { type IncidentStep, incidentSteps } from '../incidents/life-cycle.ts';
import { holdsNhsNumber } from '../incidents/personal-data.ts';
import { changeRecommendation, recommend } from '../incidents/recommendations.ts';
import { mayWrite } from '../incidents/rights.ts';
import { type Doer, takeStep } from '../incidents/steps.ts';
import { written } from '../incidents/timeline.ts';
import type { StoreTransaction } from '../store/tables.ts';
import { cleanNote } from './alert-form.ts';
import { formErrors } from './form-errors.ts';
import { doerOf, incidentSeen } from './incident-looking.ts';
import { sendIncident } from './incident-page.ts';
import { sendApprovalPage } from './incident-papers.ts';
import type { ConsoleContext, FormError } from './layout.ts';
import { fieldOf } from './visit.ts';

/** Everything that is done with an incident but writing its parts: one form field says what. */
export function incidentStepRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.post<{ Params: { id: string } }>('/incidents/:id', async (request, reply) => {
    const row = await incidentSeen(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const action = fieldOf(request.body, 'action');
    const faults = await faultsOf(context, request, row, action);
    if (faults.length > 0) {
      const isVerdict = action === 'approve' || action === 'return';
      return (isVerdict ? sendApprovalPage : sendIncident)(context, request, reply, row, faults);
    }
    return reply.redirect(`/incidents/${row.id}?done=${action}`, 303);
  });
}

/** Where the form of each action begins, for the link of its fault. */
const firstField: Partial<Record<string, string>> = {
  dismiss: 'dismiss-reason',
  assign: 'assign-investigator',
  reopen: 'reopen-reason',
  approve: 'reason',
  return: 'reason',
  decide: 'decide-reason',
  recommend: 'recommend-what',
  evidence: 'evidence-what',
  note: 'note-note',
};

async function faultsOf(
  context: ConsoleContext,
  request: FastifyRequest,
  row: IncidentRow,
  action: string,
): Promise<FormError[]> {
  const by = doerOf(context, request);
  try {
    await context.store.transaction().execute((tx) => act(tx, request, row, action, by));
    return [];
  } catch (error) {
    return formErrors(error, firstField[action] ?? 'actions');
  }
}

async function act(
  tx: StoreTransaction,
  request: FastifyRequest,
  row: IncidentRow,
  action: string,
  by: Doer,
): Promise<void> {
  const { body } = request;
  const field = (name: string) => fieldOf(body, name);
  const step = incidentSteps.find((one): one is IncidentStep => one === action);
  if (step) {
    const [seen, investigatorId] = [Number(field('revision')), field('investigator')];
    return takeStep(tx, { incidentId: row.id, step, seen, reason: field('reason'), investigatorId }, by);
  }
  switch (action) {
    case 'decide': {
      const who = field('body');
      if (!isBody(who)) throw new InvalidError('Choose whom the decision is about.');
      const answer = field('told');
      if (answer !== 'yes' && answer !== 'no') throw new InvalidError('Say whether they are told.');
      return decide(
        tx,
        row.id,
        { body: who, told: answer === 'yes', reason: field('reason'), reference: field('reference') },
        by,
      );
    }
    case 'recommend':
      demandWriter(row, by);
      return recommend(tx, row.id, { action: field('what'), owner: field('owner'), dueOn: field('due') }, by);
    case 'follow-up':
      demandWriter(row, by);
      return changeRecommendation(
        tx,
        row.id,
        { id: field('recommendation'), status: statusIn(body), effect: field('effect') },
        by,
      );
    case 'evidence':
      demandWriter(row, by);
      return listEvidence(tx, row.id, { what: field('what'), keptAt: field('kept'), sha256: field('sha256') }, by);
    case 'note':
      return note(tx, row, cleanNote(field('note')), by);
    default:
      throw new InvalidError('Choose what to do.');
  }
}

function demandWriter(row: IncidentRow, by: Doer): void {
  if (mayWrite(by, row)) return;
  throw new PortcullisError('notAllowed', 'This is left to those who look after incidents, and to the investigator.');
}

function statusIn(body: unknown): 'open' | 'done' | 'withdrawn' {
  const status = (['open', 'done', 'withdrawn'] as const).find((one) => one === fieldOf(body, 'status'));
  if (!status) throw new InvalidError('Say how the recommendation stands.');
  return status;
}

const longestNote = 2000;

/** Whoever sees an incident may say something to it: supervisors and owners as well. */
async function note(
  tx: StoreTransaction,
  { id }: IncidentRow,
  text: string,
  { accountId, now: at }: Doer,
): Promise<void> {
  if (text === '') throw new InvalidError('Write a note first.');
  if (text.length > longestNote) throw new InvalidError(`Use no more than ${longestNote} characters.`);
  if (holdsNhsNumber(text)) throw new InvalidError('The note holds what can be an NHS number. Leave it out.');
  await written(tx, id, 'incident.noted', { at, accountId, action: 'noted', note: text });
}
