import type { FastifyInstance } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { mayHandleAlerts } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import { alertById } from '../alerting/alert-detail.ts';
import { type AlertStep, setAlertState } from '../alerting/alerts.ts';
import { alertActions, readStep, type StepForm } from './alert-form.ts';
import { sendAlertPage } from './alert-page.ts';
import type { ConsoleContext, FormError } from './layout.ts';
import { visitOf } from './visit.ts';

/** Acknowledge, note, close and reopen: one form field says which. */
export function alertStepRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.post<{ Params: { id: string } }>('/alerts/:id', async (request, reply) => {
    const { account } = visitOf(request);
    if (!mayHandleAlerts(account.role)) {
      throw new PortcullisError('notAllowed', 'Your account may look at alerts, and not change them.');
    }
    const alert = await alertById(context.store, request.params.id);
    if (!alert) return reply.callNotFound();
    const form = readStep(request.body);
    const at = context.clock.now();
    const fault = form.errors.length > 0 ? undefined : await takeStep(context, stepOf(form, alert.id, account.id, at));
    if (fault) form.errors.push(fault);
    if (form.errors.length > 0) return sendAlertPage(context, request, reply, { alert, form });
    return reply.redirect(`/alerts/${alert.id}?done=${form.action}`, 303);
  });
}

function stepOf({ action, note, outcome }: StepForm, alertId: string, accountId: string, at: number): AlertStep {
  const known = alertActions.find((word) => word === action);
  if (!known) throw new TypeError('a step is taken only from a form without faults');
  return {
    alertId,
    accountId,
    action: known,
    note: note === '' ? null : note,
    at,
    ...(known === 'closed' ? { outcome } : {}),
  };
}

/** @returns what stands against it, for the person to read */
async function takeStep({ store }: ConsoleContext, step: AlertStep): Promise<FormError | undefined> {
  try {
    await setAlertState(store, step);
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return { field: 'actions', text: error.message };
  }
  await recordAudit(store, {
    at: step.at,
    accountId: step.accountId,
    action: `alert.${step.action}`,
    object: step.alertId,
    ...(step.outcome === undefined ? {} : { detail: step.outcome }),
  });
  return undefined;
}
