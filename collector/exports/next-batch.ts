import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Store } from '../store/tables.ts';
import { alertRecords } from './alert-records.ts';
import type { Taken } from './destinations.ts';
import { type Behind, computersAhead, type Position } from './positions.ts';
import { type EventRecord, type ExportRecord, eventUid } from './record.ts';

/** What a batch holds at most: this bounds the memory of a destination, however far it is behind. */
export const batchBounds = { records: 500, bytes: 2 * 1024 * 1024, steps: 100 } as const;

export interface BatchFilter {
  destination: string;
  /** The destination has the steps of alerts up to this number. */
  step: number;
  /** Undefined: every kind. */
  kinds?: readonly string[] | undefined;
  alerts?: boolean | undefined;
}

/** The next records for a destination, and where it stands once it took them. Nothing to do: no positions and the same step. */
export interface NextBatch {
  records: ExportRecord[];
  taken: Taken;
  /** There is more than fitted. */
  more: boolean;
}

export async function nextBatch(store: Store, filter: BatchFilter): Promise<NextBatch> {
  const ahead = await computersAhead(store, filter.destination);
  const records: ExportRecord[] = [];
  const positions: Position[] = [];
  let bytes = 0;
  for (const [index, behind] of ahead.entries()) {
    const room = batchBounds.records - records.length;
    if (room <= 0 || bytes >= batchBounds.bytes) break;
    // So that one computer with a long past does not keep the others waiting.
    const share = Math.ceil(room / (ahead.length - index));
    const part = await eventsOf(store, behind, filter, share, batchBounds.bytes - bytes);
    records.push(...part.records);
    positions.push(part.position);
    bytes += part.bytes;
  }
  const steps = await alertRecords(store, filter.step, batchBounds.steps);
  if (filter.alerts !== false) records.push(...steps.records);
  const all = ahead.every(({ computerNo, head }) =>
    positions.some((position) => position.computerNo === computerNo && position.seq >= head),
  );
  return {
    records,
    taken: { positions, step: steps.step, records: records.length },
    more: !all || steps.count === batchBounds.steps,
  };
}

async function eventsOf(store: Store, behind: Behind, { kinds }: BatchFilter, most: number, room: number) {
  const rows = await store
    .selectFrom('events')
    .select(['seq', 'kind', 'received_at', 'line'])
    .where('computer_no', '=', behind.computerNo)
    .where('seq', '>', behind.seq)
    .where('seq', '<=', behind.head)
    .orderBy('seq')
    .limit(most)
    .execute();
  const records: EventRecord[] = [];
  let bytes = 0;
  // Numbers behind the newest row are lost ones, or there are none.
  let seq = rows.length < most ? behind.head : behind.seq;
  for (const row of rows) {
    if (bytes >= room && records.length > 0)
      return { records, bytes, position: { ...behind, seq: lastOf(records, behind) } };
    seq = Math.max(seq, row.seq);
    // A line that retention took away cannot be sent any more.
    if (row.line === null || (kinds && !kinds.includes(row.kind))) continue;
    bytes += row.line.length;
    records.push({
      type: 'event',
      uid: eventUid(behind.id, row.seq),
      computer: { id: behind.id, hostname: behind.hostname },
      receivedAt: row.received_at,
      event: JSON.parse(row.line) as PortcullisEvent,
    });
  }
  return { records, bytes, position: { ...behind, seq } };
}

function lastOf(records: readonly EventRecord[], behind: Behind): number {
  return records.at(-1)?.event.seq ?? behind.seq;
}
