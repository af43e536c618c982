import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { errorCode } from '#shared/errors.ts';
import type { LinuxRoots } from '../platform/sysfs.linux.ts';

export interface ReflexThread {
  /** Disks that come from now on. Never throws: without it udev and the plan do the same a moment later. */
  start(): Promise<void>;
  stop(): void;
}

const smallHeap = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** Runs `readOnlyReflex` where neither a look nor a decision can keep it from acting at once. */
export function reflexThread({ roots, log }: { roots: LinuxRoots; log: Logger }): ReflexThread {
  let thread: Worker | undefined;

  const failed = (error: unknown) => {
    thread = undefined;
    log.warn({ code: errorCode(error) }, 'new disks are made read-only by udev alone');
  };

  return {
    async start() {
      if (thread) return;
      const url = new URL('./reflex-thread.linux.ts', import.meta.url);
      thread = new Worker(url, { workerData: { roots }, resourceLimits: smallHeap });
      thread.unref();
      const worker = thread;
      worker.on('error', failed);
      await Promise.race([once(worker, 'message'), once(worker, 'exit')]).catch(() => undefined);
    },
    stop() {
      void thread?.terminate();
      thread = undefined;
    },
  };
}
