import { watch } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { WebSocket, WebSocketServer } from 'ws';

/*
 * A process of its own, the yardstick of a signal's way: fs.watch, a durable row in a file, a TLS WebSocket, a durable
 * row in another file.
 *
 *     node bare-pipeline.ts FOLDER CERTIFICATE KEY
 */
const [, , folder = '', certificate = '', key = ''] = process.argv;

function openRows(name: string): Database.Statement<[string]> {
  const database = new Database(join(folder, `${name}.sqlite`));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE row (id INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT');
  return database.prepare<[string]>('INSERT INTO row (line) VALUES (?)');
}

const near = openRows('near');
const far = openRows('far');
const server = createServer({ cert: certificate, key });
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (line) => far.run(String(line)));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`wss://127.0.0.1:${port}`, { rejectUnauthorized: false, perMessageDeflate: false });
  socket.once('open', () => {
    watch(join(folder, 'signals'), (_what, name) => {
      const line = JSON.stringify({ name });
      near.run(line);
      socket.send(line);
    });
    process.send?.('ready');
  });
});
process.on('disconnect', () => process.exit());
