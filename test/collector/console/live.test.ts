import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionLimits } from '../../../collector/accounts/sessions.ts';
import { liveHub } from '../../../collector/console/live.ts';
import { addAccount, signInAs, type TestStore, testConsole, testStore, type Visitor } from './site.ts';

let made: TestStore;
let app: FastifyInstance;
let visitor: Visitor;
const opened: http.IncomingMessage[] = [];

beforeEach(async () => {
  made = await testStore();
  app = await testConsole(made.context);
  await addAccount(made.context);
  visitor = await signInAs(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const response of opened.splice(0)) response.destroy();
  await app.close();
  await made[Symbol.asyncDispose]();
});

interface Stream {
  status: number;
  text(): string;
  ended(): boolean;
}

async function openStream(cookie = visitor.cookie): Promise<Stream> {
  const { port } = app.server.address() as AddressInfo;
  const headers = { cookie, accept: 'text/event-stream' };
  const request = http.get({ host: '127.0.0.1', port, path: '/alerts/live', headers, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  opened.push(response);
  let text = '';
  let ended = false;
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  response.on('close', () => {
    ended = true;
  });
  response.on('error', () => undefined);
  return { status: response.statusCode ?? 0, text: () => text, ended: () => ended };
}

const alertArrived = () => made.context.changes.publish({ computerId: 'c', events: [], alertIds: ['a'] });

describe('live updates', () => {
  it('tell an open page that an alert arrived, and show signs of life', async () => {
    const stream = await openStream();
    await vi.waitFor(() => expect(stream.text()).toContain(': still here'), 30_000);
    alertArrived();
    await vi.waitFor(() => expect(stream.text()).toContain('event: alerts\ndata: \n\n'), 30_000);
  });

  it('say nothing about events that raised no alert', async () => {
    const stream = await openStream();
    made.context.changes.publish({ computerId: 'c', events: [], alertIds: [] });
    await vi.waitFor(() => expect(stream.text().match(/still here/g)?.length).toBeGreaterThan(1), 30_000);
    expect(stream.text()).not.toContain('event:');
  });

  it('say once what happened many times in a moment', async () => {
    const stream = await openStream();
    for (let alert = 0; alert < 500; alert += 1) alertArrived();
    await vi.waitFor(() => expect(stream.text().match(/event: alerts/g)).toHaveLength(2), 30_000);
  });

  it('end when the person signs out', async () => {
    const stream = await openStream();
    await visitor.post('/sign-out', {});
    await vi.waitFor(() => expect(stream.ended()).toBe(true), 30_000);
    expect(stream.text()).toContain('event: ended');
  });

  it('do not keep a session alive, and end with it', async () => {
    const stream = await openStream();
    made.context.clock.advance(sessionLimits.idle);
    await vi.waitFor(() => expect(stream.ended()).toBe(true), 30_000);
    expect(stream.text()).toContain('event: ended');
  });

  it('are for nobody without a session', async () => {
    expect((await openStream('')).status).toBe(303);
  });

  it('are given to eight pages of one session, and the ninth is told not to come again', async () => {
    for (let page = 0; page < 8; page += 1) expect((await openStream()).status).toBe(200);
    expect((await openStream()).status).toBe(204);
  });

  it('do not hold up the end of the collector', async () => {
    const stream = await openStream();
    await app.close();
    await vi.waitFor(() => expect(stream.ended()).toBe(true), 30_000);
  });
});

describe('a page that does not read', () => {
  const session = async () => {
    const row = await made.context.store.selectFrom('sessions').selectAll().executeTakeFirstOrThrow();
    const times = { idleEnd: row.expires_at, end: row.expires_at };
    return { id: row.cookie_hash, accountId: row.account_id, formToken: row.form_token, stage: row.stage, ...times };
  };

  it('costs a bounded amount of memory, and is let go when it never reads again', async () => {
    const hub = liveHub(made.context, { heartbeat: 10, gap: 1 });
    const stream = hub.open(await session());
    await vi.waitFor(() => expect(stream?.destroyed).toBe(true), { timeout: 30_000 });
    expect(stream?.readableLength).toBeLessThan(2048);
    hub.close();
  });

  it('is told once, when it reads again, of all it missed', async () => {
    const hub = liveHub(made.context, { heartbeat: 60_000, gap: 0 });
    const stream = hub.open(await session());
    if (!stream) throw new Error('no stream');
    const kept = async () => {
      alertArrived();
      await new Promise((resolve) => setTimeout(resolve, 2));
      return stream.readableLength;
    };
    let length = await kept();
    for (let next = await kept(); next > length; next = await kept()) length = next;
    for (let more = 0; more < 20; more += 1) expect(await kept()).toBe(length);
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await vi.waitFor(() => expect(Buffer.byteLength(text)).toBe(length + 'event: alerts\ndata: \n\n'.length), 30_000);
    hub.close();
  });
});
