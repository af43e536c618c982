import { sql } from 'kysely';
import type { Clock } from '#shared/clock.ts';
import type { Store } from '../store/tables.ts';

/** Answers that each view of a page asks for and that seldom change. */
export type BriefMemory = <T>(key: string, ask: () => Promise<T>) => Promise<T>;

const holds = 10_000;
const kept = 100;

/**
 * Keeps an answer for ten seconds. What people change at the console goes through this connection and is seen at once;
 * what agents report is seen when the ten seconds are over, so this is for lists to choose from and not for figures.
 */
export function briefMemory({ store, clock }: { store: Store; clock: Clock }): BriefMemory {
  const known = new Map<string, { answer: unknown; changes: number; since: number }>();
  return async <T>(key: string, ask: () => Promise<T>) => {
    const changes = await changesHere(store);
    const remembered = known.get(key);
    const age = clock.monotonic() - (remembered?.since ?? 0);
    // The same key is always asked the same question.
    if (remembered?.changes === changes && age < holds) return remembered.answer as T;
    const answer = await ask();
    if (known.size >= kept) known.clear();
    known.set(key, { answer, changes, since: clock.monotonic() });
    return answer;
  };
}

/** Rows that this connection changed since it was opened. */
async function changesHere(store: Store): Promise<number> {
  const { changes } = await store.selectNoFrom(sql<number>`total_changes()`.as('changes')).executeTakeFirstOrThrow();
  return changes;
}
