import type { Store } from '../store/tables.ts';
import type { Basis } from './frame.ts';
import { coverageCounts, stateFigures } from './state-figures.ts';

/** What a report without a period rests on: the registers as they are. */
export async function presentBasis(store: Store, now: number): Promise<Basis> {
  return { dataAsOf: now, state: await stateFigures(store, now), coverage: await coverageCounts(store) };
}
