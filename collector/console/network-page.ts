import type { FastifyInstance } from 'fastify';
import {
  importNetworkList,
  listNetwork,
  type NetworkFilter,
  type NetworkRow,
  type NetworkSort,
  type NetworkStatus,
  networkColumns,
  networkFigures,
  networkStatuses,
  setNetworkStatus,
} from '../register/network-list.ts';
import { mayUse } from './access.ts';
import { formErrors } from './form-errors.ts';
import { type ConsoleContext, sendPage } from './layout.ts';
import { type ListSpec, listView, readListQuery, rowsPerPage } from './list-query.ts';
import type { Tag } from './severity.ts';
import { fieldOf, visitOf } from './visit.ts';
import { counted, moment } from './words.ts';

const tags: Record<NetworkStatus | 'agent', Tag> = {
  unknown: { text: 'Unknown', colour: 'red' },
  expected: { text: 'Agent to come', colour: 'yellow' },
  approved: { text: 'Approved without agent', colour: 'blue' },
  agent: { text: 'Has an agent', colour: 'green' },
};

const spec: ListSpec<NetworkSort> = {
  path: '/network',
  usual: { column: 'name', direction: 'asc' },
  filters: [
    { name: 'search', label: 'Find', hint: 'Name, hardware or network address' },
    {
      name: 'status',
      label: 'State',
      options: [
        { value: 'no-agent', text: 'Without an agent' },
        ...(['unknown', 'expected', 'approved', 'agent'] as const).map((value) => ({ value, text: tags[value].text })),
      ],
    },
  ],
  columns: [
    { text: 'Name', sort: 'name' },
    { text: 'State', sort: 'status' },
    { text: 'Addresses' },
    { text: 'Listed', sort: 'last', first: 'desc' },
    { text: 'Decide' },
  ],
};

/** Thousands of names, and no film. Bytes of the whole form. */
const bodyLimit = 2 * 1024 * 1024;

/** What lists of others name, beside what has an agent (CCG 14). */
export function networkRoutes(app: FastifyInstance, context: ConsoleContext): void {
  const { store, clock } = context;
  app.get('/network', async (request, reply) => {
    const query = readListQuery(spec, request.query);
    const page = { ...query.sorting, page: query.page, size: rowsPerPage };
    // The words were compared with those of the specification above.
    const { rows, total } = await listNetwork(store, query.filters as NetworkFilter, page);
    const found = await networkFigures(store);
    const data = {
      list: listView(spec, query, { total, noun: 'name' }),
      figures: networkStatuses.map((status) => ({
        text: tags[status].text.toLowerCase(),
        count: String(found.get(status) ?? 0),
        colour: (found.get(status) ?? 0) > 0 ? tags[status].colour : 'grey',
        href: `/network?status=${status}`,
      })),
      isEmpty: total === 0 && Object.keys(query.filters).length === 0,
      rows: rows.map(rowView),
      back: request.url,
      mayDecide: mayUse(visitOf(request).account.role, 'POST /network/:id'),
      done: fieldOf(request.query, 'done') === 'saved' ? 'Saved.' : undefined,
    };
    return sendPage(context, request, reply, {
      name: 'network',
      title: 'Computers on the network',
      section: 'computers',
      data,
    });
  });

  app.post<{ Params: { id: string } }>('/network/:id', async (request, reply) => {
    const status = networkStatuses.find((word) => word === fieldOf(request.body, 'status'));
    if (!status) return reply.code(400).send();
    const changed = { accountId: visitOf(request).account.id, now: clock.now() };
    const decision = { status, note: fieldOf(request.body, 'note') };
    const isKnown = await store
      .transaction()
      .execute((tx) => setNetworkStatus(tx, request.params.id, decision, changed));
    if (!isKnown) return reply.callNotFound();
    const back = fieldOf(request.body, 'back');
    // Only back to this list: anything else in the field is somebody else's address.
    return reply.redirect(/^\/network(\?[\w=&%.+-]*)?$/.test(back) ? back : '/network', 303);
  });

  const importPage = { name: 'network-import', title: 'Import a list of the network', section: 'computers' } as const;
  const columns = networkColumns.join(', ');
  app.get('/network/import', (request, reply) =>
    sendPage(context, request, reply, { ...importPage, data: { columns, source: 'Directory' } }),
  );
  app.post('/network/import', { bodyLimit }, async (request, reply) => {
    const [text, source] = [fieldOf(request.body, 'text'), fieldOf(request.body, 'source').trim() || 'A list'];
    try {
      const changed = { accountId: visitOf(request).account.id, now: clock.now() };
      const { names, added } = await importNetworkList(store, text, source, changed);
      const done = `${counted(names, 'name')} read, ${added.toLocaleString('en-GB')} of them new.`;
      return sendPage(context, request, reply, { ...importPage, data: { columns, source, done } });
    } catch (error) {
      const errors = formErrors(error, 'text');
      return sendPage(context, request, reply, { ...importPage, data: { columns, source, text }, errors });
    }
  });
}

function rowView(row: NetworkRow) {
  return {
    id: row.id,
    name: row.name,
    href: row.computer_id === null ? undefined : `/computers/${row.computer_id}`,
    tag: tags[row.computer_id === null ? row.status : 'agent'],
    status: row.status,
    note: row.note,
    addresses: [row.address, row.mac].filter(Boolean).join(', ') || 'Not given',
    last: moment(row.last_at),
    source: row.source,
    statuses: networkStatuses.map((value) => ({ value, text: tags[value].text })),
  };
}
