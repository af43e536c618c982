import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../store/database.ts';
import type { ReportTask } from './report-maker.ts';
import { makeFiles } from './reports.ts';

/* One report, with a connection of its own that can only read, so that making it holds nobody up. */
const { storeFile, request } = workerData as ReportTask;
const { store, close } = openStore(storeFile, { readOnly: true });
try {
  parentPort?.postMessage(await makeFiles(store, request));
} finally {
  await close();
}
