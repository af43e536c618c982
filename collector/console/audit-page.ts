import type { FastifyInstance } from 'fastify';
import { listAccounts } from '../accounts/accounts.ts';
import { auditActions } from '../accounts/audit.ts';
import { type AuditFilter, type AuditRow, isAuditAction, listAudit } from '../accounts/audit-list.ts';
import { scopeOf } from '../accounts/scope.ts';
import { auditWords } from './audit-words.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { fieldOf, visitOf } from './visit.ts';
import { moment, startOfDay } from './words.ts';

const rowsPerPage = 50;

/** What people did and saw in this console, newest first. */
export function auditRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/audit', async (request, reply) => {
    const { store } = context;
    const scope = await scopeOf(store, visitOf(request).account);
    const form = readForm(request.query);
    const rows = await listAudit(store, scope, filterOf(form), rowsPerPage + 1);
    const shown = rows.slice(0, rowsPerPage);
    const last = shown.at(-1);
    const accounts = (await listAccounts(store)).filter(
      ({ organisation }) => scope.organisations === 'all' || scope.organisations.includes(organisation ?? ''),
    );
    const data = {
      form,
      who: [{ value: '', text: 'Anybody' }, ...accounts.map(({ id, display_name: text }) => ({ value: id, text }))],
      actions: [{ value: '', text: 'Anything' }, ...auditActions.map((value) => ({ value, text: auditWords(value) }))],
      rows: shown.map(rowView),
      next: rows.length > rowsPerPage && last ? address({ ...form, before: String(last.seq) }) : undefined,
      firstPage: form.before === '' ? undefined : address({ ...form, before: '' }),
    };
    return sendPage(context, request, reply, { name: 'audit', title: 'Audit trail', section: 'audit', data });
  });
}

type Form = Record<'who' | 'action' | 'object' | 'from' | 'to' | 'before', string>;

function readForm(query: unknown): Form {
  const text = (name: keyof Form) => fieldOf(query, name).trim().slice(0, 255);
  return {
    who: text('who'),
    action: text('action'),
    object: text('object'),
    from: text('from'),
    to: text('to'),
    before: text('before'),
  };
}

function filterOf({ who, action, object, from, to, before }: Form): AuditFilter {
  return {
    accountId: who || undefined,
    action: isAuditAction(action) ? action : undefined,
    object: object || undefined,
    from: startOfDay(from),
    to: startOfDay(to, 1),
    before: /^\d{1,15}$/.test(before) ? Number(before) : undefined,
  };
}

function address(form: Form): string {
  const given = Object.entries(form).filter(([, value]) => value !== '');
  return `/audit?${new URLSearchParams(given)}`;
}

function rowView(row: AuditRow) {
  return {
    seq: String(row.seq),
    at: moment(row.at),
    who: row.who ?? (row.accountId === null ? 'Nobody signed in, or a command' : 'An account that is gone'),
    what: auditWords(row.action),
    object: row.objectName ?? row.object ?? '',
    same: row.object === null ? undefined : `/audit?${new URLSearchParams({ object: row.object })}`,
    detail: row.detail ?? '',
  };
}
