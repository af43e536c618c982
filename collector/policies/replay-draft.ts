import { loadPolicy } from '#shared/policy/load.ts';
import { approvalsInForce } from '../approvals/approvals.ts';
import { registerEntries } from '../register/media.ts';
import type { Store } from '../store/tables.ts';
import { currentPolicy } from './policies.ts';
import type { ReplayParts } from './replay-event.ts';

const day = 24 * 60 * 60 * 1000;

/**
 * A draft against what holds now, over the last days.
 * @param days how far back, above 0
 * @throws InvalidError when the text is no valid policy
 */
export async function draftAgainstCurrent(
  store: Store,
  { text, days, now }: { text: string; days: number; now: number },
): Promise<ReplayParts> {
  return {
    draft: loadPolicy(text),
    current: (await currentPolicy(store))?.policy ?? null,
    standing: { register: await registerEntries(store), approvals: await approvalsInForce(store, now), codes: [] },
    since: Math.round(now - days * day),
  };
}
