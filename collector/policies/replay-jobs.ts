import { PortcullisError } from '#shared/errors.ts';
import type { Replay } from './replay.ts';
import type { ReplayParts } from './replay-event.ts';
import { replayOnAllCores } from './replay-threads.ts';

/** One replay of a draft, under way or done. Kept in memory: it can be had again. */
export interface ReplayJob {
  /** Of the draft's text that it is about. */
  revision: number;
  days: number;
  startedAt: number;
  /** Events decided so far. */
  read: number;
  /** Of how many; 0 until they are counted. */
  total: number;
  state: 'running' | 'done' | 'failed';
  found?: Replay;
}

export interface ReplayJobs {
  /** @throws PortcullisError `busy` while another replay runs, `notPossible` when the store is not a file */
  start(draftId: string, about: { revision: number; days: number; now: number }, parts: ReplayParts): void;
  /** The newest one of a draft. */
  of(draftId: string): ReplayJob | undefined;
  close(): void;
}

const mostKept = 50;

/** Replays one at a time: each takes every core, and the agents come first. */
export function replayJobs(storeFile: string | undefined): ReplayJobs {
  const jobs = new Map<string, ReplayJob>();
  const end = new AbortController();

  return {
    of: (draftId) => jobs.get(draftId),
    close: () => end.abort(),
    start(draftId, { revision, days, now }, parts) {
      if (storeFile === undefined)
        throw new PortcullisError('notPossible', 'The store is not a file that can be read.');
      if ([...jobs.values()].some(({ state }) => state === 'running')) {
        throw new PortcullisError('busy', 'Another replay is running. Start this one when it has ended.');
      }
      const job: ReplayJob = { revision, days, startedAt: now, read: 0, total: 0, state: 'running' };
      jobs.delete(draftId);
      jobs.set(draftId, job);
      for (const old of [...jobs.keys()].slice(0, -mostKept)) jobs.delete(old);
      const onProgress = ({ read, total }: { read: number; total: number }) => {
        job.read += read;
        job.total += total;
      };
      replayOnAllCores(storeFile, parts, now, { onProgress, signal: end.signal }).then(
        (found) => {
          job.found = found;
          job.state = 'done';
        },
        () => {
          job.state = 'failed';
        },
      );
    },
  };
}
