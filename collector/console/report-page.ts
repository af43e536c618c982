import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError } from '#shared/errors.ts';
import { recordAudit } from '../accounts/audit.ts';
import { isRole, type Role, roles, roleWords } from '../accounts/roles.ts';
import { htmlPolicy } from '../documents/html.ts';
import { type IssuedReport, issuedFile, issueReport, listIssued, newReports } from '../reports/issued.ts';
import { dayOf, periodWords, readPeriod } from '../reports/period.ts';
import type { Format } from '../reports/rendered.ts';
import { askables, mayRead } from '../reports/reports.ts';
import { rhythms, type Schedule, saveSchedule, schedules } from '../reports/schedule.ts';
import { mayUse } from './access.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { fieldOf, fieldsOf, visitOf } from './visit.ts';
import { moment, size } from './words.ts';

interface Shown {
  form?: Record<'name' | 'from' | 'to', string>;
  plan?: Schedule;
  errors?: FormError[];
}

/** Reports: what was issued, making one now, and when which is made by itself. */
export function reportRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock, organisation } = context;

  async function answer(request: FastifyRequest, reply: FastifyReply, shown: Shown = {}) {
    const data = await listView(context, request, shown);
    const { errors = [] } = shown;
    return sendPage(context, request, reply, {
      name: 'report-list',
      title: 'Reports',
      section: 'reports',
      data,
      errors,
    });
  }

  app.get('/reports', (request, reply) => answer(request, reply));

  app.post('/reports', async (request, reply) => {
    const { id: accountId, role } = visitOf(request).account;
    const form = {
      name: fieldOf(request.body, 'name'),
      from: fieldOf(request.body, 'from').trim(),
      to: fieldOf(request.body, 'to').trim(),
    };
    const now = clock.now();
    if (!mayRead(role, form.name))
      return answer(request, reply, { form, errors: [{ field: 'name', text: 'Choose a report' }] });
    try {
      const period = form.from === '' && form.to === '' ? null : readPeriod(form.from, form.to, now);
      const made = await context.makeReport({ name: form.name, organisation, period, now });
      const id = await issueReport(store, made, { now, accountId, by: 'console' });
      return reply.redirect(`/reports?made=${id}`, 303);
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      return answer(request, reply, { form, errors: [{ field: 'from', text: error.message }] });
    }
  });

  app.post('/reports/schedule', async (request, reply) => {
    const { id: accountId } = visitOf(request).account;
    const every = rhythms.find((word) => word === fieldOf(request.body, 'every'));
    const plan: Schedule = {
      name: fieldOf(request.body, 'report'),
      every: every ?? 'never',
      recipients: fieldsOf(request.body, 'recipients').filter(isRole),
    };
    if (!every) return answer(request, reply, { plan, errors: [{ field: 'every', text: 'Choose how often' }] });
    try {
      await saveSchedule(store, plan, { accountId, now: clock.now() });
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      return answer(request, reply, { plan, errors: [{ field: 'report', text: error.message }] });
    }
    return reply.redirect('/reports?done=planned', 303);
  });

  app.get<{ Params: { id: string; format: string } }>('/reports/:id/:format', async (request, reply) => {
    const { id: accountId, role } = visitOf(request).account;
    const { id, format } = request.params;
    const file = await issuedFile(store, id, format);
    // What is not for a role is answered like what is not there.
    if (!file || !mayRead(role, file.name)) return reply.callNotFound();
    await recordAudit(store, { at: clock.now(), accountId, action: 'report.opened', object: id, detail: format });
    if (file.format === 'html') void reply.header('content-security-policy', htmlPolicy);
    else
      void reply.header(
        'content-disposition',
        `attachment; filename="${file.name}-${dayOf(file.issued_at)}.${file.format}"`,
      );
    return reply.type(types[file.format]).send(file.bytes);
  });
}

const types: Readonly<Record<Format, string>> = {
  pdf: 'application/pdf',
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  zip: 'application/zip',
};

async function listView({ store, clock }: ConsoleContext, request: FastifyRequest, { form, plan }: Shown) {
  const { account } = visitOf(request);
  const readable = askables.filter(({ readers }) => readers.includes(account.role));
  const fresh = new Set(await newReports(store, account, clock.now()));
  const issued = await listIssued(
    store,
    readable.map(({ name }) => name),
  );
  const rows = issued.map((report) => ({ ...rowView(report), isNew: fresh.has(report.id) }));
  const made = rows.find(({ id }) => id === fieldOf(request.query, 'made'));
  const planned = fieldOf(request.query, 'done') === 'planned' ? 'The schedule is changed.' : undefined;
  return {
    done: made ? `${made.title} is made. It is the first in the list.` : planned,
    rows,
    mayMake: mayUse(account.role, 'POST /reports'),
    mayPlan: mayUse(account.role, 'POST /reports/schedule'),
    form: form ?? { name: readable[0]?.name ?? '', from: '', to: '' },
    plan: planForm(plan),
    choices: readable.map(({ name, title }) => ({ value: name, text: title })),
    kinds: readable.map(({ title, about }) => ({ title, about })),
    plans: await planRows(
      store,
      readable.map(({ name }) => name),
    ),
  };
}

function rowView(report: IssuedReport) {
  const { id, title, from_day: from, to_day: to } = report;
  return {
    id,
    title,
    period: from !== null && to !== null ? periodWords({ from, to }) : 'As things were',
    dataAsOf: moment(report.data_as_of),
    issued: moment(report.issued_at),
    by: report.asker ?? report.asked_by,
    files: report.files
      .map(({ format, sha256, size: bytes }) => ({
        format,
        name: format.toUpperCase(),
        size: size(bytes),
        sha256,
        href: `/reports/${id}/${format}`,
      }))
      .toSorted((one, other) => order.indexOf(one.format) - order.indexOf(other.format)),
  };
}

const order = ['zip', 'pdf', 'html', 'csv', 'json'];

const rhythmWords = {
  month: 'Every month, on the first working day',
  quarter: 'Every quarter, on the first working day',
  never: 'Only when asked',
} as const;

async function planRows(store: ConsoleContext['store'], names: readonly string[]) {
  const all = await schedules(store);
  return all
    .filter(({ name }) => names.includes(name))
    .map(({ name, every, recipients }) => ({
      title: askables.find((one) => one.name === name)?.title ?? name,
      every: rhythmWords[every],
      recipients: recipients.map((role) => roleWords[role]).join(', ') || 'Nobody in particular',
    }));
}

const receiving: readonly Role[] = roles.filter((role) => mayUse(role, 'GET /reports'));

function planForm(plan: Schedule | undefined) {
  return {
    report: plan?.name ?? '',
    every: plan?.every ?? 'month',
    rhythms: rhythms.map((value) => ({ value, text: rhythmWords[value] })),
    roles: receiving.map((value) => ({
      value,
      text: roleWords[value],
      checked: plan?.recipients.includes(value) ?? false,
    })),
  };
}
