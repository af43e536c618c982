import type { FastifyInstance } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { type AlertStep, setAlertState } from '../alerting/alerts.ts';
import type { Store } from '../store/tables.ts';
import { readStep, stepOf } from './alert-form.ts';
import { analysts, lookingAt } from './alert-looking.ts';
import { sendAlertPage, visibleAlert } from './alert-page.ts';
import { alertQueryIn } from './alert-query.ts';
import { alertAddress } from './alert-rows.ts';
import type { ConsoleContext, FormError } from './layout.ts';
import { fieldOf } from './visit.ts';

/** Acknowledge, assign, note, close and reopen: one form field says which. */
export function alertStepRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.post<{ Params: { id: string } }>('/alerts/:id', async (request, reply) => {
    const alert = await visibleAlert(context, request, request.params.id);
    if (!alert) return reply.callNotFound();
    const { accountId, now, within } = await lookingAt(context, request);
    const form = readStep(request.body, await analysts(context, within));
    if (form.errors.length === 0) {
      const fault = await faultOf(context, stepOf(form, alert.id, accountId, now));
      if (fault) form.errors.push(fault);
    }
    if (form.errors.length > 0) return sendAlertPage(context, request, reply, { alert, form });
    const address = alertAddress(alert.id, alertQueryIn(fieldOf(request.body, 'list')));
    return reply.redirect(`${address}${address.includes('?') ? '&' : '?'}done=${form.action}`, 303);
  });
}

/** Takes the step. @returns what stands against it, for the person to read */
async function faultOf({ store }: ConsoleContext, step: AlertStep): Promise<FormError | undefined> {
  try {
    await store.transaction().execute((tx) => takeStep(tx, step));
    return undefined;
  } catch (error) {
    if (!(error instanceof PortcullisError)) throw error;
    return { field: 'actions', text: error.message };
  }
}

/** Takes a step and writes it down, both or neither. @throws PortcullisError as `setAlertState` does */
export async function takeStep(tx: Store, step: AlertStep): Promise<void> {
  await setAlertState(tx, step);
  const { at, accountId, action, alertId, outcome } = step;
  await recordAudit(tx, { at, accountId, action: `alert.${action}`, object: alertId, detail: outcome });
}
