import { PortcullisError } from '#shared/errors.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { productVersion } from '#shared/version.ts';
import type { Store } from '../store/tables.ts';
import { type ExportFormat, formatLine, headingOf } from './format.ts';
import { eventUid, type RecordComputer } from './record.ts';

export interface ExportFilter {
  /** Id or host name. */
  computer: string | undefined;
  kind: string | undefined;
  /** Milliseconds since 1970, by the computers' clocks; `until` is not in it. */
  since: number | undefined;
  until: number | undefined;
}

const pageSize = 1000;

/** Writes events line by line, so that a big store needs no big memory. @returns how many. @throws PortcullisError `noSuchComputer` */
export async function writeExport(
  store: Store,
  { filter, format, organisation }: { filter: ExportFilter; format: ExportFormat; organisation: string },
  write: (line: string) => void,
): Promise<number> {
  const sender = { organisation, version: productVersion() };
  const heading = headingOf(format);
  if (heading !== undefined) write(heading);
  let count = 0;
  for (const computer of await findComputers(store, filter.computer)) {
    let after = 0;
    let page: Awaited<ReturnType<typeof pageOf>>;
    do {
      page = await pageOf(store, computer.no, after, filter);
      for (const { seq, received_at, line } of page) {
        after = seq;
        if (line === null) continue;
        const event = JSON.parse(line) as PortcullisEvent;
        const { id, hostname } = computer;
        const uid = eventUid(id, seq);
        write(
          formatLine(
            format,
            { type: 'event', uid, computer: { id, hostname }, receivedAt: received_at, event },
            sender,
          ),
        );
        count += 1;
      }
    } while (page.length === pageSize);
  }
  return count;
}

async function findComputers(store: Store, computer: string | undefined): Promise<(RecordComputer & { no: number })[]> {
  let query = store.selectFrom('computers').select(['no', 'id', 'hostname']).orderBy('no');
  if (computer !== undefined)
    query = query.where((build) => build.or([build('id', '=', computer), build('hostname', '=', computer)]));
  const found = await query.execute();
  if (computer !== undefined && found.length === 0)
    throw new PortcullisError('noSuchComputer', 'No computer has this id or host name.');
  return found;
}

async function pageOf(store: Store, computerNo: number, after: number, { kind, since, until }: ExportFilter) {
  let query = store
    .selectFrom('events')
    .select(['seq', 'received_at', 'line'])
    .where('computer_no', '=', computerNo)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(pageSize);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  return query.execute();
}
