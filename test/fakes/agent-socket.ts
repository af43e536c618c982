import type { Agent } from 'node:https';
import { WebSocket } from 'ws';
import { firstLink, lineHash, nextLink } from '#shared/events/chain.ts';
import type { EventData, EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import { newKeyPair, type Signer, signer } from '#shared/identity.ts';
import {
  batchText,
  type Challenge,
  type CollectorMessage,
  EnrolResponse,
  type Gap,
  type Head,
  type Hello,
  helloText,
  parseEnrolmentCode,
  paths,
  protocolVersion,
  type Refusal,
  signingContexts,
  subprotocol,
  type Welcome,
} from '#shared/protocol/protocol.ts';
import { checker } from '#shared/schema.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { type Answer, requestJson } from '../../agent/uplink/request.ts';
import { trustingAgent } from '../../agent/uplink/trust.ts';
import type { RealCollector } from './real-collector.ts';

/** What an enrolled computer has in its hands: enough to say hello right, and wrong. */
export interface TestComputer {
  computerId: string;
  collectorKey: string;
  url: string;
  https: Agent;
  signer: Signer;
  /** Where its chain begins. */
  start: Head;
}

/** Speaks to this collector only, as an agent that was enrolled with it. */
export function httpsAgentFor(collector: RealCollector): Agent {
  const { fingerprint, certificate: trusted } = collector.certificate;
  return trustingAgent({ fingerprint, trusted }, {});
}

/** Asks to be enrolled, over real HTTPS. @param change members of the request to say otherwise */
export async function askToEnrol(collector: RealCollector, change: object = {}): Promise<Answer> {
  const { token } = parseEnrolmentCode(await collector.code());
  const body = { token, publicKey: newKeyPair().publicKey, hostname: 'WARD-7-LAPTOP', version: '0.1.0', ...change };
  return requestJson(new URL(paths.enrol, collector.url), { agent: httpsAgentFor(collector), method: 'POST', body });
}

export async function enrolComputer(collector: RealCollector, hostname = 'WARD-7-LAPTOP'): Promise<TestComputer> {
  const keys = signer(newKeyPair().privateKeyPem);
  const { body } = await askToEnrol(collector, { publicKey: keys.publicKey, hostname });
  const { computerId, collectorKey } = checker(EnrolResponse).parse(body, 'The answer');
  const start = { seq: 0, link: firstLink(keys.publicKey).toString('hex') };
  return { computerId, collectorKey, url: collector.url, https: httpsAgentFor(collector), signer: keys, start };
}

/** A hello to this challenge; signed by the computer, whatever else is changed. */
export function helloTo(
  { nonce }: Pick<Challenge, 'nonce'>,
  computer: TestComputer,
  change: Partial<Omit<Hello, 'type' | 'signature'>> & { signer?: Signer } = {},
): Hello {
  const { signer: by = computer.signer, ...changed } = change;
  const unsigned = {
    type: 'hello' as const,
    protocol: protocolVersion,
    computerId: computer.computerId,
    version: '0.1.0',
    instance: uuidv7(Date.now()),
    stored: computer.start,
    ...changed,
  };
  return { ...unsigned, signature: by.sign(signingContexts.hello, helloText(nonce, computer.collectorKey, unsigned)) };
}

/** A raw end of the protocol that does exactly what the test says, right or wrong. */
export interface AgentSocket {
  socket: WebSocket;
  send(message: object | string | Buffer): void;
  /** The next message of this type; other messages before it are passed over. Fails when the socket closes first. */
  next<T extends CollectorMessage['type']>(type: T): Promise<Extract<CollectorMessage, { type: T }>>;
  closed: Promise<{ code: number }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export function openSocket({ url, https }: Pick<TestComputer, 'url' | 'https'>, protocol = subprotocol): AgentSocket {
  const socket = new WebSocket(new URL(paths.socket, url), protocol, { agent: https, perMessageDeflate: false });
  const received: CollectorMessage[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  socket.on('message', (data) => {
    received.push(JSON.parse(String(data)));
    wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number }>((resolve) => {
    socket.once('close', (code) => {
      ended = true;
      wake();
      resolve({ code });
    });
  });
  return {
    socket,
    closed,
    send: (message) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    async next(type) {
      while (true) {
        for (let message = received.shift(); message; message = received.shift()) {
          if (message.type === type) return message as Extract<CollectorMessage, { type: typeof type }>;
        }
        if (ended) throw new Error(`the socket closed before a ${type} came`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

export type Greeted = AgentSocket & { challenge: Challenge; welcome: Welcome };

/** Opens a connection and says a proper hello. @throws when it is refused; see {@link refusedHello} */
export async function greet(computer: TestComputer, change: Parameters<typeof helloTo>[2] = {}): Promise<Greeted> {
  const socket = openSocket(computer);
  const challenge = await socket.next('challenge');
  socket.send(helloTo(challenge, computer, change));
  const welcome = await socket.next('welcome');
  return { ...socket, challenge, welcome };
}

/** Waits for the typed refusal and for the close that follows it. */
export async function refusalOf(socket: AgentSocket): Promise<Refusal & { closeCode: number }> {
  const refusal = await socket.next('refusal');
  const { code } = await socket.closed;
  return { ...refusal, closeCode: code };
}

/** A synthetic event that fits its schema and raises no alert. */
export function lineOf<K extends EventKind = 'agent.condition-changed'>(
  seq: number,
  change: { kind?: K; data?: EventData<K> } & Partial<Omit<PortcullisEvent, 'kind' | 'data' | 'seq'>> = {},
): string {
  const data = { condition: 'policy-missing', raised: true, because: `Test event ${seq}.` };
  return JSON.stringify({
    seq,
    at: new Date(Date.UTC(2026, 10, 21, 9) + seq).toISOString(),
    bootId: 'boot-1',
    uptimeMs: seq,
    kind: 'agent.condition-changed',
    data,
    ...change,
  });
}

export function linesOf(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => lineOf(from + index));
}

export interface Batch {
  frame: string;
  after: Head;
  head: Head;
}

/** What the collector will work out: where the chain stands after these lines. */
function follow(after: Head, lines: readonly string[]): Head {
  let { seq, link } = after;
  for (const line of lines) {
    const { gap } = JSON.parse(line) as { gap?: { to: number; link: string } };
    seq = gap?.to ?? seq + 1;
    link = gap?.link ?? nextLink(Buffer.from(link, 'hex'), lineHash(line)).toString('hex');
  }
  return { seq, link };
}

function gapsIn(lines: readonly string[]): Gap[] {
  return lines.flatMap((line) => {
    const { gap } = JSON.parse(line) as { gap?: Gap };
    return gap ? [{ from: gap.from, to: gap.to }] : [];
  });
}

/** A batch of these lines, signed; `change` says what is to be wrong with it. */
export function batchOf(
  { computerId, signer: by }: Pick<TestComputer, 'computerId' | 'signer'>,
  after: Head,
  lines: readonly string[],
  change: { head?: Head; header?: object; lines?: readonly string[] } = {},
): Batch {
  const head = change.head ?? follow(after, lines);
  const gaps = gapsIn(lines);
  const signature = by.sign(signingContexts.batch, batchText(computerId, after, head, gaps));
  const lost = gaps.length > 0 && { gaps };
  const header = { type: 'batch', after, head, lines: lines.length, ...lost, signature, ...change.header };
  return { frame: [JSON.stringify(header), ...(change.lines ?? lines)].join('\n'), after, head };
}
