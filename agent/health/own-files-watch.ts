import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import { judgeOwnFiles, lookAtOwnFiles, type OwnFilesParts } from './own-files.ts';

/** After the start, when the watchers have had their first look, and then now and then. Milliseconds. */
const firstMilliseconds = 60_000;
const everyMilliseconds = 6 * 60 * 60_000;

/** Looks at the agent's own files from time to time. @param folder of the program */
export function ownFilesWatch(folder: string, log: Logger, parts: OwnFilesParts): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  async function look(): Promise<void> {
    const found = await lookAtOwnFiles(folder);
    if (found && running) judgeOwnFiles(found, parts);
  }

  function schedule(milliseconds: number): void {
    timer = setTimeout(() => {
      look().catch((error: unknown) => log.warn({ code: errorCode(error) }, 'the own files could not be looked at'));
      schedule(everyMilliseconds);
    }, milliseconds);
    timer.unref();
  }

  return {
    start() {
      running = true;
      schedule(firstMilliseconds);
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
  };
}
