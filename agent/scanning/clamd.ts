import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { errorCode } from '#shared/errors.ts';
import { lookFailed } from '../watchers/watcher.ts';
import { filesBelow } from './files.ts';
import type { Scanned, Scanner } from './scanner.ts';
import { versionOf } from './version.ts';

export const usualClamdSockets: readonly string[] = [
  '/run/clamav/clamd.ctl',
  '/run/clamd.scan/clamd.sock',
  '/var/run/clamav/clamd.sock',
];

const answerMilliseconds = 120_000;
const longestAnswer = 64 * 1024;

/**
 * ClamAV's service, by its socket: it has the signatures in memory, so that a stick takes seconds. Files are streamed
 * to it, since it has no right to read what the agent alone may. One larger than its `StreamMaxLength` counts as unread.
 */
export function clamd(sockets: readonly string[]): Scanner {
  const place = () => sockets.find((socket) => existsSync(socket));
  return {
    name: 'clamd',
    async available() {
      const socket = place();
      return socket !== undefined && (await ask(socket, 'PING').catch(() => '')) === 'PONG';
    },
    async scan(folder, signal) {
      const socket = place();
      if (socket === undefined) return lookFailed(new Error('no socket'), 'clamd is not there');
      try {
        return { ok: true, seen: await scanFolder(socket, folder, signal) };
      } catch (error) {
        return lookFailed(error, 'clamd could not scan');
      }
    },
  };
}

async function scanFolder(socket: string, folder: string, signal: AbortSignal): Promise<Scanned> {
  const found: Scanned = { infected: 0, files: 0, bytes: 0, unread: 0, ...versionOf(await ask(socket, 'VERSION')) };
  for await (const file of filesBelow(folder)) {
    signal.throwIfAborted();
    if (file === 'unreadable') {
      found.unread++;
      continue;
    }
    const said = await scanFile(socket, file.path, signal);
    found.files++;
    found.bytes += file.bytes;
    if (said.endsWith('FOUND')) found.infected++;
    else if (!said.endsWith('OK')) found.unread++;
  }
  return found;
}

/** @returns the last word of clamd on it, or `ERROR` when the file could not be read */
async function scanFile(place: string, path: string, signal: AbortSignal): Promise<string> {
  const socket = connect(place);
  try {
    const answer = read(socket);
    await once(socket, 'connect', { signal });
    socket.write('zINSTREAM\0');
    await stream(socket, path, signal);
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    if (['ECONNREFUSED', 'ENOENT'].includes(errorCode(error)) && !existsSync(place)) throw error;
    return 'ERROR';
  } finally {
    socket.destroy();
  }
}

async function stream(socket: Socket, path: string, signal: AbortSignal): Promise<void> {
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 256 * 1024 })) {
    // Clamd answers and hangs up in the middle of what is too large for it.
    if (socket.readableEnded || socket.destroyed) return;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(chunk.length);
    socket.write(head);
    if (!socket.write(chunk))
      await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]);
  }
  socket.write(Buffer.alloc(4));
}

async function ask(place: string, word: string): Promise<string> {
  const socket = connect(place);
  try {
    const answer = read(socket);
    socket.write(`z${word}\0`);
    return await answer;
  } finally {
    socket.destroy();
  }
}

function read(socket: Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const end = () => resolve(text.replace(/\0.*$/s, '').trim());
  socket.setTimeout(answerMilliseconds, () => socket.destroy(new Error('timeout')));
  socket.on('data', (data) => {
    text = (text + data.toString('utf8')).slice(0, longestAnswer);
    if (text.includes('\0')) end();
  });
  socket.on('end', end);
  // What it said before it hung up counts.
  socket.on('error', (error) => (text.includes('\0') ? end() : reject(error)));
  promise.catch(() => undefined);
  return promise;
}
