import { Worker } from 'node:worker_threads';
import { PortcullisError } from '#shared/errors.ts';
import { type MadeFiles, periodOf, type ReportRequest } from './reports.ts';

export interface ReportTask {
  storeFile: string;
  request: ReportRequest;
}

/** Makes a report while the collector goes on with its work. */
export type ReportMaker = (request: ReportRequest) => Promise<MadeFiles>;

/** One report at a time, each on a thread that ends with it: several packs at once would only take memory. */
export function reportMaker(storeFile: string): ReportMaker {
  let before: Promise<unknown> = Promise.resolve();
  return async (request) => {
    // What is wrong with a request is said here: a thread's errors lose their class.
    periodOf(request);
    const made = before.then(() => makeInThread({ storeFile, request }));
    before = made.catch(() => undefined);
    return made;
  };
}

function makeInThread(task: ReportTask): Promise<MadeFiles> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./report-thread.ts', import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new PortcullisError('reportEnded', 'The report ended before it was made.')));
  });
}
