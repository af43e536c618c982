import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { newKeyPair, signer } from '#shared/identity.ts';
import { agentGaveUp, limits, paths, type RefusalCode, subprotocol } from '#shared/protocol/protocol.ts';
import { uuidv7 } from '#shared/uuid.ts';
import type { Fault } from '../../../collector/alerting/faults.ts';
import {
  type AgentSocket,
  batchOf,
  enrolComputer,
  greet,
  helloTo,
  httpsAgentFor,
  lineOf,
  linesOf,
  openSocket,
  refusalOf,
  type TestComputer,
} from '../../fakes/agent-socket.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';
import { alertsOf, established, expectFault, expectRefused, type Site, sendNext, site, storedSeqs } from './site.ts';

let here: Site;
beforeAll(async () => {
  here = await site();
});
afterAll(() => here[Symbol.asyncDispose]());

const otherKey = newKeyPair();
const zero = '0'.repeat(64);
type Say = (challenge: { nonce: string }, computer: TestComputer) => object | string | Buffer;

const wrong: [what: string, code: RefusalCode, fault: Fault | undefined, say: Say][] = [
  ['is not JSON', 'malformed', undefined, () => 'hello'],
  ['is a batch', 'malformed', undefined, (_, by) => batchOf(by, by.start, linesOf(1, 2)).frame],
  ['has a member too many', 'malformed', undefined, (challenge, by) => ({ ...helloTo(challenge, by), admin: true })],
  [
    'has a member __proto__',
    'malformed',
    undefined,
    (challenge, by) => `{"__proto__":{},${JSON.stringify(helloTo(challenge, by)).slice(1)}`,
  ],
  ['is larger than a line may be', 'tooLarge', undefined, () => ' '.repeat(limits.lineBytes + 1)],
  ['speaks an older protocol', 'clientTooOld', undefined, (challenge, by) => helloTo(challenge, by, { protocol: 0 })],
  ['speaks a newer protocol in other words', 'collectorTooOld', undefined, () => ({ type: 'greetings', protocol: 2 })],
  [
    'names a computer that is not enrolled',
    'notEnrolled',
    undefined,
    (challenge, by) => helloTo(challenge, by, { computerId: uuidv7(0) }),
  ],
  [
    'is signed by another key',
    'badSignature',
    'signature-bad',
    (challenge, by) => helloTo(challenge, by, { signer: signer(otherKey.privateKeyPem) }),
  ],
  ['answers an older challenge', 'badSignature', 'signature-bad', (_, by) => helloTo({ nonce: 'b2xkZXI' }, by)],
  [
    'was meant for another collector',
    'badSignature',
    'signature-bad',
    (challenge, by) => helloTo(challenge, { ...by, collectorKey: otherKey.publicKey }),
  ],
  [
    'was changed after it was signed',
    'badSignature',
    'signature-bad',
    (challenge, by) => ({ ...helloTo(challenge, by), version: '9.9.9' }),
  ],
  [
    'says another chain was stored',
    'clonedIdentity',
    'identity-cloned',
    (challenge, by) => helloTo(challenge, by, { stored: { seq: 2, link: zero } }),
  ],
  [
    'says another chain began',
    'clonedIdentity',
    'identity-cloned',
    (challenge, by) => helloTo(challenge, by, { stored: { seq: 0, link: zero } }),
  ],
];

/** A computer with three events stored that has gone again. */
async function gone(collector: RealCollector): Promise<TestComputer> {
  const { computer, socket } = await established(collector);
  await socket[Symbol.asyncDispose]();
  return computer;
}

describe('a hello is refused when it', () => {
  it.each(wrong)('%s (%s)', async (_what, code, fault, say) => {
    const computer = await gone(here.collector);
    await using socket = openSocket(computer);
    socket.send(say(await socket.next('challenge'), computer));
    await expectRefused(here, socket, computer, code, fault);
    expect(await storedSeqs(here.collector, computer)).toEqual([1, 2, 3]);
  });

  it('comes from a computer that was retired (revoked)', async () => {
    const computer = await gone(here.collector);
    const { store } = here.collector.context;
    await store.updateTable('computers').set({ state: 'retired' }).where('id', '=', computer.computerId).execute();
    await using socket = openSocket(computer);
    socket.send(helloTo(await socket.next('challenge'), computer));
    await expectRefused(here, socket, computer, 'revoked', undefined);
  });

  it('is said twice (malformed)', async () => {
    const computer = await gone(here.collector);
    await using socket = openSocket(computer);
    const hello = helloTo(await socket.next('challenge'), computer);
    socket.send(hello);
    socket.send(hello);
    expect(await refusalOf(socket)).toMatchObject({ code: 'malformed', closeCode: 4000 });
  });
});

