import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { PortcullisError } from '#shared/errors.ts';
import { joined, type Replay } from './replay.ts';
import { basisOf, type ReplayParts } from './replay-event.ts';

export interface ReplayTask {
  storeFile: string;
  parts: ReplayParts;
}

/** What a thread has just read, and how much it was found to have to. */
export interface ReplayStep {
  read: number;
  total: number;
}

export interface ReplayWatch {
  onProgress?(step: ReplayStep): void;
  /** Ends the threads before they are done. */
  signal?: AbortSignal;
}

const mostThreads = 4;

/**
 * Replays with every core, each taking a stretch of the time. The threads only read, and end with their answer.
 * @param now milliseconds since 1970: where the last stretch is thought to end
 */
export async function replayOnAllCores(
  storeFile: string,
  parts: ReplayParts,
  now: number,
  watch: ReplayWatch = {},
): Promise<Replay> {
  const threads = Math.min(mostThreads, availableParallelism());
  const stretches = stretchesOf(parts.since, now, threads).map((stretch) => ({ ...parts, ...stretch }));
  const answers = await Promise.all(stretches.map((one) => replayInThread({ storeFile, parts: one }, watch)));
  return joined(answers, basisOf(parts));
}

/** Pure. Together they hold every event from `since` on; the last has no end, because clocks run ahead. */
export function stretchesOf(since: number, now: number, count: number): Pick<ReplayParts, 'since' | 'until'>[] {
  const step = Math.max(1, Math.ceil((now - since) / count));
  return Array.from({ length: count }, (_, index) => ({
    since: since + index * step,
    ...(index < count - 1 && { until: since + (index + 1) * step }),
  }));
}

/** A thread sends its steps, and at last its answer. */
export type ReplayMessage = { step: ReplayStep } | { answer: Replay };

function replayInThread(task: ReplayTask, { onProgress, signal }: ReplayWatch): Promise<Replay> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./replay-thread.ts', import.meta.url), { workerData: task });
    const stop = () => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: ReplayMessage) => {
      if ('step' in message) onProgress?.(message.step);
      else resolve(message.answer);
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(new PortcullisError('replayEnded', 'The replay ended without an answer.'));
    });
  });
}
