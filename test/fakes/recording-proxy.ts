import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a port of this computer and writes down every byte that goes through, in either direction. */
export async function recordingProxy(to: number, file: string) {
  const record = createWriteStream(file);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const [from, towards] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => record.write(bytes));
      from.on('close', () => sockets.delete(from));
      from.pipe(towards);
      from.on('error', () => towards.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([...sockets].map((socket) => socket.closed || once(socket, 'close')));
      record.end();
      await once(record, 'close');
    },
  };
}
