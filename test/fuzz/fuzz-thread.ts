import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './fuzz.ts';
import { targets } from './targets.ts';
import type { Share } from './threads.ts';

/* One thread's share of a run. It writes down which input it is at, so that one that never ends can be named. */
const { name, seed, from, count, seconds, at } = workerData as Share;
const target = await targets[name]();
const result = await fuzz(target, {
  seed,
  from,
  count,
  ...(seconds !== undefined && { seconds }),
  begun: (index) => Atomics.store(at, 0, index - from),
});
await target.close?.();
parentPort?.postMessage(result);
