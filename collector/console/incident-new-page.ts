import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError } from '#shared/errors.ts';
import { cleanText } from '#shared/text.ts';
import { alertIds, alertRows } from '../alerting/alert-list.ts';
import { incidentOfAlert, type OpeningDetails, openIncident } from '../incidents/incidents.ts';
import { holdsNhsNumber } from '../incidents/personal-data.ts';
import { sections } from '../incidents/sections.ts';
import { shortName } from '../register/computers.ts';
import type { StoreTransaction } from '../store/tables.ts';
import { cleanNote } from './alert-form.ts';
import { alertsWithin } from './alert-looking.ts';
import { alertQueryIn } from './alert-query.ts';
import { rowView } from './alert-rows.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, fieldsOf, visitOf } from './visit.ts';

const mostAlerts = 100;
const types = sections.what.fields.type.options;

/** An incident raised by hand: from alerts, by those who look after them, or by anybody who saw something go wrong. */
export function incidentNewRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;

  app.get('/incidents/new', async (request, reply) => {
    const alerts = await chosenAlerts(context, request, request.query);
    const [only] = alerts;
    const standing = alerts.length === 1 && only ? await incidentOfAlert(store, only) : undefined;
    if (standing) return reply.redirect(`/incidents/${standing.id}`, 303);
    return sendNew(request, reply, alerts);
  });

  app.post('/incidents/new', async (request, reply) => {
    const alerts = await chosenAlerts(context, request, request.body);
    try {
      const opened = await store.transaction().execute((tx) => open(tx, request, 'alert', alerts));
      return reply.redirect(`/incidents/${opened.id}?done=opened`, 303);
    } catch (error) {
      return sendNew(request, reply, alerts, formErrors(error, 'note'));
    }
  });

  app.get('/incidents/report', async (request, reply) => sendReport(request, reply));

  app.post('/incidents/report', async (request, reply) => {
    try {
      const opened = await store.transaction().execute((tx) => open(tx, request, 'self-report', []));
      return reply.redirect(`/incidents/report?number=${opened.number}`, 303);
    } catch (error) {
      return sendReport(request, reply, formErrors(error, 'note'));
    }
  });

  /** @throws InvalidError. @throws PortcullisError */
  async function open(
    tx: StoreTransaction,
    request: FastifyRequest,
    source: 'alert' | 'self-report',
    alerts: readonly string[],
  ) {
    const { body } = request;
    const note = cleanNote(fieldOf(body, 'note')).slice(0, 8000);
    if (note === '') throw new InvalidError('Write what happened, in a sentence or more.');
    const title = cleanText(fieldOf(body, 'title'), 120) || cleanText(note.split('\n', 1)[0] ?? '', 80);
    if (holdsNhsNumber(note) || holdsNhsNumber(title)) {
      throw new InvalidError('This holds what can be an NHS number. Leave identifiers of people out of it.');
    }
    const computerId = await computerNamed(tx, fieldOf(body, 'computer'));
    const opening = { source, alertIds: alerts, openedBy: visitOf(request).account.id, note, now: clock.now() };
    const type = (Object.keys(types) as (keyof typeof types)[]).find((one) => one === fieldOf(body, 'type'));
    const details: OpeningDetails = { ...(alerts.length === 0 && { title, ...(type && { type }) }) };
    return openIncident(tx, { ...opening, ...(computerId && { computerId }) }, details);
  }

  async function sendNew(
    request: FastifyRequest,
    reply: FastifyReply,
    alerts: readonly string[],
    errors: FormError[] = [],
  ) {
    const order = { column: 'last_at', direction: 'desc' } as const;
    const filter = { within: await alertsWithin(context, request), ids: alerts };
    const { rows } = alerts.length === 0 ? { rows: [] } : await alertRows(store, filter, order, { size: 25 });
    const query = alertQueryIn('');
    const data = { ...formData(request, errors), alerts, rows: rows.map((row) => rowView(row, query, new Map())) };
    return sendPage(context, request, reply, {
      name: 'incident-new',
      title: 'Raise an incident',
      section: 'incidents',
      data,
      errors,
    });
  }

  function sendReport(request: FastifyRequest, reply: FastifyReply, errors: FormError[] = []) {
    const [number] = /^INC-\d{4}-\d{4,6}$/.exec(fieldOf(request.query, 'number')) ?? [];
    const title = number === undefined ? 'Report something that went wrong' : 'Your report is in';
    const data = { ...formData(request, errors), number };
    return sendPage(context, request, reply, { name: 'incident-report', title, data, errors });
  }
}

function formData({ body }: FastifyRequest, errors: readonly FormError[]) {
  const typed = (name: string) => (errors.length > 0 ? fieldOf(body, name).slice(0, 8000) : '');
  return {
    typed: { title: typed('title'), note: typed('note'), computer: typed('computer'), type: typed('type') },
    types: [{ value: '', text: 'I do not know' }, ...Object.entries(types).map(([value, text]) => ({ value, text }))],
  };
}

/** Those ids in a form that stand for an alert this person may see. */
async function chosenAlerts(context: ConsoleContext, request: FastifyRequest, form: unknown): Promise<string[]> {
  const ids = fieldsOf(form, 'alert', mostAlerts).filter((id) => id !== '');
  if (ids.length === 0) return [];
  return alertIds(context.store, { within: await alertsWithin(context, request), ids }, mostAlerts);
}

/** @throws InvalidError when a name is given that no computer has */
async function computerNamed(tx: StoreTransaction, typed: string): Promise<string | undefined> {
  const name = cleanText(typed);
  if (name === '') return undefined;
  const [row, ...more] = await tx
    .selectFrom('computers')
    .select('id')
    .where('short_name', '=', shortName(name))
    .where('state', '=', 'active')
    .execute();
  if (!row || more.length > 0) {
    throw new InvalidError('No computer that is watched has this name. Leave it empty, and name it in what happened.');
  }
  return row.id;
}
