import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How the disk behaves; the numbers stand in preload.c. */
export const diskFaults = { none: 0, failSync: 1, failWrite: 2, noSpace: 3, shortWrite: 4, powerCut: 5 } as const;
export type DiskFault = keyof typeof diskFaults;

export interface Spoiling {
  /** Calls to let pass first. */
  skip?: number;
  /** Calls to spoil; all until told otherwise when absent. */
  times?: number;
  seed?: number;
}

/** Makes the disk and the clock of one program fail, while it runs. */
export interface Preload {
  env: NodeJS.ProcessEnv;
  disk(fault: DiskFault, spoiling?: Spoiling): void;
  /** Adds to its wall clock, in milliseconds. */
  clock(milliseconds: number): void;
  /** Calls that were spoilt since the last word to the disk. */
  spoilt(): number;
}

const source = fileURLToPath(new URL('preload.c', import.meta.url));
const clockAt = 24;
const spoiltAt = 16;

/** Why there is no library on this computer, or undefined when there is one. */
export function whyNoPreload(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD is of Linux.';
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'There is no gcc to build the library with.';
  }
}

/** Builds the library. @returns its path */
export function buildPreload(folder: string): string {
  const library = join(folder, 'preload.so');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', library, source, '-ldl', '-lpthread']);
  return library;
}

/** @param files what the path of every file it spoils holds, for example `/spool.sqlite` */
export function preload(library: string, controlFile: string, files: string): Preload {
  writeFileSync(controlFile, Buffer.alloc(32));
  function put(bytes: Buffer, at: number): void {
    const handle = openSync(controlFile, 'r+');
    writeSync(handle, bytes, 0, bytes.length, at);
    closeSync(handle);
  }
  return {
    env: { LD_PRELOAD: library, PORTCULLIS_FAULT_CONTROL: controlFile, PORTCULLIS_FAULT_FILES: files },
    disk(fault, { skip = 0, times = 0, seed = 1 } = {}) {
      // The mode last, so that it never holds with the numbers of another.
      put(Buffer.alloc(4), 0);
      const numbers = Buffer.from(new Uint32Array([skip, times, seed, 0, 0]).buffer);
      put(numbers, 4);
      put(Buffer.from(new Uint32Array([diskFaults[fault]]).buffer), 0);
    },
    clock: (milliseconds) => put(Buffer.from(new BigInt64Array([BigInt(Math.round(milliseconds))]).buffer), clockAt),
    spoilt: () => readFileSync(controlFile).readUInt32LE(spoiltAt),
  };
}
