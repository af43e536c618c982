import { sql } from 'kysely';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Store } from '../store/tables.ts';
import { osNameMatches } from './os-names.ts';
import type { Person } from './people.ts';

export interface HistoryEntry {
  at: number;
  computer: { id: string; hostname: string };
  event: PortcullisEvent;
}
export interface PersonHistory {
  /** Newest first, up to {@link mostShown}. */
  entries: HistoryEntry[];
  /** There are more than are shown. */
  more: boolean;
}

export const mostShown = 200;
/** Days a history may go back: the store looks through all events of that time. */
export const historyDays = [1, 7, 30, 90] as const;

const user = sql<string>`lower(json_extract(events.line, '$.actor.user'))`;

/** Events in which this person acted, by the names they sign in to computers with. Times are those of the computers. */
export async function historyOf(store: Store, { accounts }: Person, from: number, to: number): Promise<PersonHistory> {
  const names = await store
    .selectFrom('events')
    .select(user.as('user'))
    .distinct()
    .where('at', '>=', from)
    .where('at', '<=', to)
    .execute();
  const own = names.flatMap(({ user: seen }) =>
    seen && accounts.some((name) => osNameMatches(name, seen)) ? [seen] : [],
  );
  if (own.length === 0) return { entries: [], more: false };
  const rows = await store
    .selectFrom('events')
    .innerJoin('computers', 'computers.no', 'events.computer_no')
    .select(['events.at', 'events.line', 'computers.id', 'computers.hostname'])
    .where('events.at', '>=', from)
    .where('events.at', '<=', to)
    .where(user, 'in', own)
    .orderBy('events.at', 'desc')
    .limit(mostShown + 1)
    .execute();
  const entries = rows.flatMap(({ at, line, id, hostname }) =>
    line === null ? [] : [{ at, computer: { id, hostname }, event: JSON.parse(line) as PortcullisEvent }],
  );
  return { entries: entries.slice(0, mostShown), more: rows.length > mostShown };
}
