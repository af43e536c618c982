import { mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import pino, { type Logger } from 'pino';

const standardOutput = 1;

/** JSON lines on a file or standard output. What goes in never holds device strings, file names or people. */
export function makeLog(level: string, destination: string | undefined): Logger {
  const handle = destination === undefined ? standardOutput : opened(destination);
  const base = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(base, { write: (line) => put(handle, line) });
}

function opened(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}

/** A full disk under the log must not end the program, nor make it wait or keep what it could not write: the line goes. */
function put(handle: number, line: string): void {
  try {
    writeSync(handle, line);
  } catch {
    // There is nowhere left to say it.
  }
}
