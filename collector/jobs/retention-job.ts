import type { CollectorContext } from '../context.ts';
import { currentPolicy } from '../policies/policies.ts';
import { closeMonths } from '../reports/figures.ts';
import { runRetention } from '../retention/retention.ts';
import { upkeepOf } from '../store/upkeep.ts';
import { type Job, job } from './job.ts';

const everyMilliseconds = 10 * 60 * 1000;
const day = 24 * 60 * 60 * 1000;

/** Once a day, also after the collector was away: removes what the policy in force keeps no longer. */
export function retentionJob({ store, clock, log }: CollectorContext): Job {
  async function look(): Promise<void> {
    const last = (await upkeepOf(store)).get('retention');
    const now = clock.now();
    // A clock that was set back must not put it off for ever.
    if (last && now - last.at < day && now >= last.at) return;
    const policy = await currentPolicy(store);
    if (!policy) return;
    // What a month said is frozen before anything it rests on goes.
    await closeMonths(store, now);
    const done = await runRetention(store, policy, clock);
    log.info(Object.fromEntries(done.map(({ what, removed }) => [what, removed])), 'retention ran');
  }
  return job({ log, everyMilliseconds, failure: 'retention could not run', look });
}
