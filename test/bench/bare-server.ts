import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/*
 * A process of its own, the yardstick of a collector: ws on Node's HTTPS server, which answers as the protocol wants,
 * looks at nothing, keeps nothing and stores nothing. Tells its port to the process that started it.
 */
interface Told {
  certificate: string;
  key: string;
  backlog: number;
}
process.on('message', ({ certificate, key, backlog }: Told) => {
  const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.2' });
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  wss.on('connection', (socket) => {
    socket.send('{"type":"challenge","protocol":1,"nonce":"bare"}');
    socket.on('message', (data) => {
      const text = String(data);
      const said = JSON.parse(text.slice(0, (text.indexOf('\n') + 1 || text.length + 1) - 1));
      if (said.type === 'hello') socket.send(JSON.stringify({ type: 'welcome', stored: said.stored }));
      if (said.type === 'batch') socket.send(JSON.stringify({ type: 'ack', seq: said.head.seq }));
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog }, () => process.send?.((server.address() as AddressInfo).port));
});
process.on('disconnect', () => process.exit());
