import pino, { type Logger } from 'pino';

/** JSON lines on a file or standard output. What goes in never holds device strings, file names or people. */
export function makeLog(level: string, destination: string | undefined): Logger {
  const base = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined
    ? pino(base)
    : pino(base, pino.destination({ dest: destination, mkdir: true, sync: false }));
}
