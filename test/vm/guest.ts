import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connectJsonLines, type Message, pendingAnswers } from './json-lines.ts';

export interface RunOptions {
  input?: string;
  timeoutMilliseconds?: number;
}

/** A program left running in the guest. */
export interface Background {
  pid: number;
  /** What it has printed so far, both streams. */
  lines: string[];
  /** When each of them was read, in milliseconds of the guest's clock. */
  times: number[];
  /** Status or signal, once it has ended. */
  ended: Promise<string>;
  /** Waits for a line that passes, also one printed before. */
  line(matches: RegExp, timeoutMilliseconds?: number): Promise<string>;
}

/** The inside of the machine. */
export interface Guest {
  /** Runs a program without a shell and gives what it printed. Throws when it fails. */
  run(command: string[], options?: RunOptions): Promise<string>;
  /** Runs a script of the shell. Throws when it fails. */
  sh(script: string, options?: RunOptions): Promise<string>;
  start(command: string[]): Promise<Background>;
  close(): void;
}

const usualMilliseconds = 60_000;

export async function connectGuest(path: string): Promise<Guest> {
  const pending = pendingAnswers();
  const backgrounds = new Map<number, { told: EventEmitter; lines: string[]; times: number[] }>();
  const line = await connectJsonLines(path, receive, () => pending.failAll(new Error('The machine has ended.')));

  function receive(message: Message): void {
    if (message.from === undefined) return void pending.answered(message.id, message);
    const { told, lines, times } = backgroundOf(Number(message.from));
    if (typeof message.line === 'string') {
      lines.push(message.line);
      times.push(Number(message.at));
      told.emit('line', message.line);
    } else told.emit('ended', message.ended);
  }

  /** What a program prints may arrive before the answer that names it. */
  function backgroundOf(pid: number) {
    const known = backgrounds.get(pid) ?? { told: new EventEmitter(), lines: [], times: [] };
    backgrounds.set(pid, known);
    return known;
  }

  async function ask(request: { command: string[] } & RunOptions & { background?: boolean }): Promise<Message> {
    const { timeoutMilliseconds = usualMilliseconds } = request;
    const what = request.command.join(' ').slice(0, 200);
    return pending.ask(what, timeoutMilliseconds + 5_000, (id) => line.send({ ...request, id, timeoutMilliseconds }));
  }

  async function run(command: string[], options: RunOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await ask({ command, ...options });
    if (status !== 0) throw new Error(`In the guest, ${command.join(' ')} ended with ${status}: ${stdout}${stderr}`);
    return String(stdout);
  }

  async function start(command: string[]): Promise<Background> {
    const pid = Number((await ask({ command, background: true })).stdout);
    const { told, lines, times } = backgroundOf(pid);
    const ended = new Promise<string>((resolve) => told.once('ended', resolve));
    return { pid, lines, times, ended, line: (matches, timeout) => lineOf(told, lines, matches, timeout) };
  }

  return { run, sh: (script, options) => run(['/bin/sh', '-c', script], options), start, close: line.close };
}

async function lineOf(
  told: EventEmitter,
  lines: readonly string[],
  matches: RegExp,
  milliseconds = usualMilliseconds,
): Promise<string> {
  const known = lines.find((line) => matches.test(line));
  if (known !== undefined) return known;
  const { promise, resolve } = Promise.withResolvers<string>();
  const hear = (line: string) => void (matches.test(line) && resolve(line));
  told.on('line', hear);
  try {
    const late = delay(milliseconds, undefined, { ref: false }).then(() => {
      throw new Error(`The guest's program did not print ${matches}, but: ${lines.slice(-20).join(' | ')}`);
    });
    return await Promise.race([promise, late]);
  } finally {
    told.off('line', hear);
  }
}

/** Asks until the guest answers, as it does once it has started. */
export async function guestIsUp(guest: Guest, timeoutMilliseconds: number): Promise<void> {
  await guest.run(['/bin/true'], { timeoutMilliseconds });
}
