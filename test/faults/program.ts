import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCode } from '#shared/errors.ts';

/** Compiled code is kept between runs: starting a program costs a third of it. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/portcullis-faults', import.meta.url));
const shortHeartbeat = new URL('short-heartbeat.ts', import.meta.url).href;

export interface Starting {
  args: string[];
  env?: NodeJS.ProcessEnv | undefined;
  /** For Node. */
  flags?: string[] | undefined;
  /** File descriptors it may have. */
  descriptors?: number | undefined;
}

/** One program that is started, killed and started again. */
export interface Program {
  start(starting: Starting): void;
  end(signal: NodeJS.Signals): Promise<void>;
  running(): boolean;
  /** Resolves when it has ended, by whatever. */
  ended(): Promise<void>;
  pid(): number;
  /** Ends that nobody asked for, in words. */
  accidents(): string[];
  /** Most memory it ever held, in bytes, as far as it was looked at. */
  peakMemory(): number;
}

/** @param log file that takes what it prints */
export function program(name: string, log: string): Program {
  let child: ChildProcess | undefined;
  let wanted = false;
  let peak = 0;
  const accidents: string[] = [];
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const look = () => {
    if (child?.pid !== undefined && running()) peak = Math.max(peak, peakOf(child.pid));
  };
  return {
    start({ args, env = {}, flags = [], descriptors }) {
      const output = openSync(log, 'a');
      const node = ['--import', shortHeartbeat, ...flags, ...args];
      const limit = descriptors === undefined ? [] : [`--nofile=${descriptors}:${descriptors}`];
      const [command = '', ...rest] =
        descriptors === undefined ? [process.execPath, ...node] : ['prlimit', ...limit, process.execPath, ...node];
      const started = spawn(command, rest, {
        env: { ...process.env, NODE_COMPILE_CACHE: compiled, ...env },
        stdio: ['ignore', output, output],
      });
      closeSync(output);
      wanted = false;
      // Whoever interrupts the suite wants nothing of it left running.
      const clear = () => started.kill('SIGKILL');
      process.once('exit', clear);
      started.once('exit', () => process.off('exit', clear));
      started.once('exit', (status, signal) => {
        if (!wanted && child === started) accidents.push(`${name} ended by itself (${status ?? signal})`);
      });
      child = started;
    },
    async end(signal) {
      if (!running() || !child) return;
      look();
      wanted = true;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
    running,
    async ended() {
      wanted = true;
      if (running() && child) await once(child, 'exit');
    },
    pid: () => child?.pid ?? 0,
    accidents: () => accidents,
    peakMemory() {
      look();
      return peak;
    },
  };
}

function peakOf(pid: number): number {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errorCode(error))) return 0;
    throw error;
  }
}
