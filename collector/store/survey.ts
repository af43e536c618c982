import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PortcullisError } from '#shared/errors.ts';
import { openStore } from './database.ts';
import { brokenPagesOf, openForLook, tableNames } from './table-check.ts';
import { type Verified, verifyStore } from './verify.ts';

/** What a look at all of a store found. */
export interface Survey {
  /** Tables whose pages do not fit together, with what SQLite says of them. */
  damaged: { table: string; says: string[] }[];
  /** Whether the events are those that their computers signed; undefined where damage makes the question idle. */
  verified?: Verified;
}

/** Waits after a step. @param milliseconds that the step took */
export type Rest = (milliseconds: number) => Promise<void>;

/** A step is followed by three times its own time, up to this, in which the disk and the processor are others'. */
const longestRest = 10_000;
export const usualRest: Rest = (milliseconds) => sleep(Math.min(3 * milliseconds, longestRest));

/**
 * Looks at every page of a store that is in use, and then at every event, in steps with a rest after each: a table, then the
 * chain of a computer. Nobody waits for it but the disk.
 */
export async function surveyStore(file: string, rest: Rest): Promise<Survey> {
  const damaged = await damagedTables(file, rest);
  return damaged.length > 0 ? { damaged } : { damaged, verified: await verifyInSteps(file, rest) };
}

async function damagedTables(file: string, rest: Rest): Promise<Survey['damaged']> {
  const database = openForLook(file);
  const damaged: Survey['damaged'] = [];
  try {
    for (const table of tableNames(database)) {
      const says = await restedAfter(rest, () => brokenPagesOf(database, table));
      if (says.length > 0) damaged.push({ table, says });
    }
  } finally {
    database.close();
  }
  return damaged;
}

async function verifyInSteps(file: string, rest: Rest): Promise<Verified> {
  const { store, close } = openStore(file, { readOnly: true });
  try {
    const ids = await store.selectFrom('computers').select('id').where('state', '!=', 'collector').execute();
    const computers: Verified['computers'] = [];
    for (const { id } of ids) {
      const one = await restedAfter(rest, () => verifyStore(store, id, () => undefined));
      computers.push(...one.computers);
    }
    return { holds: computers.every(({ holds }) => holds), computers };
  } finally {
    await close();
  }
}

async function restedAfter<T>(rest: Rest, step: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await step();
  await rest(performance.now() - began);
  return result;
}

/** The same on a thread of its own. @returns undefined when it was called off. @throws what the thread did */
export function surveyInThread(file: string, calledOff: AbortSignal): Promise<Survey | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./survey-thread.ts', import.meta.url), { workerData: file });
    const stop = () => void worker.terminate();
    calledOff.addEventListener('abort', stop);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      calledOff.removeEventListener('abort', stop);
      if (calledOff.aborted) resolve(undefined);
      else reject(new PortcullisError('surveyEnded', 'The look at the store ended before it was done.'));
    });
  });
}
