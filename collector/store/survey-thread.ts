import { parentPort, workerData } from 'node:worker_threads';
import { surveyStore, usualRest } from './survey.ts';

/* One look at the whole store, on a thread and connections of its own, so that it holds nobody up. */
parentPort?.postMessage(await surveyStore(String(workerData), usualRest));
