import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../store/database.ts';
import { countEvents, replay } from './replay.ts';
import type { ReplayMessage, ReplayTask } from './replay-threads.ts';

/* A stretch of a replay, with a connection of its own that can only read. */
const { storeFile, parts } = workerData as ReplayTask;
const { store, close } = openStore(storeFile, { readOnly: true });
try {
  const send = (message: ReplayMessage) => parentPort?.postMessage(message);
  send({ step: { read: 0, total: await countEvents(store, parts) } });
  send({ answer: await replay(store, parts, (read) => send({ step: { read, total: 0 } })) });
} finally {
  await close();
}
