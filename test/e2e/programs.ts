import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const collectorProgram = inRoot('collector/portcullis-collector.cjs');
const agentProgram = inRoot('agent/portcullis-agent.cjs');
const loadAgent = inRoot('test/fakes/load-agent.ts');

export interface Answered {
  status: number;
  stdout: string;
  stderr: string;
}

/** Collector and agent as processes of their own, on one home folder and one port, to be started and killed at will. */
export interface Programs {
  home: string;
  /** Of the collector. */
  url: string;
  startCollector(): Promise<void>;
  /** @param eventsPerSecond made up by its only watcher */
  startAgent(eventsPerSecond: number): void;
  /** Ends it so that it gets no chance to do anything more. */
  kill(which: Which): Promise<void>;
  /** Asks it to stop, and waits until it did. */
  stop(which: Which): Promise<void>;
  collector(...args: string[]): Promise<Answered>;
  agent(...args: string[]): Promise<Answered>;
  /** Numbers that the agent's watcher was told are safe: all up to this one. */
  accepted(): number;
  [Symbol.asyncDispose](): Promise<void>;
}
type Which = 'collector' | 'agent';

export async function programs(): Promise<Programs> {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-e2e-'));
  const port = await freePort();
  const env = { ...process.env, PORTCULLIS_HOME: home, PORTCULLIS_PORT: String(port) };
  const output = openSync(join(home, 'output.log'), 'a');
  const running: Partial<Record<Which, ChildProcess>> = {};

  function start(which: Which, args: string[]): void {
    running[which] = spawn(process.execPath, args, { env, stdio: ['ignore', output, output] });
  }
  async function end(which: Which, signal: NodeJS.Signals): Promise<void> {
    const child = running[which];
    delete running[which];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  const ask =
    (program: string) =>
    (...args: string[]) =>
      answerOf(process.execPath, [program, ...args], env);

  const made: Programs = {
    home,
    url: `https://127.0.0.1:${port}`,
    async startCollector() {
      start('collector', [collectorProgram, 'serve', '--host', '127.0.0.1']);
      const url = `https://127.0.0.1:${port}/readyz`;
      await vi.waitFor(() => expectReady(url), { timeout: 120_000, interval: 50 });
    },
    startAgent: (eventsPerSecond) => start('agent', [loadAgent, join(home, 'agent'), String(eventsPerSecond)]),
    kill: (which) => end(which, 'SIGKILL'),
    stop: (which) => end(which, 'SIGTERM'),
    collector: ask(collectorProgram),
    agent: ask(agentProgram),
    accepted() {
      const lines = readFileSync(join(home, 'agent', 'accepted'), 'utf8').split('\n');
      return Number(lines.at(-2) ?? 0);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([made.kill('agent'), made.kill('collector')]);
      rmSync(home, { recursive: true, force: true });
    },
  };
  await done(made.collector('init'));
  await made.startCollector();
  const { code } = JSON.parse((await done(made.collector('token', 'create', '--json'))).stdout) as { code: string };
  await done(made.agent('enrol', '--collector', `https://127.0.0.1:${port}`, '--code', code));
  return made;
}

async function expectReady(url: string): Promise<void> {
  const { get } = await import('node:https');
  const status = await new Promise((resolve, reject) => {
    // Only whether it answers; who it is, the agent checks.
    get(url, { rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
  });
  expect(status).toBe(200);
}

/** The answer of a command that has to succeed. */
export async function done(answering: Promise<Answered>): Promise<Answered> {
  const answer = await answering;
  if (answer.status !== 0) throw new Error(`status ${answer.status}: ${answer.stderr}${answer.stdout}`);
  return answer;
}

export function answerOf(file: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Answered> {
  return new Promise((resolve) => {
    execFile(file, args, { env, maxBuffer: 256 * 1024 * 1024, cwd: inRoot('') }, (error, stdout, stderr) => {
      const status = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ status, stdout, stderr });
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
