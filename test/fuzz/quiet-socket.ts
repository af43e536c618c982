import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { type CollectorMessage, collectorMessageCheckers } from '#shared/protocol/protocol.ts';
import { holds } from './target.ts';

const checkers = collectorMessageCheckers();

/** A socket without a network: it keeps what is sent, and hands over what is said to have come. */
export interface QuietSocket {
  socket: WebSocket;
  sent: string[];
  closedWith: number | undefined;
  receive(frame: Buffer): void;
  end(): void;
}

export function quietSocket(): QuietSocket {
  const events = new EventEmitter();
  const quiet: Omit<QuietSocket, 'socket'> = {
    sent: [],
    closedWith: undefined,
    receive: (frame) => void events.emit('message', frame),
    end: () => void events.emit('close'),
  };
  const socket = Object.assign(events, {
    OPEN: 1,
    readyState: 1,
    send: (text: string) => void quiet.sent.push(text),
    close(code: number) {
      quiet.closedWith ??= code;
      socket.readyState = 2;
    },
    terminate() {
      quiet.closedWith ??= 1006;
      socket.readyState = 3;
    },
    ping: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  });
  // Of a real socket, what a session and a conversation use.
  return Object.assign(quiet, { socket: socket as unknown as WebSocket });
}

/** What was sent, each one of the messages that a collector may send. */
export function collectorMessagesOf(sent: readonly string[]): CollectorMessage[] {
  return sent.map((text) => {
    const message = JSON.parse(text) as CollectorMessage;
    holds(checkers[message.type].check(message), 'the collector says only what the protocol allows');
    return message;
  });
}
