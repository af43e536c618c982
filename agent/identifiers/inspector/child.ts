import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import type { Platform } from '../../platform/platform.ts';
import { type Answer, answers, longestAnswer } from './messages.ts';

/** What one reading process may use. */
export interface ChildLimits {
  /** Memory beside V8's own. Enforced by the kernel on Linux; elsewhere only the heap, at a third of it, is bounded. */
  memoryBytes: number;
  /** Processor time over its whole life. */
  cpuSeconds: number;
  /** Other programs go first, without shutting it out. */
  polite: boolean;
}

type Ending = 'timeout' | 'memory' | 'crashed' | 'closed';

/** Why there is no answer any more. */
export class ChildEnded extends PortcullisError {
  constructor(code: Ending) {
    super(code, `The reading process ended: ${code}.`);
  }
}

/** A process that reads documents, from the outside. */
export interface Child {
  /** Sends frames and waits for the next answer. A process that does not answer in time is killed. */
  ask(frames: Uint8Array, milliseconds: number): Promise<Answer>;
  readonly ended: boolean;
  /** Resolves when the process is gone. */
  kill(code?: Ending): Promise<void>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const program = fileURLToPath(new URL('./reading-process.ts', import.meta.url));

/** @param niceness of `os.constants.priority` */
export async function startChild(os: Platform['os'], limits: ChildLimits, niceness: number): Promise<Child> {
  const [command = '', ...args] = await commandLine(os, limits);
  const process_ = spawn(command, args, {
    // What it complains about may quote a document.
    stdio: ['pipe', 'pipe', 'ignore'],
    // No secret of the agent's environment.
    env: {},
    cwd: '/',
    windowsHide: true,
  });
  makeNice(process_.pid, niceness);
  return new AskedChild(process_);
}

async function commandLine(os: Platform['os'], limits: ChildLimits): Promise<string[]> {
  const heapMebibytes = Math.floor(limits.memoryBytes / 3 / 1024 / 1024);
  const command = [
    process.execPath,
    '--permission',
    `--allow-fs-read=${root}*`,
    `--max-old-space-size=${heapMebibytes}`,
    '--no-warnings',
    program,
  ];
  if (os !== 'linux') return command;
  const { confined } = await import('./confined.linux.ts');
  return confined(command, limits, process.getuid?.() === 0);
}

function makeNice(pid: number | undefined, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It has ended already, which the next question tells.
  }
}

class AskedChild implements Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  #line = '';
  #ended: Ending | undefined;
  readonly #gone = Promise.withResolvers<void>();

  constructor(process_: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process_;
    process_.once('error', () => this.#end('crashed'));
    process_.once('exit', (status, signal) => this.#end(diedOfMemory(status, signal) ? 'memory' : 'crashed'));
    process_.once('close', () => this.#gone.resolve());
    // It may die while a frame is on the way to it; that it did is told by its exit.
    process_.stdin.on('error', () => undefined);
    process_.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  async ask(frames: Uint8Array, milliseconds: number): Promise<Answer> {
    if (this.#ended) throw new ChildEnded(this.#ended);
    const answered = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => void this.kill('timeout'), milliseconds);
    this.#waiting = answered;
    this.#process.stdin.write(frames);
    try {
      return await answered.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  kill(code: Ending = 'closed'): Promise<void> {
    this.#end(code);
    this.#process.kill('SIGKILL');
    return this.#gone.promise;
  }

  #hear(text: string): void {
    this.#line += text;
    const end = this.#line.indexOf('\n');
    if (end < 0 && this.#line.length < longestAnswer) return;
    try {
      const answer = answers.parse(JSON.parse(this.#line.slice(0, end)), 'What the reading process says');
      this.#line = this.#line.slice(end + 1);
      this.#waiting?.resolve(answer);
      this.#waiting = undefined;
    } catch {
      void this.kill('crashed');
    }
  }

  #end(code: Ending): void {
    this.#ended ??= code;
    this.#waiting?.reject(new ChildEnded(this.#ended));
    this.#waiting = undefined;
  }
}

/** V8 and the C++ library abort when they get no memory; the kernel may also choose the process itself. */
function diedOfMemory(status: number | null, signal: NodeJS.Signals | null): boolean {
  return ['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGKILL'].includes(signal ?? '') || status === 134;
}
