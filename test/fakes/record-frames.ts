import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';

/*
 * Loaded before an agent by a test: writes down what it says before that is encrypted. Frames of a WebSocket are masked
 * on the way, so that they are taken where they are handed over.
 */
const file = process.env.PORTCULLIS_TEST_FRAMES;

function note(chunk: unknown): void {
  if (file === undefined) return;
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) appendFileSync(file, chunk);
}

const { send } = WebSocket.prototype;
WebSocket.prototype.send = function noted(this: WebSocket, ...args: unknown[]) {
  note(args[0]);
  return Reflect.apply(send, this, args);
};
TLSSocket.prototype.write = function noted(this: TLSSocket, ...args: unknown[]) {
  note(args[0]);
  return Reflect.apply(Socket.prototype.write, this, args);
};
