import type { FastifyInstance, FastifyRequest } from 'fastify';
import { permissionKinds } from '#shared/policy/approvers.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { scopeOf } from '../accounts/scope.ts';
import {
  listRequests,
  type RequestRow,
  type RequestStage,
  type RequestViewer,
  requestCounts,
  requestStages,
} from '../approvals/request-list.ts';
import { decidesAs } from '../approvals/requests.ts';
import { currentPolicy } from '../policies/policies.ts';
import { mayUse } from './access.ts';
import { kindWords, partWords, remaining, stageTag, subjectWords } from './approval-words.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

/** One queue for everything that somebody has to permit. */
export function approvalListRoute(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/approvals', async (request, reply) => {
    const stage = requestStages.find((word) => word === fieldOf(request.query, 'stage'));
    const kind = permissionKinds.find((word) => word === fieldOf(request.query, 'kind'));
    const viewer = await requestViewer(context, request);
    const now = context.clock.now();
    const rows = await listRequests(context.store, viewer, { ...(stage && { stages: [stage] }), kind }, now);
    const counts = await requestCounts(context.store, viewer, now);
    const policy = await policyInForce(context);
    const { role, id } = visitOf(request).account;
    return sendPage(context, request, reply, {
      name: 'approval-list',
      title: 'Approvals',
      section: 'approvals',
      data: {
        figures: figures(counts, stage),
        kind: kind ?? '',
        stage: stage ?? '',
        kinds: [
          { value: '', text: 'Any kind' },
          ...permissionKinds.map((value) => ({ value, text: kindWords[value] })),
        ],
        summary: counted(rows.length, 'request'),
        rows: rows.map((row) => ({
          ...rowView(row, now),
          mine: row.requester_id !== id && row.stage === 'waiting' && decidesAs(policy, row.kind, role) !== undefined,
        })),
        mayRequest: mayUse(role, 'POST /approvals/new'),
        isNarrowed: stage !== undefined || kind !== undefined,
        approvers: approversOf(policy),
      },
    });
  });
}

export async function requestViewer({ store }: ConsoleContext, request: FastifyRequest): Promise<RequestViewer> {
  const { account } = visitOf(request);
  return { accountId: account.id, scope: await scopeOf(store, account) };
}

/** Nobody may permit anything before the first policy. */
export async function policyInForce({ store }: ConsoleContext): Promise<Pick<Policy, 'approvers'>> {
  return (await currentPolicy(store))?.policy ?? {};
}

function figures(counts: Record<RequestStage, number>, current: RequestStage | undefined) {
  return requestStages.map((stage) => ({
    ...stageTag(stage),
    count: counts[stage].toLocaleString('en-GB'),
    href: `/approvals?stage=${stage}`,
    current: stage === current,
  }));
}

function rowView(row: RequestRow, now: number) {
  return {
    href: `/approvals/${row.id}`,
    kind: kindWords[row.kind],
    subject: subjectWords(row),
    requester: row.requester,
    requested: moment(row.requested_at),
    stage: stageTag(row.stage),
    until: moment(row.to_at),
    remaining: remaining(row, now),
    decider: row.decider,
  };
}

/** Who decides what, in the words of the policy in force. */
export function approversOf({ approvers }: Pick<Policy, 'approvers'>) {
  return permissionKinds.map((kind) => {
    const approver = approvers?.[kind];
    return {
      kind: kindWords[kind],
      who: approver
        ? approver.roles.map(partWords).join(' or ')
        : 'Nobody: the policy in force knows no such permission',
      clause: approver?.clause,
    };
  });
}
