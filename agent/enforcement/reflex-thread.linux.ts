import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { loadReadOnlyCall } from '../platform/block-calls.linux.ts';
import type { LinuxRoots } from '../platform/sysfs.linux.ts';
import { readOnlyReflex } from './reflex.linux.ts';

/* The thread that `reflex-threads.linux.ts` starts. It ends with the agent, or when it is terminated. */
const { roots } = workerData as { roots: LinuxRoots };
try {
  // Linux takes it for the calling thread alone, which sleeps but for some milliseconds after a disk was plugged in.
  setPriority(constants.priority.PRIORITY_HIGHEST);
} catch {
  // Without the right to it, as an ordinary thread.
}
readOnlyReflex({ roots, setReadOnly: await loadReadOnlyCall() });
parentPort?.postMessage('ready');
