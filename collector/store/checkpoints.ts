import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { type Job, job } from '../jobs/job.ts';
import type { CheckpointReply, CheckpointRequest } from './checkpoint-thread.ts';
import type { Turns } from './turns.ts';

/** Pages in the log from which on they are moved: what many events touch, as the indices, is then written once for all. */
const usualPages = 4000;

export interface CheckpointParts {
  storeFile: string;
  turn: Turns;
  log: Logger;
  pages?: number;
}

/**
 * Keeps the store's log short. Without it SQLite does so within whichever commit makes the log long, and an agent or a
 * page waits for a fifth of a second. Most is moved while others write; the small rest in a turn of its own, after which
 * the log begins anew.
 */
export function checkpoints({ storeFile, turn, log, pages = usualPages }: CheckpointParts): Job {
  const worker = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: storeFile });
  const gone = new AbortController();
  // SQLite then does it within commits again, if later.
  worker.on('error', (error) => log.error({ code: errorCode(error) }, 'the thread that moves the log has ended'));
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      gone.abort();
      resolve();
    });
  });

  async function ask(how: CheckpointRequest): Promise<number> {
    // Not a race with the promise of its end: that would keep something of every question for as long as it lives.
    const answered = once(worker, 'message', { signal: gone.signal }).catch(ended);
    worker.postMessage(how);
    const [reply] = (await answered) as [CheckpointReply];
    if ('code' in reply) throw new PortcullisError(reply.code, 'The log of the store could not be moved into it.');
    return reply.log - reply.checkpointed;
  }

  async function look(): Promise<void> {
    if (gone.signal.aborted || (await ask('noop')) < pages) return;
    await ask('passive');
    await new Promise<void>((resolve, reject) => {
      turn.take((end) => {
        ask('passive')
          .finally(end)
          .then(() => resolve(), reject);
      });
    });
  }

  const looking = job({
    log,
    everyMilliseconds: 250,
    failure: 'the log of the store could not be moved into it',
    look,
  });
  return {
    ...looking,
    async stop() {
      await looking.stop();
      worker.postMessage('close');
      await exited;
    },
  };
}

function ended(): never {
  throw new PortcullisError('checkpointEnded', 'The thread that moves the log of the store has ended.');
}
