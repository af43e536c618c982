import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outgoing } from '../../../../collector/exports/channels/channel.ts';
import { webhookChannel } from '../../../../collector/exports/channels/webhook.ts';
import { exampleRecords } from '../example-records.ts';

const secret = 'a secret of more than thirty-two characters';
const at = Date.parse('2026-11-30T09:00:00Z');
const clock = { now: () => at, monotonic: () => 0 };
const batch: Outgoing[] = exampleRecords.slice(0, 3).map((record, index) => ({ record, line: `{"n":${index}}` }));

let server: Server | undefined;
afterEach(() => void server?.close());

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

async function receiver(status: number, headers: Record<string, string> = {}) {
  const received: Received[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, headers).end('thanks');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { received, url };
}

const send = (url: string, known = secret) =>
  webhookChannel({ name: 'hook', channel: 'webhook', format: 'jsonl', url, secretFile: 'secret' }, clock, () =>
    Buffer.from(`${known}\n`),
  ).send(batch, new AbortController().signal);

describe('the webhook channel', () => {
  it('posts a batch that the receiver can check by the shared secret', async () => {
    const { received, url } = await receiver(204);
    await send(url);
    const [{ headers, body }] = received as [Received];
    expect(body).toBe('{"n":0}\n{"n":1}\n{"n":2}\n');
    expect(headers['portcullis-timestamp']).toBe(String(at / 1000));
    const expected = createHmac('sha256', secret)
      .update(`${at / 1000}.${body}`)
      .digest('hex');
    expect(headers['portcullis-signature']).toBe(`v1=${expected}`);
  });

  it('names the same batch by the same key when it comes again', async () => {
    const { received, url } = await receiver(200);
    await send(url);
    await send(url);
    expect(received[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{64}$/);
    expect(received[1]?.headers['idempotency-key']).toBe(received[0]?.headers['idempotency-key']);
  });

  it.each([301, 400, 500])('counts an answer of %i as not taken, and follows no redirection', async (status) => {
    const { received, url } = await receiver(status, { location: 'http://127.0.0.1:1/elsewhere' });
    await expect(send(url)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(String(status)),
    });
    expect(received).toHaveLength(1);
  });

  it('is put off for as long as the receiver asks, within an hour', async () => {
    await expect(send((await receiver(503, { 'retry-after': '120' })).url)).rejects.toMatchObject({ after: 120_000 });
    server?.close();
    await expect(send((await receiver(503, { 'retry-after': '999999' })).url)).rejects.toMatchObject({
      after: 3_600_000,
    });
  });

  it('sends nothing under a secret that could be guessed', async () => {
    const { received, url } = await receiver(200);
    await expect(send(url, 'short')).rejects.toMatchObject({ code: 'weakSecret' });
    expect(received).toEqual([]);
  });
});
