import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidError } from '#shared/errors.ts';
import { severities } from '#shared/policy/schema.ts';
import { displayNames } from '../accounts/accounts.ts';
import { type AlertPage, alertKinds, listAlerts, openBySeverity } from '../alerting/alert-list.ts';
import { removeFilter, savedFilters, saveFilter } from '../alerting/saved-filters.ts';
import type { SavedFiltersTable } from '../store/tables.ts';
import { mayUse } from './access.ts';
import { type FilterChoices, type FilterNames, filterForm, filterTags } from './alert-filter-view.ts';
import { analysts, lookingAt, needsReason } from './alert-looking.ts';
import { sendReasonPage } from './alert-person.ts';
import {
  type AlertQuery,
  alertParameters,
  alertQueryIn,
  alertsAddress,
  filterOf,
  type Looking,
  readAlertQuery,
} from './alert-query.ts';
import { columnHeads, rowView } from './alert-rows.ts';
import { type ConsoleContext, type FormError, sendPage } from './layout.ts';
import { severityTag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted } from './words.ts';

const rowsPerPage = 50;

export function alertListRoutes(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/alerts', (request, reply) => sendAlertList(context, request, reply, readAlertQuery(request.query)));
  app.post('/alerts/filters', async (request, reply) => {
    const query = alertQueryIn(fieldOf(request.body, 'list'));
    const fault = await changeFilters(context, request, query);
    if (fault) return sendAlertList(context, request, reply, query, [fault]);
    return reply.redirect(alertsAddress(query), 303);
  });
}

/** Keeps the filter under a name, or removes the one that is named by its id. @returns what stands against it */
async function changeFilters(
  { store, clock }: ConsoleContext,
  request: FastifyRequest,
  query: AlertQuery,
): Promise<FormError | undefined> {
  const accountId = visitOf(request).account.id;
  const removed = fieldOf(request.body, 'remove');
  if (removed !== '') {
    await removeFilter(store, accountId, removed);
    return undefined;
  }
  const { place: _place, ...kept } = query;
  const name = fieldOf(request.body, 'name');
  try {
    await saveFilter(store, { accountId, name, query: alertParameters(kept), now: clock.now() });
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    return { field: 'filter-name', text: error.message };
  }
}

async function sendAlertList(
  context: ConsoleContext,
  request: FastifyRequest,
  reply: FastifyReply,
  query: AlertQuery,
  errors: FormError[] = [],
): Promise<string> {
  const looking = await lookingAt(context, request);
  if (await needsReason(context, query, looking)) return sendReasonPage(context, request, reply, query);
  const data = {
    ...(await alertListData(context, query, looking)),
    mayHandle: mayUse(visitOf(request).account.role, 'POST /alerts/bulk'),
    done: doneWords(request.query),
  };
  return sendPage(context, request, reply, { name: 'alert-list', title: 'Alerts', section: 'alerts', errors, data });
}

async function alertListData(context: ConsoleContext, query: AlertQuery, looking: Looking): Promise<object> {
  const { store } = context;
  const page = { size: rowsPerPage, grouped: query.rows === '', ...(query.place ? { place: query.place } : {}) };
  const found = await listAlerts(store, filterOf(query, looking), query.order, page);
  const kinds = await context.briefly(`alert kinds ${JSON.stringify(looking.within)}`, () =>
    alertKinds(store, looking.within),
  );
  const choices = { ...kinds, analysts: await analysts(context, looking.within) };
  const ids = found.rows.flatMap((row) => [row.assignee_id ?? [], row.last_assignee_id ?? []].flat());
  const names = await displayNames(store, ids);
  const { place: _place, ...first } = query;
  return {
    figures: figures(await openBySeverity(store, looking.within)),
    views: views(query, await savedFilters(store, looking.accountId)),
    form: filterForm(query, choices),
    tags: filterTags(query, namesIn(query, found, choices)),
    clear: '/alerts',
    list: alertParameters(query),
    summary: summary(found, query),
    total: found.total.alerts.toLocaleString('en-GB'),
    exportHref: `/alerts/export?${alertParameters(first)}`,
    columns: columnHeads(query),
    rows: found.rows.map((row) => rowView(row, query, names)),
    previous: found.previous && alertsAddress({ ...query, place: found.previous }),
    next: found.next && alertsAddress({ ...query, place: found.next }),
    firstPage: query.place === undefined,
  };
}

function figures(open: ReadonlyMap<string, number>) {
  return severities.toReversed().map((severity) => ({
    ...severityTag(severity),
    count: (open.get(severity) ?? 0).toLocaleString('en-GB'),
    href: alertsAddress({ severities: [severity] }),
  }));
}

/** Lists to go to at once: three that everybody has, and one's own. */
function views(query: AlertQuery, saved: readonly SavedFiltersTable[]) {
  const { place: _place, ...first } = query;
  const now = alertParameters(first);
  const view = (text: string, parameters: string, id?: string) => ({
    text,
    id,
    href: parameters === '' ? '/alerts' : `/alerts?${parameters}`,
    current: parameters === now,
  });
  return [
    view('All not closed', ''),
    view('Assigned to me', alertParameters({ assigned: 'me' })),
    view('Assigned to nobody', alertParameters({ assigned: 'nobody' })),
    ...saved.map(({ id, name, query: kept }) => view(name, kept, id)),
  ];
}

/** What is named by id is called by what the first line of the list calls it. */
function namesIn(
  query: AlertQuery,
  { rows: [row] }: AlertPage,
  { rules, analysts: people }: FilterChoices,
): FilterNames {
  const person = people.find(({ id }) => id === query.assigned)?.name;
  return {
    rule: rules.find((rule) => rule.id === query.rule)?.title ?? query.rule,
    computer: row?.hostname ?? 'one computer',
    device: row?.device ?? 'one device',
    same: row?.title ?? 'one alert',
    assigned: query.assigned === 'me' || query.assigned === 'nobody' ? query.assigned : (person ?? 'a former account'),
  };
}

function summary({ total }: AlertPage, query: AlertQuery): string {
  const alerts = counted(total.alerts, 'alert');
  return query.rows === 'each' || total.alerts === total.groups
    ? alerts
    : `${alerts} in ${counted(total.groups, 'group')}`;
}

const verbs: Partial<Record<string, string>> = { closed: 'closed', assigned: 'assigned' };

/** What became of a step with many alerts: its figures come in the address. */
function doneWords(query: unknown): string | undefined {
  const verb = verbs[fieldOf(query, 'done')];
  const [changed = 0, skipped = 0] = ['changed', 'skipped'].map((name) => Number(fieldOf(query, name)));
  if (verb === undefined || !Number.isSafeInteger(changed) || !Number.isSafeInteger(skipped)) return undefined;
  const left =
    skipped > 0 ? ` ${counted(skipped, 'alert')} had been closed by somebody else and stayed as they were.` : '';
  return `You have ${verb} ${counted(changed, 'alert')}.${left}`;
}
