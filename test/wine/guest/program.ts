import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { type Described, describeDevice, forgetDevice, plugDevice, plugDrive, startDriver } from './plug.ts';

// The laboratory's program in Windows: does what is asked of it, a line of JSON each, over the loopback. It is also the
// ordinary process without which Wine would end its services.

/** What can be asked, and what comes back. */
export interface Asks {
  /** Runs a program to its end. */
  run(ask: { command: string[]; environment?: Record<string, string> }): { status: number | null; said: string };
  /** Starts one and leaves it running. */
  start(ask: { command: string[]; environment?: Record<string, string> }): number;
  /** Writes to its standard input, or closes that. */
  input(ask: { id: number; text?: string }): void;
  /** How it ended, once it has. */
  ended(ask: { id: number }): { status: number | null; said: string };
  kill(ask: { id: number }): void;
  write(ask: { path: string; text: string }): void;
  move(ask: { from: string; to: string }): void;
  read(ask: { path: string }): string;
  remove(ask: { path: string }): void;
  plugDrive(ask: { letter: string; folder: string; type: number }): void;
  describeDevice(ask: Described): void;
  forgetDevice(ask: { id: string }): void;
  plugDevice(ask: { interfaceClass: string; id: string; present: boolean; disk?: number }): void;
}

interface Started {
  child: ChildProcess;
  ended: Promise<{ status: number | null; said: string }>;
}
const started: Started[] = [];

function begin(command: string[], environment: Record<string, string> = {}): Started {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env: { ...process.env, ...environment }, windowsHide: true });
  let said = '';
  const hear = (text: Buffer) => {
    said += text.toString();
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<{ status: number | null; said: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, said }));
  });
  ended.catch(() => undefined);
  return { child, ended };
}

function child(id: number): Started {
  const found = started[id];
  if (!found) throw new Error(`Nothing was started as ${id}.`);
  return found;
}

type Given<A extends keyof Asks> = Parameters<Asks[A]>[0];
const does: { [A in keyof Asks]: (ask: Given<A>) => ReturnType<Asks[A]> | Promise<ReturnType<Asks[A]>> } = {
  run({ command, environment }) {
    const { child: process_, ended } = begin(command, environment);
    process_.stdin?.end();
    return ended;
  },
  start: ({ command, environment }) => started.push(begin(command, environment)) - 1,
  input({ id, text }) {
    const { stdin } = child(id).child;
    if (text === undefined) stdin?.end();
    else stdin?.write(text);
  },
  ended: ({ id }) => child(id).ended,
  kill: ({ id }) => void child(id).child.kill(),
  write({ path, text }) {
    mkdirSync(path.replace(/\\[^\\]+$/, ''), { recursive: true });
    writeFileSync(path, text);
  },
  move: ({ from, to }) => renameSync(from, to),
  read: ({ path }) => readFileSync(path, 'utf8'),
  remove: ({ path }) => rmSync(path, { recursive: true, force: true }),
  plugDrive,
  describeDevice,
  forgetDevice,
  plugDevice,
};

async function answer(line: string): Promise<string> {
  const { number, ask, given } = JSON.parse(line) as { number: number; ask: keyof Asks; given: never };
  try {
    return JSON.stringify({ number, result: (await does[ask](given)) ?? null });
  } catch (error) {
    return JSON.stringify({ number, error: error instanceof Error ? error.message : String(error) });
  }
}

const [port = '', word = ''] = process.argv.slice(2);
startDriver();
const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${word}\n`));
socket.on('close', () => process.exit(0));
createInterface({ input: socket }).on('line', async (line) => {
  socket.write(`${await answer(line)}\n`);
});
