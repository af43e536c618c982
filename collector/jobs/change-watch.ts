import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import { currentPolicy, newestVersion, type PublishedPolicy } from '../policies/policies.ts';
import { standingVersion } from '../policies/standing-version.ts';
import type { Store } from '../store/tables.ts';

export interface ChangeWatchParts {
  store: Store;
  log: Logger;
  /** The versions that are in force in this process. */
  seen(): { policy: number; standing: number };
  /** Told when either is newer in the store; `policy` only when that one is. */
  changed(news: { policy?: PublishedPolicy; standing: number }): void;
}

/** A job as all have it: `check` does the work once and is what tests call. */
export interface Job {
  start(): void;
  /** Resolves when what is under way is done. */
  stop(): Promise<void>;
  check(): Promise<void>;
}

const everyMilliseconds = 2000;

/** Notices what other processes changed in the store: commands, or another collector on the same database. */
export function changeWatch({ store, log, seen, changed }: ChangeWatchParts): Job {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const known = seen();
    const standing = await standingVersion(store);
    const isNewPolicy = (await newestVersion(store)) > known.policy;
    if (!isNewPolicy && standing === known.standing) return;
    const policy = isNewPolicy ? await currentPolicy(store) : undefined;
    if (policy) log.info({ policy: policy.version }, 'a policy was published');
    changed({ ...(policy && { policy }), standing });
  }

  function check(): Promise<void> {
    running = running.catch(() => undefined).then(look);
    return running;
  }

  function tick(): void {
    check().catch((error: unknown) => log.error({ code: errorCode(error) }, 'changes could not be looked for'));
  }

  return {
    check,
    start() {
      timer = setInterval(tick, everyMilliseconds);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await running.catch(() => undefined);
    },
  };
}
