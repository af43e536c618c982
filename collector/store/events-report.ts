import { PortcullisError } from '#shared/errors.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { eventLine } from './event-line.ts';
import type { Store } from './tables.ts';

export interface EventFilter {
  /** Id or host name. */
  computer: string | undefined;
  kind: string | undefined;
  /** Milliseconds since 1970, by the computers' clocks. */
  since: number | undefined;
}

const pageSize = 1000;

/** Prints events page by page, so that a big store needs no big memory. @throws PortcullisError `noSuchComputer` */
export async function printEvents(
  store: Store,
  filter: EventFilter,
  json: boolean,
  print: (line: string) => void,
): Promise<void> {
  const names = new Map((await findComputers(store, filter.computer)).map((row) => [row.no, row]));
  if (filter.computer !== undefined && names.size === 0)
    throw new PortcullisError('noSuchComputer', 'No computer has this id or host name.');
  let before = json ? '[' : '';
  let last = { computer_no: 0, seq: 0 };
  while (true) {
    const page = await eventPage(store, filter, [...names.keys()], last);
    for (const row of page) {
      const computer = names.get(row.computer_no);
      if (row.line === null || !computer) continue;
      if (json) {
        const { id: computerId, hostname } = computer;
        const more = JSON.stringify({ computerId, hostname, receivedAt: new Date(row.received_at).toISOString() });
        print(`${before}${more.slice(0, -1)},${row.line.slice(1)}`);
        before = ',';
      } else print(`${computer.hostname}  ${eventLine(JSON.parse(row.line) as PortcullisEvent)}`);
    }
    const end = page.at(-1);
    if (!end) break;
    last = end;
  }
  if (json) print(before === '[' ? '[]' : ']');
}

async function findComputers(store: Store, computer: string | undefined) {
  let query = store.selectFrom('computers').select(['no', 'id', 'hostname']);
  if (computer !== undefined)
    query = query.where((eb) => eb.or([eb('id', '=', computer), eb('hostname', '=', computer)]));
  return query.execute();
}

async function eventPage(
  store: Store,
  { kind, since, computer }: EventFilter,
  computers: number[],
  last: { computer_no: number; seq: number },
) {
  let query = store
    .selectFrom('events')
    .select(['computer_no', 'seq', 'received_at', 'line'])
    .where((eb) =>
      eb.or([
        eb('computer_no', '>', last.computer_no),
        eb.and([eb('computer_no', '=', last.computer_no), eb('seq', '>', last.seq)]),
      ]),
    )
    .orderBy('computer_no')
    .orderBy('seq')
    .limit(pageSize);
  if (computer !== undefined) query = query.where('computer_no', 'in', computers);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (since !== undefined) query = query.where('at', '>=', since);
  return query.execute();
}
