import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { errorCode } from '#shared/errors.ts';
import type { Sender } from '../record.ts';
import type { SyslogSettings, TlsSettings } from '../settings.ts';
import { asSendError, type Channel, type Outgoing, SendError } from './channel.ts';
import { octetCounted, syslogMessage } from './syslog-message.ts';

/** In milliseconds. */
export interface SyslogTimes {
  /** For connection and handshake. */
  connect: number;
  /** Without any byte going out. */
  stall: number;
  /** Between the last byte and our closing, so that it is no longer on the way when the receiver hears of that. */
  settle: number;
  /** For the receiver's answer to our closing. */
  close: number;
}
const usualTimes: SyslogTimes = { connect: 10_000, stall: 30_000, settle: 250, close: 15_000 };

/**
 * Syslog over TCP or TLS. The protocol has no acknowledgement, and a write that went well says no more than that this
 * computer's own system has the bytes. So each batch has a connection of its own: we close our side, and only a receiver
 * that has read everything up to there answers by closing its own in order. One that ends with bytes unread breaks the
 * connection off instead, and the batch is sent again. What a receiver then loses of what it has read, no sender can know.
 * @param read gives the content of a file that the settings name
 */
export function syslogChannel(
  settings: SyslogSettings,
  sender: Sender,
  read: (file: string) => Buffer,
  times: SyslogTimes = usualTimes,
): Channel {
  async function send(batch: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    const socket = await open(settings, read, times, signal);
    const watched = watch(socket, signal);
    try {
      for (const one of batch) await write(one);
      await watched.unlessBroken(flushed(socket), times.stall, 'The destination takes nothing any more.');
      await watched.unlessBroken(pause(times.settle), times.stall, '');
      if (settings.confirm !== 'flush') {
        watched.closing();
        socket.end();
        await watched.unlessBroken(watched.ended, times.close, 'The destination did not confirm that it has read all.');
      }
    } finally {
      watched.over();
      socket.destroy();
    }

    async function write(one: Outgoing): Promise<void> {
      const message = octetCounted(syslogMessage(one, settings.facility ?? 13, sender));
      if (socket.write(message)) return;
      await watched.unlessBroken(once(socket, 'drain'), times.stall, 'The destination takes nothing any more.');
    }
  }

  return {
    send: (batch, signal) =>
      send(batch, signal).catch((error: unknown) => {
        throw asSendError(error, errorCode(error));
      }),
  };
}

async function open(
  { host, port, tls }: SyslogSettings,
  read: (file: string) => Buffer,
  times: SyslogTimes,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = tls === false ? connect({ host, port }) : connectTls({ host, port, ...tlsOptions(tls, host, read) });
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(times.connect)]);
  try {
    await once(socket, tls === false ? 'connect' : 'secureConnect', { signal: timeout });
    return socket;
  } catch (error) {
    // What comes after we have given up is of no interest, and must not end the process.
    socket.on('error', () => undefined).destroy();
    throw timeout.aborted ? new SendError('ETIMEDOUT', 'The destination does not answer.') : error;
  }
}

function tlsOptions({ ca, certificate, key, serverName }: TlsSettings, host: string, read: (file: string) => Buffer) {
  return {
    minVersion: 'TLSv1.2' as const,
    servername: serverName ?? host,
    ...(ca !== undefined && { ca: read(ca) }),
    ...(certificate !== undefined && { cert: read(certificate) }),
    ...(key !== undefined && { key: read(key) }),
  };
}

/** Resolves when the system has everything that was written. */
function flushed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write('', (error) => (error ? reject(error) : resolve()));
  });
}

/** Listens to a connection for as long as it is used. */
function watch(socket: Socket | TLSSocket, signal: AbortSignal) {
  let isClosing = false;
  let answered: () => void = () => undefined;
  let stopped: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const broken = new Promise<never>((_, reject) => {
    socket.on('error', reject);
    socket.on('end', () => {
      if (isClosing) answered();
      else reject(new SendError('ECONNRESET', 'The destination closed the connection before everything was sent.'));
    });
    socket.on('close', () => reject(new SendError('ECONNRESET', 'The destination broke the connection off.')));
    stopped = () => reject(new SendError('stopped', 'Sending was stopped.'));
  });
  signal.addEventListener('abort', stopped);
  // It is waited for only while something is under way.
  broken.catch(() => undefined);
  // What the receiver says does not matter, but its end is heard only when it is read.
  socket.resume();

  return {
    /** The receiver closed its side after we did ours. */
    ended,
    closing() {
      isClosing = true;
    },
    over() {
      signal.removeEventListener('abort', stopped);
    },
    async unlessBroken(step: Promise<unknown>, milliseconds: number, fault: string): Promise<void> {
      const timer = new AbortController();
      const late = pause(milliseconds, undefined, { signal: timer.signal }).then(() => {
        throw new SendError('stalled', fault);
      });
      late.catch(() => undefined);
      step.catch(() => undefined);
      try {
        await Promise.race([step, broken, late]);
      } finally {
        timer.abort();
      }
    },
  };
}
