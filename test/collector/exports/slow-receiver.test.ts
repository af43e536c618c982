import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { exportStatus } from '../../../collector/exports/status.ts';
import { createHome } from '../../../collector/home.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { established, sendNext } from '../gateway/site.ts';

it('a receiver that takes nothing holds up neither agents nor the end of the collector', async () => {
  const connections: Socket[] = [];
  const hole = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    connections.push(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-slow-'));
  createHome(folder, { organisation: 'Test organisation', profile: 'focus' });
  const file = join(folder, 'settings.json');
  const port = (hole.address() as AddressInfo).port;
  const destination = { name: 'hole', channel: 'syslog', format: 'jsonl', host: '127.0.0.1', port, tls: false };
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), exports: [destination] }));
  try {
    await using collector = await realCollector({ folder });
    const { computer, socket, at } = await established(collector);
    await vi.waitFor(() => expect(connections.length).toBeGreaterThan(0), { timeout: 30_000 });
    let head = at;
    for (let batch = 0; batch < 30; batch += 1) head = await sendNext(socket, computer, head, 100);
    const { store } = collector.context;
    const [status] = await exportStatus(store, [{ ...destination, channel: 'syslog', format: 'jsonl', tls: false }]);
    expect(status).toMatchObject({ taken: 0, waiting: expect.any(Number) });
    expect(status?.waiting).toBeGreaterThanOrEqual(3000);
    await socket[Symbol.asyncDispose]();
    // Stops while a batch is under way; the receiver would let it wait for a quarter of a minute.
    await collector.stop();
  } finally {
    for (const connection of connections) connection.destroy();
    hole.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
