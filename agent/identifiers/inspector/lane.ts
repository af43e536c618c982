import { basename } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import type { Inspection } from '#shared/identifiers/inspection.ts';
import type { DetectorOptions } from '../detector/detector.ts';
import type { Limits } from '../extraction/budget.ts';
import { asUnread, Unread } from '../extraction/unread.ts';
import type { InspectionRequest } from '../inspector.ts';
import { type Child, ChildEnded } from './child.ts';
import type { CpuShare } from './cpu-share.ts';
import { type Answer, frame, isOnePiece, type Task } from './messages.ts';
import { notInspected } from './not-inspected.ts';
import { type OpenedFile, openFile } from './opened-file.ts';

export interface LaneOptions {
  clock: Clock;
  detector: () => DetectorOptions;
  limits: Limits;
  milliseconds: number;
  idleMilliseconds: number;
  /** Starts a reading process. */
  start(): Promise<Child>;
  share: CpuShare;
  /** Waits until nothing more urgent is being done. */
  giveWay(): Promise<void>;
}

interface Waiting {
  request: InspectionRequest;
  resolve(inspection: Inspection): void;
}

/** One file after another, small ones first, in one reading process. */
export class Lane {
  readonly #options: LaneOptions;
  #waiting: Waiting[] = [];
  #current: Waiting | undefined;
  #child: Child | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  inspect(request: InspectionRequest): Promise<Inspection> {
    const { promise, resolve } = Promise.withResolvers<Inspection>();
    insertBySize(this.#waiting, { request, resolve });
    if (!this.#current && this.#waiting.length === 1) this.#work = this.#work.then(() => this.#drain());
    return promise;
  }

  backlog(): { files: number; bytes: number } {
    const all = this.#current ? [this.#current, ...this.#waiting] : this.#waiting;
    return { files: all.length, bytes: all.reduce((sum, { request }) => sum + request.sizeBytes, 0) };
  }

  /** Resolves when nothing is being done. */
  idle(): Promise<void> {
    return this.#work;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#endChild();
    await this.#work;
    // A file that was just being opened may have started a process meanwhile.
    await this.#endChild();
  }

  async #drain(): Promise<void> {
    clearTimeout(this.#idleTimer);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      this.#current = next;
      const inspection = await this.#verdict(next.request);
      this.#current = undefined;
      next.resolve(inspection);
    }
    this.#idleTimer = setTimeout(() => void this.#endChild(), this.#options.idleMilliseconds);
    this.#idleTimer.unref();
  }

  async #endChild(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const child = this.#child;
    this.#child = undefined;
    await child?.kill();
  }

  async #verdict(request: InspectionRequest): Promise<Inspection> {
    try {
      await using file = disposable(await openFile(request.path, this.#options.limits.fileBytes));
      const inspection = await this.#inspect(request, file).catch((error) => notInspected(whyEnded(error)));
      return (await file.changed()) ? changed(inspection) : inspection;
    } catch (error) {
      return notInspected(asUnread(error));
    }
  }

  async #inspect(request: InspectionRequest, file: OpenedFile): Promise<Inspection> {
    const { detector, limits } = this.#options;
    const key = request.people?.key;
    const task: Task = {
      name: nameOf(request.path),
      size: file.size,
      detector: detector(),
      limits,
      ...(key && { peopleKey: Buffer.from(key).toString('base64') }),
    };
    const { inspection, people } = await this.#found(task, file);
    if (people.length > 0) request.people?.take(people);
    return inspection;
  }

  async #found(task: Task, file: OpenedFile): Promise<Exclude<Answer, { read: unknown }>> {
    const content = isOnePiece(file.size) ? [frame(await file.read(0, file.size))] : [];
    const turn = this.#conversation(await this.#readyChild());
    try {
      let answer = await turn(Buffer.concat([frame(Buffer.from(JSON.stringify(task))), ...content]));
      while ('read' in answer) answer = await turn(frame(await file.read(...answer.read)));
      return answer;
    } catch (error) {
      // It still waits for bytes of this file, and would take the next task for them.
      await this.#endChild();
      throw error;
    }
  }

  async #readyChild(): Promise<Child> {
    if (!this.#child || this.#child.ended) this.#child = await this.#options.start();
    return this.#child;
  }

  /** Turns of one file: each begins with the rest that those before it have earned, and all together end in time. */
  #conversation(child: Child): (frames: Uint8Array) => Promise<Answer> {
    const { share, clock, giveWay } = this.#options;
    let left = this.#options.milliseconds;
    return async (frames) => {
      await giveWay();
      await share.rest();
      if (this.#closed) throw new ChildEnded('closed');
      const started = clock.monotonic();
      try {
        const answer = await child.ask(frames, Math.max(0, left));
        share.worked(answer.cpuMilliseconds);
        return answer;
      } catch (error) {
        // One that was ended can no longer say how much it used: all the while, it is taken to be.
        share.worked(clock.monotonic() - started);
        throw error;
      } finally {
        left -= clock.monotonic() - started;
      }
    };
  }
}

/** Keeps the smallest in front, and files of the same size in the order they came. */
function insertBySize(waiting: Waiting[], one: Waiting): void {
  const at = waiting.findIndex(({ request }) => request.sizeBytes > one.request.sizeBytes);
  waiting.splice(at < 0 ? waiting.length : at, 0, one);
}

function disposable(file: OpenedFile): OpenedFile & AsyncDisposable {
  return { ...file, [Symbol.asyncDispose]: () => file.close() };
}

/** The name without its folder, for its ending and for what it may say of the content. */
function nameOf(path: string | Buffer): string {
  return basename(path.toString());
}

function changed(inspection: Inspection): Inspection {
  const reason = 'It changed while it was read.';
  return {
    ...inspection,
    reason: inspection.status === 'inspected' && inspection.reason ? `${inspection.reason} ${reason}` : reason,
  };
}

const endings: Record<string, Unread> = {
  timeout: new Unread('failed', 'Reading it took longer than is allowed.'),
  memory: new Unread('too-large', 'Reading it needs more memory than is allowed.'),
  closed: new Unread('failed', 'The agent stopped before it was read.'),
};

function whyEnded(error: unknown): Unread {
  if (error instanceof ChildEnded) return endings[error.code] ?? new Unread('failed', 'Its reader broke down over it.');
  return asUnread(error);
}
