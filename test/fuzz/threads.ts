import { Worker } from 'node:worker_threads';
import { randomOfCase } from './chance.ts';
import type { FuzzResult } from './fuzz.ts';
import { type TargetName, targets } from './targets.ts';

export interface Share {
  name: TargetName;
  seed: number;
  /** Inputs of this thread. */
  from: number;
  count: number;
  seconds?: number;
  /** Number of the input it is at, counted from its first; -1 before that. */
  at: Int32Array;
}

export interface RunOptions {
  name: TargetName;
  seed: number;
  count: number;
  seconds?: number;
  threads: number;
  progress(text: string): void;
}

/** A thread that needs more is ended, and that is a fault. */
const mostMegabytes = 512;

/** Spreads a run over threads. One that stands still, runs out of memory or crashes is a fault with its input. */
export async function fuzzInThreads({
  name,
  seed,
  count,
  seconds,
  threads,
  progress,
}: RunOptions): Promise<FuzzResult> {
  const each = Math.ceil(count / threads);
  const shares = Array.from(
    { length: Math.min(threads, count) },
    (_, index): Share => ({
      name,
      seed,
      from: index * each,
      count: Math.min(each, count - index * each),
      ...(seconds !== undefined && { seconds }),
      at: new Int32Array(new SharedArrayBuffer(4)).fill(-1),
    }),
  );
  const telling = setInterval(
    () => progress(`${name}: ${shares.reduce((sum, { at }) => sum + Atomics.load(at, 0) + 1, 0)} of ${count} inputs`),
    1000,
  );
  const results = await Promise.all(shares.map(runShare)).finally(() => clearInterval(telling));
  progress('');
  return results.reduce(together);
}

async function runShare(share: Share): Promise<FuzzResult> {
  const worker = new Worker(new URL('./fuzz-thread.ts', import.meta.url), {
    workerData: share,
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
  });
  const { promise, resolve, reject } = Promise.withResolvers<FuzzResult>();
  const fail = (fault: string) => void faulty(share, fault).then(resolve, reject);
  worker.once('message', resolve);
  worker.once('error', (error) => fail(`The thread ended: ${error instanceof Error ? error.stack : String(error)}`));
  const patience = (await patienceOf(share.name)) / 1000;
  const watching = watch(share.at, patience, () => {
    fail(`The input was not done within ${patience} s.`);
    worker.terminate().catch(() => undefined);
  });
  return promise.finally(() => clearInterval(watching));
}

/** Calls when the number has not moved for so many seconds. */
function watch(at: Int32Array, seconds: number, stuck: () => void): NodeJS.Timeout {
  let last = -1;
  let still = 0;
  return setInterval(() => {
    const now = Atomics.load(at, 0);
    still = now === last && now >= 0 ? still + 1 : 0;
    last = now;
    if (still === Math.ceil(seconds)) stuck();
  }, 1000);
}

async function patienceOf(name: TargetName): Promise<number> {
  const target = await targets[name]();
  await target.close?.();
  return target.patience;
}

/** The input is made again from its number; it is not made smaller, because looking at it may not end. */
async function faulty(share: Share, fault: string): Promise<FuzzResult> {
  const done = Atomics.load(share.at, 0);
  const index = share.from + Math.max(done, 0);
  const target = await targets[share.name]();
  const input = target.make(randomOfCase(share.seed, index));
  await target.close?.();
  return { ...nothing(share), inputs: done + 1, found: [{ fault, index, input }] };
}

function nothing({ seed }: Share): FuzzResult {
  return { seed, inputs: 0, units: 0, outcomes: {}, found: [], seconds: 0, slowestMilliseconds: 0 };
}

function together(one: FuzzResult, other: FuzzResult): FuzzResult {
  const outcomes = { ...one.outcomes };
  for (const [name, count] of Object.entries(other.outcomes)) outcomes[name] = (outcomes[name] ?? 0) + count;
  return {
    seed: one.seed,
    inputs: one.inputs + other.inputs,
    units: one.units + other.units,
    outcomes,
    found: [...one.found, ...other.found],
    seconds: Math.max(one.seconds, other.seconds),
    slowestMilliseconds: Math.max(one.slowestMilliseconds, other.slowestMilliseconds),
  };
}
