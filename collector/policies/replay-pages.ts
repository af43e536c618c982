import { type SqlBool, sql } from 'kysely';
import type { EventOf } from '#shared/events/kinds.ts';
import { type Place, places } from '../register/places.ts';
import type { Store } from '../store/tables.ts';

/** Kinds of event that hold a decision about a device. */
export const replayedKinds = ['media.attached', 'media.mounted', 'media.changed'] as const;
type ReplayedKind = (typeof replayedKinds)[number];

/** As much of such an event as decides it. */
export type Replayed = { [K in ReplayedKind]: Pick<EventOf<K>, 'kind' | 'at' | 'actor' | 'data'> }[ReplayedKind];

export interface EventRow {
  computer_no: number;
  seq: number;
  at: number;
  line: string;
}

export interface ReplayComputer extends Place {
  id: string;
  hostname: string;
  portable?: boolean;
}

/** Few enough that their lines are let go of before they are moved about in memory. */
const pageSize = 500;

export async function computersByNo(store: Store): Promise<Map<number, ReplayComputer>> {
  const rows = await store.selectFrom('computers').select(['no', 'id', 'hostname', 'inventory']).execute();
  const placed = await places(store);
  return new Map(
    rows.map(({ no, id, hostname, inventory }) => {
      const { portable } = JSON.parse(inventory ?? '{}') as { portable?: boolean };
      return [no, { id, hostname, ...(portable !== undefined && { portable }), ...placed.get(id) }];
    }),
  );
}

/** Rows of one kind in the order of the index, a page at a time. */
export async function* pages(
  store: Store,
  kind: ReplayedKind,
  { since, until = Number.MAX_SAFE_INTEGER }: { since: number; until?: number },
): AsyncGenerator<EventRow[]> {
  let last = { at: since, computer_no: -1, seq: -1 };
  while (true) {
    const rows = await store
      .selectFrom('events')
      .select(['computer_no', 'seq', 'at', 'line'])
      .where('kind', '=', kind)
      .where('at', '>=', last.at)
      .where('at', '<', until)
      .where(sql<SqlBool>`(at, computer_no, seq) > (${last.at}, ${last.computer_no}, ${last.seq})`)
      .where('line', 'is not', null)
      .orderBy('at')
      .orderBy('computer_no')
      .orderBy('seq')
      .limit(pageSize)
      .$narrowType<{ line: string }>()
      .execute();
    if (rows.length > 0) yield rows;
    const end = rows.at(-1);
    if (!end || rows.length < pageSize) return;
    last = end;
  }
}
