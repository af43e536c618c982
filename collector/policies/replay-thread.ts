import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../store/database.ts';
import { replay } from './replay.ts';
import type { ReplayTask } from './replay-threads.ts';

/* A stretch of a replay, with a connection of its own that can only read. */
const { storeFile, parts } = workerData as ReplayTask;
const { store, close } = openStore(storeFile, { readOnly: true });
try {
  parentPort?.postMessage(await replay(store, parts));
} finally {
  await close();
}
