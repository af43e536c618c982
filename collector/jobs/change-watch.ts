import type { Logger } from 'pino';
import { currentPolicy, newestVersion, type PublishedPolicy } from '../policies/policies.ts';
import { standingVersion } from '../policies/standing-version.ts';
import type { Store } from '../store/tables.ts';
import { type Job, job } from './job.ts';

export interface ChangeWatchParts {
  store: Store;
  log: Logger;
  /** The versions that are in force in this process. */
  seen(): { policy: number; standing: number };
  /** Told when either is newer in the store; `policy` only when that one is. */
  changed(news: { policy?: PublishedPolicy; standing: number }): void;
}

const everyMilliseconds = 2000;

/** Notices what other processes changed in the store: commands, or another collector on the same database. */
export function changeWatch({ store, log, seen, changed }: ChangeWatchParts): Job {
  async function look(): Promise<void> {
    const known = seen();
    const standing = await standingVersion(store);
    const isNewPolicy = (await newestVersion(store)) > known.policy;
    if (!isNewPolicy && standing === known.standing) return;
    const policy = isNewPolicy ? await currentPolicy(store) : undefined;
    if (policy) log.info({ policy: policy.version }, 'a policy was published');
    changed({ ...(policy && { policy }), standing });
  }

  return job({ log, everyMilliseconds, failure: 'changes could not be looked for', look });
}
