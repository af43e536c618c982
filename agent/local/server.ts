import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import type { LocalAnswer } from './requests.ts';

export interface LocalServerParts {
  /** Path of the socket, or name of the pipe. */
  door: string;
  clock: Clock;
  log: Logger;
  answer(line: string): LocalAnswer;
}

/** Bounds of what anybody at the computer can make the agent do. */
const longestLine = 1024;
const mostConnections = 16;
const patienceMilliseconds = 5000;
const burst = 20;
const milliseconds = 500;

/**
 * Opens the door for people at this computer: one line of JSON in, one out, then it closes. That it cannot be opened
 * must not stop the agent.
 */
export async function localServer({ door, clock, log, answer }: LocalServerParts): Promise<{ stop(): Promise<void> }> {
  const mayAnswer = bucket(clock);
  const server = createServer((socket) => serve(socket, (line) => (mayAnswer() ? answer(line) : tooMuch)));
  server.maxConnections = mostConnections;
  try {
    if (!isPipe(door)) prepare(door);
    await listen(server, door);
    // Umask and all: everybody may knock.
    if (!isPipe(door)) chmodSync(door, 0o666);
  } catch (error) {
    log.warn({ code: errorCode(error) }, 'the door for people at this computer could not be opened');
  }
  return {
    async stop() {
      if (!server.listening) return;
      await new Promise((resolve) => server.close(resolve));
      if (!isPipe(door)) rmSync(door, { force: true });
    },
  };
}

const tooMuch: LocalAnswer = { ok: false, code: 'tooMuch', says: 'Too many requests. Try again in a few seconds.' };
const isPipe = (door: string) => door.startsWith('\\\\');

/** What a killed agent left behind goes; the lock on the home has made sure that there is no other one. */
function prepare(door: string): void {
  mkdirSync(dirname(door), { recursive: true, mode: 0o755 });
  rmSync(door, { force: true });
}

function listen(server: Server, door: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // `readableAll` and `writableAll` open a pipe on Windows to everybody; the socket's mode is set above.
    server.listen({ path: door, readableAll: true, writableAll: true }, resolve);
    server.unref();
  });
}

function serve(socket: Socket, answer: (line: string) => LocalAnswer): void {
  let text = '';
  socket.setEncoding('utf8');
  // From the first byte on, however slowly the others come.
  const patience = setTimeout(() => socket.destroy(), patienceMilliseconds);
  socket.on('close', () => clearTimeout(patience));
  socket.on('error', () => socket.destroy());
  socket.on('data', (part: string) => {
    text += part;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= longestLine) return;
    socket.removeAllListeners('data');
    if (end < 0 || end > longestLine) socket.destroy();
    else socket.end(`${JSON.stringify(answer(text.slice(0, end)))}\n`);
  });
}

/** Lets a few through at once and then one each half second. */
function bucket(clock: Clock): () => boolean {
  let left = burst;
  let last = clock.monotonic();
  return () => {
    const now = clock.monotonic();
    left = Math.min(burst, left + (now - last) / milliseconds);
    last = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
