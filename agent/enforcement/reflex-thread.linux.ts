import { parentPort, workerData } from 'node:worker_threads';
import { loadReadOnlyCall } from '../platform/block-calls.linux.ts';
import type { LinuxRoots } from '../platform/sysfs.linux.ts';
import { readOnlyReflex } from './reflex.linux.ts';

/* The thread that `reflex-threads.linux.ts` starts. It ends with the agent, or when it is terminated. */
const { roots } = workerData as { roots: LinuxRoots };
readOnlyReflex({ roots, setReadOnly: await loadReadOnlyCall() });
parentPort?.postMessage('ready');
