import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { type PermissionKind, permissionKinds } from '#shared/policy/approvers.ts';
import { rightNames } from '#shared/policy/decision.ts';
import { type AlertDetail, alertEvents } from '../alerting/alert-detail.ts';
import { requestById } from '../approvals/request-list.ts';
import { makeRequest } from '../approvals/requests.ts';
import { mayUse } from './access.ts';
import { visibleAlert } from './alert-page.ts';
import {
  alertForm,
  emptyForm,
  partsOf,
  type RequestForm,
  readRequestForm,
  renewedForm,
  requestedOf,
  requestFaults,
} from './approval-form.ts';
import { approversOf, policyInForce, requestViewer } from './approval-list-page.ts';
import { actorOf } from './approval-page.ts';
import { kindHints, kindWords, partWords } from './approval-words.ts';
import { rightWords } from './facts/story.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { startOfDay } from './words.ts';

/** Where somebody asks for a permission: first which kind, then what for. */
export function approvalRequestRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/approvals/new', async (request, reply) => {
    const { alert, renews, kind } = await originOf(context, request, request.query);
    if (!kind) return sendKinds(context, request, reply, alert);
    const now = context.clock.now();
    const form = renews
      ? renewedForm(renews, renews.hostname, now)
      : alert
        ? alertForm(alert, await thingOf(context, alert), now)
        : emptyForm(now);
    return sendForm(context, request, reply, { kind, form, alertId: alert?.id, renewsId: renews?.id });
  });

  app.post('/approvals/new', async (request, reply) => {
    const { alert, renews, kind } = await originOf(context, request, request.body);
    if (!kind) return sendKinds(context, request, reply, alert);
    const form = readRequestForm(request.body);
    const sent = { kind, form, alertId: alert?.id, renewsId: renews?.id };
    const made = await make(context, request, sent);
    if ('errors' in made) return sendForm(context, request, reply, { ...sent, errors: made.errors });
    return reply.redirect(`/approvals/${made.id}?done=made`, 303);
  });
}

/** The alert or the request that led here, as far as this person may see them. */
async function originOf(context: ConsoleContext, request: FastifyRequest, given: unknown) {
  const id = fieldOf(given, 'alert');
  const maySee = mayUse(visitOf(request).account.role, 'GET /alerts/:id');
  const alert = id !== '' && maySee ? await visibleAlert(context, request, id) : undefined;
  const viewer = await requestViewer(context, request);
  const renews = await requestById(context.store, viewer, fieldOf(given, 'renew'), context.clock.now());
  const kind = renews?.kind ?? permissionKinds.find((word) => word === fieldOf(given, 'kind'));
  return { alert, renews, kind };
}

/** The device or title of an alert's newest event. */
async function thingOf({ store }: ConsoleContext, alert: AlertDetail) {
  const data = (await alertEvents(store, alert.id)).at(-1)?.event?.data;
  return {
    device: data && 'device' in data ? data.device : undefined,
    title: data && 'software' in data && !Array.isArray(data.software) ? data.software.name : undefined,
  };
}

interface Sent {
  kind: PermissionKind;
  form: RequestForm;
  alertId: string | undefined;
  renewsId: string | undefined;
  errors?: FormError[];
}

async function make(
  context: ConsoleContext,
  request: FastifyRequest,
  { kind, form, alertId, renewsId }: Sent,
): Promise<{ id: string } | { errors: FormError[] }> {
  const errors = requestFaults(kind, form);
  const computer = partsOf[kind].has('computer') ? await computerNamed(context, form.computer) : undefined;
  if (typeof computer === 'object') errors.push(computer);
  if (errors.length > 0 || typeof computer === 'object') return { errors };
  const toMake = {
    kind,
    requested: requestedOf(kind, form, computer),
    reason: form.reason,
    from: Math.max(startOfDay(form.from) ?? 0, context.clock.now()),
    to: startOfDay(form.to, 1) ?? 0,
    ...(alertId !== undefined && { alertId }),
    ...(renewsId !== undefined && { renewsId }),
  };
  const { store, organisation, clock } = context;
  const policy = await policyInForce(context);
  try {
    return { id: await makeRequest({ store, policy, organisation, now: clock.now() }, toMake, actorOf(request)) };
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return { errors: [{ field: 'reason', text: error.message }] };
  }
}

/** @returns the id of the computer, undefined when none is named, or what is wrong with the name */
async function computerNamed({ store }: ConsoleContext, name: string): Promise<string | FormError | undefined> {
  if (name === '') return undefined;
  const rows = await store
    .selectFrom('computers')
    .select('id')
    .where('state', '=', 'active')
    .where((build) => build(build.fn<string>('lower', ['hostname']), '=', name.toLowerCase()))
    .limit(2)
    .execute();
  const [row, other] = rows;
  if (!row) return { field: 'computer', text: 'No computer has this name' };
  return other ? { field: 'computer', text: 'Several computers have this name. Ask ICT which one is meant' } : row.id;
}

async function sendKinds(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  alert: AlertDetail | undefined,
): Promise<string> {
  const policy = await policyInForce(context);
  return sendPage(context, request, reply, {
    name: 'approval-request',
    title: 'Ask for a permission',
    section: 'approvals',
    data: {
      alertId: alert?.id,
      kinds: permissionKinds
        .filter((kind) => policy.approvers?.[kind])
        .map((value) => ({ value, text: kindWords[value], hint: { text: kindHints[value] } })),
      approvers: approversOf(policy),
    },
  });
}

async function sendForm(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, form, alertId, renewsId, errors = [] }: Sent,
): Promise<string> {
  const approver = (await policyInForce(context)).approvers?.[kind];
  return sendPage(context, request, reply, {
    name: 'approval-request',
    title: `${kindWords[kind]}: ask for a permission`,
    section: 'approvals',
    errors,
    data: {
      kind,
      form,
      alertId,
      renewsId,
      asks: Object.fromEntries([...partsOf[kind]].map((part) => [part, true])),
      hint: kindHints[kind],
      decides: approver?.roles.map(partWords).join(' or '),
      clause: approver?.clause,
      rights: rightNames
        .filter((right) => right !== 'connect')
        .map((right) => ({ value: right, text: rightWords[right], checked: form.rights.includes(right) })),
    },
  });
}
