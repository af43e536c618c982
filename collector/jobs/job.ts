import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';

/** What runs by itself, as all jobs have it: `check` does the work once and is what tests call. */
export interface Job {
  start(): void;
  /** Resolves when what is under way is done. */
  stop(): Promise<void>;
  /** Looks now, after a look that is under way. Rejects as the look does. */
  check(): Promise<void>;
}

export interface JobParts {
  log: Logger;
  /** Pause between two looks. */
  everyMilliseconds: number;
  /** For the log when a look failed; the next one comes as usual. */
  failure: string;
  look(): Promise<void>;
}

/** One look at a time: a slow one puts the next off, and is never doubled. */
export function job({ log, everyMilliseconds, failure, look }: JobParts): Job {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let waiting = false;

  async function check(): Promise<void> {
    running = running.catch(() => undefined).then(look);
    return running;
  }

  function tick(): void {
    if (waiting) return;
    waiting = true;
    check()
      .catch((error: unknown) => log.error({ code: errorCode(error) }, failure))
      .finally(() => {
        waiting = false;
      });
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
