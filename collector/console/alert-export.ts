import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { isoTime } from '#shared/clock.ts';
import { severities } from '#shared/policy/schema.ts';
import { displayNames } from '../accounts/accounts.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { AlertFilter } from '../alerting/alert-filter.ts';
import { type AlertRow, alertRows } from '../alerting/alert-list.ts';
import type { AlertOrder, Place } from '../alerting/alert-places.ts';
import { writeCsv } from '../register/csv.ts';
import type { Store } from '../store/tables.ts';
import { lookingAt, needsReason } from './alert-looking.ts';
import { alertParameters, alertsAddress, filterOf, readAlertQuery } from './alert-query.ts';
import type { ConsoleContext } from './layout.ts';
import { stateWords } from './severity.ts';

const rowsAtOnce = 500;
const columns = [
  'Severity',
  'What',
  'Clause',
  'Computer',
  'Person',
  'Device',
  'Assigned to',
  'State',
  'Times',
  'Last seen',
  'Alert',
] as const;

/** Every alert of a list, one line each, for a spreadsheet. */
export function alertExportRoute(app: FastifyInstance, context: ConsoleContext): void {
  app.get('/alerts/export', async (request, reply) => {
    const query = readAlertQuery(request.query);
    const looking = await lookingAt(context, request);
    if (await needsReason(context, query, looking)) return reply.redirect(alertsAddress(query), 303);
    const { now, accountId } = looking;
    const detail = alertParameters(query);
    await recordAudit(context.store, { at: now, accountId, action: 'alerts.exported', detail });
    const name = `alerts-${isoTime(now).slice(0, 10)}.csv`;
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(Readable.from(csvOf(context.store, filterOf(query, looking), query.order)));
  });
}

/** In pieces, so that a long list neither fills the memory nor keeps everybody waiting. */
async function* csvOf(store: Store, filter: AlertFilter, order: AlertOrder): AsyncGenerator<string> {
  let place: Place | undefined;
  let isFirst = true;
  do {
    const { rows, next } = await alertRows(store, filter, order, { size: rowsAtOnce, ...(place && { place }) });
    const names = await displayNames(
      store,
      rows.flatMap(({ assignee_id }) => assignee_id ?? []),
    );
    const lines = rows.map((row) => line(row, names));
    yield isFirst ? writeCsv(columns, lines) : writeCsv(lines[0] ?? [], lines.slice(1)).replace(/^\uFEFF/, '');
    isFirst = false;
    place = next;
  } while (place);
}

function line(row: AlertRow, names: ReadonlyMap<string, string>): string[] {
  return [
    severities[row.severity_rank] ?? '',
    row.title,
    row.clause,
    row.hostname,
    row.person ?? '',
    row.device ?? '',
    row.assignee_id === null ? '' : (names.get(row.assignee_id) ?? ''),
    stateWords[row.state],
    String(row.count),
    isoTime(row.last_at),
    row.id,
  ];
}
