import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { errorCode } from '#shared/errors.ts';

/*
 * Moves what was written from the store's log into the store, on a connection of its own: the disk works while the
 * writer goes on writing and the main thread answers.
 */
const port = parentPort;
if (!port) throw new TypeError('this file is the entry of a worker thread');
const database = new Database(String(workerData), { fileMustExist: true });
database.pragma('synchronous = FULL');

/** `noop` only tells; `passive` moves what can be moved without making anybody wait. */
export type CheckpointRequest = 'noop' | 'passive';
/** Pages in the log, and how many of them are in the store as well. */
export type CheckpointReply = { log: number; checkpointed: number } | { code: string };

function answer(how: CheckpointRequest): CheckpointReply {
  try {
    const [row] = database.pragma(`wal_checkpoint(${how})`) as { log: number; checkpointed: number }[];
    return row ?? { log: 0, checkpointed: 0 };
  } catch (error) {
    return { code: errorCode(error) };
  }
}

port.on('message', (request: CheckpointRequest | 'close') => {
  if (request !== 'close') return port.postMessage(answer(request));
  database.close();
  port.close();
});
