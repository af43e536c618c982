import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PortcullisError } from '#shared/errors.ts';
import { type CodeMinutes, codeMinutes, spoken } from '#shared/policy/code.ts';
import { type RightName, rightNames } from '#shared/policy/decision.ts';
import type { AlertDetail } from '../alerting/alert-detail.ts';
import { setAlertState } from '../alerting/alerts.ts';
import { type MadeCode, makeOneTimeCode } from '../approvals/codes.ts';
import { cleanNote } from './alert-form.ts';
import { visibleAlert } from './alert-page.ts';
import { rightWords } from './facts/story.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, fieldsOf, visitOf } from './visit.ts';
import { counted } from './words.ts';

interface CodeForm {
  challenge: string;
  minutes: CodeMinutes;
  rights: RightName[];
  reason: string;
}

/** A one-time code for the device of an alert, read out to the person at the computer. */
export function alertAllowOnceRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get<{ Params: { id: string } }>('/alerts/:id/allow-once', async (request, reply) => {
    const alert = await visibleAlert(context, request, request.params.id);
    if (!alert || alert.device === null) return reply.callNotFound();
    const form: CodeForm = { challenge: '', minutes: 60, rights: ['connect', 'read'], reason: '' };
    return sendForm(context, request, reply, { alert, form });
  });

  app.post<{ Params: { id: string } }>('/alerts/:id/allow-once', async (request, reply) => {
    const alert = await visibleAlert(context, request, request.params.id);
    if (!alert || alert.device === null) return reply.callNotFound();
    const form = readForm(request.body);
    const errors = faultsOf(form);
    if (errors.length > 0) return sendForm(context, request, reply, { alert, form, errors });
    try {
      const made = await makeCode(context, request, alert, form);
      return sendForm(context, request, reply, { alert, form, made });
    } catch (error) {
      if (!(error instanceof PortcullisError)) throw error;
      return sendForm(context, request, reply, { alert, form, errors: [{ field: 'challenge', text: error.message }] });
    }
  });
}

async function makeCode(
  { store, clock }: ConsoleContext,
  request: FastifyRequest,
  alert: AlertDetail,
  { challenge, minutes, rights, reason }: CodeForm,
): Promise<MadeCode> {
  const { account } = visitOf(request);
  const now = clock.now();
  const grant = { scope: 'device' as const, rights, minutes };
  const made = await makeOneTimeCode(
    store,
    { computer: alert.computer_id, challenge, grant, approver: account.displayName, reason },
    { by: account.username, accountId: account.id, now },
  );
  const note = `A one-time code was made for ${durationWords(minutes)}: ${reason}`;
  await setAlertState(store, { alertId: alert.id, accountId: account.id, action: 'noted', note, at: now });
  return made;
}

function readForm(body: unknown): CodeForm {
  const minutes = codeMinutes.find((one) => String(one) === fieldOf(body, 'minutes'));
  const chosen = fieldsOf(body, 'rights');
  return {
    challenge: fieldOf(body, 'challenge').trim().slice(0, 40),
    minutes: minutes ?? 60,
    rights: rightNames.filter((right) => right === 'connect' || chosen.includes(right)),
    reason: cleanNote(fieldOf(body, 'reason')).slice(0, 255),
  };
}

function faultsOf({ challenge, rights, reason }: CodeForm): FormError[] {
  const errors: FormError[] = [];
  if (challenge === '') errors.push({ field: 'challenge', text: 'Type in the eight characters that were read out' });
  if (rights.length < 2) errors.push({ field: 'rights', text: 'Choose what is to be possible' });
  if (reason === '') errors.push({ field: 'reason', text: 'Write why it is to be allowed' });
  return errors;
}

interface Sent {
  alert: AlertDetail;
  form: CodeForm;
  errors?: FormError[];
  made?: MadeCode;
}

function sendForm(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { alert, form, errors = [], made }: Sent,
): string {
  return sendPage(context, request, reply, {
    name: 'alert-allow-once',
    title: made ? 'Read this code out' : 'Allow it once',
    section: 'alerts',
    errors,
    data: {
      back: `/alerts/${alert.id}`,
      computer: alert.hostname,
      device: alert.device,
      code: made?.code,
      challenge: made && spoken(made.challenge),
      holds: durationWords(form.minutes),
      form,
      rights: rightNames
        .filter((right) => right !== 'connect')
        .map((right) => ({ value: right, text: rightWords[right], checked: form.rights.includes(right) })),
      durations: codeMinutes.map((minutes) => ({ value: String(minutes), text: durationWords(minutes) })),
      minutes: String(form.minutes),
    },
  });
}

function durationWords(minutes: CodeMinutes): string {
  if (minutes < 120) return minutes === 60 ? '1 hour' : counted(minutes, 'minute');
  const hours = minutes / 60;
  return hours < 48 ? counted(hours, 'hour') : counted(hours / 24, 'day');
}
