import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { type FirstUse, firstUse, inAdvance } from '../approvals/first-use.ts';
import { type RequestRow, requestById } from '../approvals/request-list.ts';
import { type Actor, decideRequest, decidesAs, mayWithdraw, withdrawRequest } from '../approvals/requests.ts';
import { mayUse } from './access.ts';
import { cleanNote } from './alert-form.ts';
import { policyInForce, requestViewer } from './approval-list-page.ts';
import { advanceTags, kindWords, partWords, remaining, requestFacts, stageTag } from './approval-words.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { moment } from './words.ts';

interface Params {
  Params: { id: string };
}

/** One request: what is asked for, who may decide, whether that is in advance, and what became of it. */
export function approvalRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<Params>('/approvals/:id', async (request, reply) => {
    const row = await visibleRequest(context, request, request.params.id);
    return row ? sendApproval(context, request, reply, { row }) : reply.callNotFound();
  });

  app.post<Params>('/approvals/:id', async (request, reply) => {
    const row = await visibleRequest(context, request, request.params.id);
    if (!row) return reply.callNotFound();
    const fault = await act(context, request, row);
    if (fault) return sendApproval(context, request, reply, { row, fault });
    return reply.redirect(`/approvals/${row.id}?done=${fieldOf(request.body, 'action')}`, 303);
  });
}

async function visibleRequest(
  context: ConsoleContext,
  request: FastifyRequest,
  id: string,
): Promise<RequestRow | undefined> {
  return requestById(context.store, await requestViewer(context, request), id, context.clock.now());
}

/** @returns what stands against it, for the person to read */
async function act(context: ConsoleContext, request: FastifyRequest, row: RequestRow): Promise<FormError | undefined> {
  const parts = { store: context.store, policy: await policyInForce(context), now: context.clock.now() };
  const by = actorOf(request);
  const action = fieldOf(request.body, 'action');
  const reason = cleanNote(fieldOf(request.body, 'reason')).slice(0, 255);
  try {
    if (action === 'withdrawn') await withdrawRequest(parts, row.id, by);
    else if (action === 'granted' || action === 'refused') {
      await decideRequest(parts, { requestId: row.id, granted: action === 'granted', reason }, by);
    } else return { field: 'reason', text: 'Choose whether to grant or refuse it' };
    return undefined;
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return { field: error instanceof InvalidError ? 'reason' : 'actions', text: error.message };
  }
}

export function actorOf(request: FastifyRequest): Actor {
  const { id, username, displayName, role } = visitOf(request).account;
  return { id, username, displayName, role };
}

const doneWords = new Map([
  ['made', 'Your request is in the queue.'],
  ['granted', 'You have granted this request. Computers that are connected hear of it within seconds.'],
  ['refused', 'You have refused this request.'],
  ['withdrawn', 'The request is withdrawn. Computers that are connected hear of it within seconds.'],
]);

async function sendApproval(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { row, fault }: { row: RequestRow; fault?: FormError },
): Promise<string> {
  const policy = await policyInForce(context);
  const now = context.clock.now();
  const by = actorOf(request);
  const use = await firstUse(context.store, row);
  return sendPage(context, request, reply, {
    name: 'approval',
    title: `${kindWords[row.kind]}: request`,
    section: 'approvals',
    errors: fault ? [fault] : [],
    data: {
      id: row.id,
      stage: stageTag(row.stage),
      remaining: remaining(row, now),
      facts: requestFacts(row),
      approver: approverView(policy, row),
      decision: decisionView(row),
      advance: advanceView(row, use, now),
      alert: row.alert_id !== null && mayUse(by.role, 'GET /alerts/:id') ? `/alerts/${row.alert_id}` : undefined,
      renews: row.renews_id === null ? undefined : `/approvals/${row.renews_id}`,
      own: row.stage === 'waiting' && row.requester_id === by.id,
      mayDecide:
        row.stage === 'waiting' && row.requester_id !== by.id && decidesAs(policy, row.kind, by.role) !== undefined,
      mayWithdraw: mayUse(by.role, 'POST /approvals/:id') && mayWithdraw(row, policy, by, now),
      renew:
        (row.stage === 'in-force' || row.stage === 'over') && mayUse(by.role, 'GET /approvals/new')
          ? `/approvals/new?renew=${row.id}`
          : undefined,
      typed: fault ? fieldOf(request.body, 'reason').slice(0, 255) : '',
      done: doneWords.get(fieldOf(request.query, 'done')),
    },
  });
}

function approverView({ approvers }: Pick<Policy, 'approvers'>, { kind }: RequestRow) {
  const approver = approvers?.[kind];
  if (!approver) return { who: 'nobody under the policy in force', clause: undefined };
  return { who: approver.roles.map(partWords).join(' or '), clause: approver.clause };
}

function decisionView(row: RequestRow) {
  if (row.decided_at === null) return undefined;
  return {
    verdict: row.state === 'refused' ? 'Refused' : 'Granted',
    by: row.decider ?? 'A former account',
    as: row.decided_as === null ? undefined : partWords(row.decided_as),
    clause: row.clause,
    at: moment(row.decided_at),
    reason: row.decision_reason,
    withdrawn: row.withdrawn_at === null ? undefined : moment(row.withdrawn_at),
  };
}

/** The policies ask for a decision in advance: this says whether it was one, and by what that is judged. */
function advanceView(row: RequestRow, use: FirstUse | undefined, now: number) {
  if (row.stage === 'refused' || (row.stage === 'withdrawn' && row.decided_at === null)) return undefined;
  const verdict = inAdvance(use, row.decided_at ?? now);
  return {
    tag: advanceTags[verdict],
    decided: row.decided_at !== null,
    what: use?.what,
    at: use?.at === null || use === undefined ? undefined : moment(use.at),
    verdict,
  };
}
