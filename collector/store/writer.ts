import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { gathering } from './gathering.ts';
import type { Job, JobResult, WriterReply, WriterRequest } from './jobs.ts';
import { type Turns, turns } from './turns.ts';

/** Makes jobs durable. Resolves after the commit; never rejects for a job, but answers `stored: false`. */
export interface Writer {
  write(job: Job): Promise<JobResult>;
  /** Whether its thread is there; while it is not, jobs are refused. */
  isRunning(): boolean;
  /** Jobs handed in and not yet answered. */
  waiting(): number;
  /** Bytes of the lines in them, as far as they can be told without counting each. */
  waitingBytes(): number;
  /** Resolves when every batch of this computer that was handed in before this call is answered. */
  settled(computerNo: number): Promise<void>;
  /** Takes no more, and resolves when all that was handed in is answered. */
  close(): Promise<void>;
}

interface Pending {
  job: Job;
  bytes: number;
  answered: Promise<JobResult>;
  resolve(result: JobResult): void;
}

/** Events in one transaction at most: while it waits for the disk, the main thread has the next ones to read. */
const eventsTogether = 2000;
/** Before a thread that died is started again. */
const restartMilliseconds = 5_000;
const unavailable: JobResult = { stored: false, code: 'unavailable' };

/**
 * Group commit over all sockets: whatever arrives while one transaction runs goes together into the next.
 * @param onFailure told each time the writer thread dies, at its start or later; jobs are refused until another runs
 * @param turn shared with the connection of this thread, so that the two never wait for each other inside SQLite
 */
export function startWriter(storeFile: string, onFailure: (error: unknown) => void, turn: Turns = turns()): Writer {
  let worker: Worker | undefined = begin();
  let restart: NodeJS.Timeout | undefined;
  let queue: Pending[] = [];
  let running: Pending[] = [];
  let id = 0;
  let bytes = 0;
  const others = gathering(next);
  /** The newest batch of each computer that has one on its way. */
  const newest = new Map<number, Pending>();
  let asked = false;
  let endTurn = () => {};
  let closing = false;

  function next(): void {
    if (asked || running.length > 0 || queue.length === 0) return;
    if (!others.isOver()) return;
    asked = true;
    turn.take(send);
  }

  function send(end: () => void): void {
    asked = false;
    endTurn = end;
    running = take();
    for (const { job } of running) others.left(job.type);
    // The thread died meanwhile.
    if (running.length === 0) {
      end();
      return;
    }
    id += 1;
    worker?.postMessage({ id, jobs: running.map(({ job }) => job) } satisfies WriterRequest);
  }

  function take(): Pending[] {
    // What was seen stands first and goes alone: whoever waits for a page does not wait for everybody's events too.
    const seen = queue.findIndex(({ job }) => job.type !== 'seen');
    if (seen > 0) return queue.splice(0, seen);
    let events = 0;
    let count = 0;
    for (const { job } of queue) {
      events += job.type === 'batch' ? job.columns.seqs.length : 1;
      if (count > 0 && events > eventsTogether) break;
      count += 1;
    }
    return queue.splice(0, count);
  }

  function add(pending: Pending): void {
    const isFirst = others.joined(pending.job.type) || queue.length === 0;
    if (pending.job.type !== 'seen') {
      queue.push(pending);
      // After the other sockets' frames of this turn, so that they share the commit.
      if (isFirst) setImmediate(next);
      return;
    }
    const place = queue.findIndex(({ job }) => job.type !== 'seen');
    queue.splice(place < 0 ? queue.length : place, 0, pending);
    // The page is made while the disk works, and making it leaves no turn in between.
    next();
  }

  async function allAnswered(): Promise<void> {
    others.end();
    next();
    await Promise.all([...running, ...queue].map(({ answered }) => answered));
  }

  /** Its batches are answered in the order in which they came. */
  function remember(pending: Pending): void {
    if (pending.job.type === 'batch') newest.set(pending.job.columns.computerNo, pending);
  }

  function forget(pending: Pending): void {
    if (pending.job.type !== 'batch') return;
    const { computerNo } = pending.job.columns;
    if (newest.get(computerNo) === pending) newest.delete(computerNo);
  }

  function answer(reply: WriterReply): void {
    const answered = running;
    running = [];
    endTurn();
    // The next transaction starts before this one's acknowledgements go out.
    next();
    for (const [index, pending] of answered.entries()) {
      bytes -= pending.bytes;
      forget(pending);
      pending.resolve(reply.results[index] ?? unavailable);
    }
  }

  function begin(): Worker {
    const begun = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: storeFile });
    const over = (error: unknown) => {
      // One that fails tells of its end, too.
      if (worker === begun) die(error);
    };
    begun.on('message', answer);
    begun.on('error', over);
    begun.on('exit', (code) => over(new Error(`the writer thread ended with status ${code}`)));
    return begun;
  }

  function die(error: unknown): void {
    worker = undefined;
    const left = [...running, ...queue];
    for (const { job } of queue) others.left(job.type);
    running = [];
    queue = [];
    bytes = 0;
    newest.clear();
    endTurn();
    for (const pending of left) pending.resolve(unavailable);
    onFailure(error);
    if (closing) return;
    restart = setTimeout(() => {
      worker = begin();
    }, restartMilliseconds);
  }

  return {
    write(job) {
      if (!worker || closing) return Promise.resolve(unavailable);
      const { promise: answered, resolve } = Promise.withResolvers<JobResult>();
      const size = sizeOf(job);
      bytes += size;
      const pending = { job, bytes: size, answered, resolve };
      remember(pending);
      add(pending);
      return answered;
    },
    isRunning: () => worker !== undefined,
    waiting: () => queue.length + running.length,
    waitingBytes: () => bytes,
    async settled(computerNo) {
      await newest.get(computerNo)?.answered;
    },
    async close() {
      closing = true;
      clearTimeout(restart);
      await allAnswered();
      const last = worker;
      if (!last) return;
      worker = undefined;
      const exited = once(last, 'exit');
      last.postMessage('close');
      await exited;
    },
  };
}

/** One byte a letter is near enough: names in other alphabets are a small part of a line. */
function sizeOf(job: Job): number {
  return job.type === 'batch' ? job.columns.lines.reduce((sum, line) => sum + line.length, 0) : 0;
}