describe('a second computer with the same identity', () => {
  it('is refused while the first is there, which is not disturbed', async () => {
    const { computer, socket, at } = await established(here.collector);
    await using _first = socket;
    await using second = openSocket(computer);
    second.send(helloTo(await second.next('challenge'), computer));
    await expectRefused(here, second, computer, 'clonedIdentity', 'identity-cloned');
    await sendNext(socket, computer, at, 2);
    expect(await storedSeqs(here.collector, computer)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is refused after the first has gone on, because the chain forked', async () => {
    const computer = await gone(here.collector);
    // The copy was made after number 1, and recorded another number 2.
    const fork = batchOf(computer, batchOf(computer, computer.start, linesOf(1, 1)).head, [
      lineOf(2, { bootId: 'copy' }),
    ]);
    await using copy = openSocket(computer);
    copy.send(helloTo(await copy.next('challenge'), computer, { stored: fork.head }));
    await expectRefused(here, copy, computer, 'clonedIdentity', 'identity-cloned');
  });

  it('is told of by the first, when the copy went ahead while that was away', async () => {
    const { computer, socket } = await established(here.collector);
    await using first = socket;
    first.socket.close(agentGaveUp, 'clonedIdentity');
    await expectFault(here.collector, computer, 'identity-cloned');
  });

  it('takes over from a connection that answers no more', async () => {
    const { computer, socket } = await established(here.collector);
    await using first = socket;
    // A half-open connection: nobody reads at the other end.
    first.socket.pause();
    await using second = await greet(computer);
    expect(second.welcome.stored.seq).toBe(3);
    await expectFault(here.collector, computer, undefined);
  });
});

describe('the same agent', () => {
  it('takes over from its own older connection at once', async () => {
    const computer = await enrolComputer(here.collector);
    const instance = uuidv7(Date.now());
    await using first = await greet(computer, { instance });
    const at = await sendNext(first, computer, computer.start, 3);
    await using second = await greet(computer, { instance });
    expect(await refusalOf(first)).toMatchObject({ code: 'replaced', retry: false });
    expect(second.welcome.stored).toEqual(at);
    await sendNext(second, computer, at, 1);
    await expectFault(here.collector, computer, undefined);
  });

  it.each([
    ['breaks off', (socket: AgentSocket) => socket.socket.terminate()],
    ['is left half-open', () => undefined],
  ])('is welcomed with what its last connection left on the way when that %s', async (_what, leave) => {
    const computer = await enrolComputer(here.collector);
    const others = await Promise.all([established(here.collector), established(here.collector)]);
    const instance = uuidv7(Date.now());
    let at = computer.start;
    for (let round = 0; round < 12; round += 1) {
      // The store is kept busy, so that the batch is still on its way when the agent is back.
      for (const other of others) {
        const batch = batchOf(other.computer, other.at, linesOf(other.at.seq + 1, other.at.seq + 800));
        other.socket.send(batch.frame);
        other.at = batch.head;
      }
      const socket = await greet(computer, { instance, stored: at });
      const batch = batchOf(
        computer,
        socket.welcome.stored,
        linesOf(socket.welcome.stored.seq + 1, socket.welcome.stored.seq + 50),
      );
      socket.send(batch.frame);
      leave(socket);
      at = socket.welcome.stored;
    }
    await using last = await greet(computer, { instance, stored: at });
    await sendNext(last, computer, last.welcome.stored, 1);
    const seqs = await storedSeqs(here.collector, computer);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    await expectFault(here.collector, computer, undefined);
    for (const { socket } of others) await socket[Symbol.asyncDispose]();
  });
});

describe('who does not say who it is', () => {
  it('is let go after a while', async () => {
    await using collector = await realCollector({ unidentified: { total: 10, perAddress: 10, milliseconds: 200 } });
    const anyone = { url: collector.url, https: httpsAgentFor(collector) };
    await using socket = openSocket(anyone);
    expect(await refusalOf(socket)).toMatchObject({ code: 'tooSlow', retry: true, closeCode: 4000 });
    expect(collector.log).toContainEqual(expect.objectContaining({ code: 'tooSlow', msg: 'agent refused' }));
  });

  it.each([
    ['from one address', { total: 10, perAddress: 3 }],
    ['from anywhere', { total: 3, perAddress: 10 }],
  ])('finds room for a few only %s, until one of them did', async (_name, bounds) => {
    await using collector = await realCollector({ unidentified: { ...bounds, milliseconds: 60_000 } });
    const computer = await enrolComputer(collector);
    const sockets = Array.from({ length: 3 }, () => openSocket(computer));
    const challenges = await Promise.all(sockets.map((socket) => socket.next('challenge')));
    expect(await upgradeStatus(collector)).toBe(503);
    const [first] = sockets;
    first?.send(helloTo(challenges[0] ?? { nonce: '' }, computer));
    await first?.next('welcome');
    expect(await upgradeStatus(collector)).toBe(101);
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  });

  it.each([
    ['another subprotocol', paths.socket, 'portcullis.agent.v9', 400],
    ['no subprotocol', paths.socket, [], 400],
    ['another path', '/agent/v1/elsewhere', subprotocol, 404],
    ['a query', `${paths.socket}?x=1`, subprotocol, 404],
  ])('is turned away at the door with %s', async (_what, path, protocol, status) => {
    expect(await upgradeStatus(here.collector, path, protocol)).toBe(status);
  });
});

describe('too much', () => {
  it('at once is refused, and may be tried again', async () => {
    const { computer, socket, at } = await established(here.collector);
    await using _closing = socket;
    let place = at;
    for (let sent = 0; sent < 200; sent += 1) {
      const batch = batchOf(computer, place, linesOf(place.seq + 1, place.seq + 5));
      socket.send(batch.frame);
      place = batch.head;
    }
    expect(await refusalOf(socket)).toMatchObject({ code: 'tooMuch', retry: true, after: 5000 });
    await here.bystander.isServed();
    expect(await alertsOf(here.collector, computer)).toEqual([]);
    // What was taken before is stored whole, and the agent goes on after it.
    await using again = await greet(computer, { stored: at });
    const seqs = await storedSeqs(here.collector, computer);
    expect(seqs).toEqual(Array.from({ length: again.welcome.stored.seq }, (_, index) => index + 1));
  });

  it('in the long run is read more slowly, while others are served', async () => {
    await using crowded = await site({ allowance: { eventsPerSecond: 2000, burst: 500 } });
    const { computer, socket, at } = await established(crowded.collector);
    await using _closing = socket;
    const begun = performance.now();
    let place = at;
    for (let sent = 0; sent < 4; sent += 1) {
      place = await sendNext(socket, computer, place, 500);
      await crowded.bystander.isServed();
    }
    // 2000 events, of which 500 were free: the last is read no sooner than when 1000 of them are paid for.
    expect(performance.now() - begun).toBeGreaterThan(450);
    expect(await storedSeqs(crowded.collector, computer)).toHaveLength(2003);
  });
});

describe('the figures of the agents’ side', () => {
  const elsewhere = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');

  it('count refusals by code and name nobody', async () => {
    const computer = await gone(here.collector);
    await using socket = openSocket(computer);
    socket.send(helloTo(await socket.next('challenge'), computer, { protocol: 0 }));
    await refusalOf(socket);
    const text = await vi.waitFor(
      async () => (await fetchText(here.collector, `${here.collector.url}/metrics`)).body,
      30_000,
    );
    expect(text).toMatch(/portcullis_refusals_total\{code="clientTooOld"\} [1-9]/);
    expect(text).not.toContain(computer.computerId);
    expect(text).not.toContain('WARD-7-LAPTOP');
  });

  it.skipIf(!elsewhere)(
    'are for the collector’s own computer only (needs an address that is not loopback)',
    async () => {
      await using open = await realCollector({ host: '0.0.0.0' });
      const { port } = new URL(open.url);
      const answer = await fetchText(open, `https://${elsewhere?.address}:${port}/metrics`);
      expect(answer).toMatchObject({ status: 403 });
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'localOnly' });
    },
  );
});

async function upgradeStatus(
  collector: RealCollector,
  path: string = paths.socket,
  protocol: string | string[] = subprotocol,
): Promise<number> {
  const socket = new WebSocket(new URL(path, collector.url), protocol, { agent: httpsAgentFor(collector) });
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => resolve(101));
  });
  socket.terminate();
  return status;
}

async function fetchText(collector: RealCollector, url: string): Promise<{ status: number; body: string }> {
  const { get } = await import('node:https');
  return new Promise((resolve, reject) => {
    get(url, { agent: httpsAgentFor(collector) }, (answer) => {
      let body = '';
      answer.on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}
