import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import type { AlertFilter } from '../alerting/alert-filter.ts';
import { alertIds, alertRows } from '../alerting/alert-list.ts';
import type { AlertStep } from '../alerting/alerts.ts';
import type { Store } from '../store/tables.ts';
import { outcomes, readStep, type StepForm, stepOf } from './alert-form.ts';
import { type Analyst, analysts, lookingAt, needsReason } from './alert-looking.ts';
import { sendReasonPage } from './alert-person.ts';
import { type AlertQuery, alertQueryIn, alertsAddress, filterOf, type Looking } from './alert-query.ts';
import { rowView } from './alert-rows.ts';
import { takeStep } from './alert-steps.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { fieldOf, fieldsOf, visitOf } from './visit.ts';
import { counted } from './words.ts';

/** Alerts handled in one go, and how many of them are named before it is confirmed. */
const mostAlerts = 1000;
const mostNamed = 25;
/** Alerts in one transaction: agents' batches wait no longer than for one of these. */
const atOnce = 50;

/** Steps taken with many alerts: a page names what would happen to which, and a form on it makes it so. */
export function alertBulkRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/alerts/bulk', async (request, reply) => {
    const query = alertQueryIn(fieldOf(request.query, 'list'));
    const looking = await lookingAt(context, request);
    if (await needsReason(context, query, looking)) return sendReasonPage(context, request, reply, query);
    const ids = await chosen(context.store, request.query, query, looking);
    if (ids.length === 0) return reply.redirect(alertsAddress(query), 303);
    if (fieldOf(request.query, 'action') === 'incident') return reply.redirect(raiseAddress(ids), 303);
    const action = fieldOf(request.query, 'action').startsWith('assign') ? 'assigned' : 'closed';
    return sendBulkPage(context, request, reply, { ids, query, looking, form: readStep({ action }), errors: false });
  });

  app.post('/alerts/bulk', { bodyLimit: 256 * 1024 }, async (request, reply) => {
    const query = alertQueryIn(fieldOf(request.body, 'list'));
    const looking = await lookingAt(context, request);
    const ids = await known(context.store, fieldsOf(request.body, 'alert', mostAlerts), looking);
    const form = readStep(request.body, await analysts(context, looking.within));
    if (form.errors.length > 0) {
      return sendBulkPage(context, request, reply, { ids, query, looking, form, errors: true });
    }
    const changed = await handleAll(context, ids, form, visitOf(request).account.id);
    const done = { done: form.action, changed: String(changed), skipped: String(ids.length - changed) };
    const address = alertsAddress({ ...query, same: '', rows: query.same === '' ? query.rows : '' });
    return reply.redirect(`${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams(done)}`, 303);
  });
}

/** One incident of at most so many alerts; their ids stand in its address. */
const mostInIncident = 40;

function raiseAddress(ids: readonly string[]): string {
  return `/incidents/new?${new URLSearchParams(ids.slice(0, mostInIncident).map((id): [string, string] => ['alert', id]))}`;
}

/** What was ticked, groups unfolded, or everything that fits; none that is closed. */
async function chosen(store: Store, form: unknown, query: AlertQuery, looking: Looking): Promise<string[]> {
  const filter: AlertFilter = { ...filterOf(query, looking), states: ['open', 'acknowledged'] };
  if (fieldOf(form, 'action').endsWith('-all')) return alertIds(store, filter, mostAlerts);
  const ticked = fieldsOf(form, 'alert', mostAlerts);
  const groups = ticked.filter((value) => value.startsWith('same:')).map((value) => value.slice('same:'.length));
  const found = await known(store, ticked, looking);
  for (const sameAs of groups) found.push(...(await alertIds(store, { ...filter, sameAs }, mostAlerts)));
  return [...new Set(found)].slice(0, mostAlerts);
}

/** Those ids that stand for an alert this person may see. */
async function known(store: Store, ids: readonly string[], { within }: Looking): Promise<string[]> {
  if (ids.length === 0) return [];
  return alertIds(store, { within, ids: ids.slice(0, mostAlerts), states: ['open', 'acknowledged'] }, mostAlerts);
}

/** @returns how many could still be handled */
async function handleAll(
  { store, clock }: ConsoleContext,
  ids: readonly string[],
  form: StepForm,
  accountId: string,
): Promise<number> {
  let changed = 0;
  for (let start = 0; start < ids.length; start += atOnce) {
    changed += await store.transaction().execute(async (tx) => {
      let handled = 0;
      for (const id of ids.slice(start, start + atOnce)) {
        if (await handle(tx, stepOf(form, id, accountId, clock.now()))) handled += 1;
      }
      return handled;
    });
  }
  return changed;
}

/** @returns false when somebody was faster */
async function handle(tx: Store, step: AlertStep): Promise<boolean> {
  try {
    await takeStep(tx, step);
    return true;
  } catch (error) {
    if (error instanceof PortcullisError && error.code === 'stepNotPossible') return false;
    throw error;
  }
}

interface Bulk {
  ids: string[];
  query: AlertQuery;
  looking: Looking;
  form: StepForm;
  errors: boolean;
}

async function sendBulkPage(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { ids, query, looking, form, errors }: Bulk,
): Promise<string> {
  const filter = { within: looking.within, ids: ids.slice(0, mostNamed) };
  const { rows } = await alertRows(
    context.store,
    filter,
    { column: 'last_at', direction: 'desc' },
    { size: mostNamed },
  );
  const verb = form.action === 'assigned' ? 'Assign' : 'Close';
  const people: readonly Analyst[] = await analysts(context, looking.within);
  return sendPage(context, request, reply, {
    name: 'alert-bulk',
    title: `${verb} ${counted(ids.length, 'alert')}`,
    section: 'alerts',
    errors: errors ? form.errors : [],
    data: {
      ids,
      verb,
      isAssign: form.action === 'assigned',
      action: form.action,
      list: fieldOf(request.method === 'POST' ? request.body : request.query, 'list'),
      back: alertsAddress(query),
      rows: rows.map((row) => rowView(row, query, new Map())),
      more: ids.length - rows.length,
      most: ids.length === mostAlerts ? mostAlerts.toLocaleString('en-GB') : undefined,
      form: { outcome: form.outcome, reason: form.note, assignee: form.assignee?.id ?? looking.accountId },
      outcomes: Object.entries(outcomes).map(([value, text]) => ({ value, text })),
      assignees: [...people.map(({ id, name }) => ({ value: id, text: name })), { value: 'nobody', text: 'Nobody' }],
    },
  });
}
