import type { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type RawData, WebSocket } from 'ws';
import { systemClock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { firstLink, type Link, lineHash, nextLink } from '#shared/events/chain.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { newKeyPair, type Signer, signer } from '#shared/identity.ts';
import {
  batchText,
  type CollectorMessage,
  type EnrolResponse,
  type Head,
  helloText,
  limits,
  parseEnrolmentCode,
  paths,
  protocolVersion,
  type Refusal,
  type Status,
  signingContexts,
  subprotocol,
} from '#shared/protocol/protocol.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { connectPatience } from '../../agent/uplink/reconnect.ts';
import { requestJson } from '../../agent/uplink/request.ts';
import { fetchCertificate, trustingAgent } from '../../agent/uplink/trust.ts';
import { maskedTextFrame } from './masked-frame.ts';

/** What a computer reports, by the number of the event. */
export type EventSource = (seq: number) => PortcullisEvent;

/** A batch as it will go over the wire, made before the clock runs. */
export interface PreparedBatch {
  frame: Buffer;
  /** Where the chain stands after it. */
  head: Head;
  rows: { seq: number; at: number; kind: string; line: string; link: Link }[];
}

/** An agent that does nothing but send what was prepared, with as little work of its own as can be. */
export interface SimulatedAgent {
  computerId: string;
  publicKey: string;
  prepare(source: EventSource, events: number): PreparedBatch;
  /**
   * @param address of another server that speaks the protocol; without it, the collector
   * @returns where the chain stands in the collector's store
   */
  connect(address?: string): Promise<Head>;
  isConnected(): boolean;
  /** Says how it is, as agents do every 30 seconds; nothing while it is not connected. */
  tell(status?: Partial<Omit<Status, 'type'>>): void;
  /** Sends all, at most `inFlight` unacknowledged. @returns milliseconds from each send to its acknowledgement */
  send(batches: readonly PreparedBatch[], inFlight: number): Promise<number[]>;
  /** Ends the connection without a word, as a network does that goes away. */
  disconnect(): void;
  close(): void;
}

/** A collector whose certificate was fetched and found to be that of the code; serves all who enrol with it. */
export interface Introduction {
  url: string;
  token: string;
  fingerprint: string;
  trusted: string;
  /** A thousand agents of one process share what OpenSSL makes of the certificate. */
  secureContext: SecureContext;
}

export async function meetCollector(url: string, code: string): Promise<Introduction> {
  const { token, fingerprint } = parseEnrolmentCode(code);
  const trusted = await fetchCertificate(new URL(url), fingerprint);
  const secureContext = createSecureContext({ ca: trusted, minVersion: 'TLSv1.2', allowPartialTrustChain: true });
  return { url, token, fingerprint, trusted, secureContext };
}

/** Enrolment was refused; `status` is that of the answer. */
export class EnrolmentRefused extends PortcullisError {
  readonly status: number;
  constructor(status: number) {
    super('enrolFailed', `Enrolment was answered with status ${status}.`);
    this.status = status;
  }
}

export interface NewComputer {
  hostname: string;
  /** Own loopback address: enrolment is limited by address. */
  address?: string | undefined;
}

/** Enrols over HTTPS like any agent. @throws EnrolmentRefused */
export async function enrolWith(
  { url, token, fingerprint, trusted, secureContext }: Introduction,
  { hostname, address }: NewComputer,
): Promise<SimulatedAgent> {
  const httpsAgent = trustingAgent({ fingerprint, trusted }, {});
  Object.assign(httpsAgent.options, { secureContext, ...(address !== undefined && { localAddress: address }) });
  const keys = newKeyPair();
  const { status, body } = await requestJson(new URL(paths.enrol, url), {
    agent: httpsAgent,
    method: 'POST',
    body: { token, publicKey: keys.publicKey, hostname, version: '0.1.0' },
  });
  if (status !== 200) throw new EnrolmentRefused(status);
  return simulatedAgent(url, httpsAgent, signer(keys.privateKeyPem), body as EnrolResponse);
}

export async function enrolSimulatedAgent(
  url: string,
  code: string,
  address: string,
  hostname = `bench-${address}`,
): Promise<SimulatedAgent> {
  return enrolWith(await meetCollector(url, code), { hostname, address });
}

/** What the collector said no with. */
export class RefusedByCollector extends PortcullisError {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super('refused', `The collector said ${refusal.code}: ${refusal.says}`, { retry: refusal.retry });
    this.refusal = refusal;
  }
}

function simulatedAgent(
  url: string,
  httpsAgent: Agent,
  keys: Signer,
  { computerId, collectorKey }: EnrolResponse,
): SimulatedAgent {
  let place = { seq: 0, link: firstLink(keys.publicKey) };
  /** Newest that the collector is known to have. */
  let stored: Head = headText();
  // The same for all connections of one process, as of a real agent.
  const instance = uuidv7(systemClock.now());
  let socket: WebSocket | undefined;
  let wire: Socket | undefined;
  let receive: (message: CollectorMessage) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;

  function headText(): Head {
    return { seq: place.seq, link: place.link.toString('hex') };
  }

  function prepare(source: EventSource, events: number): PreparedBatch {
    const after = headText();
    const rows: PreparedBatch['rows'] = [];
    for (let made = 0; made < events; made += 1) {
      const event = source(place.seq + 1);
      const line = JSON.stringify(event);
      place = { seq: event.seq, link: nextLink(place.link, lineHash(line)) };
      rows.push({ seq: event.seq, at: Date.parse(event.at), kind: event.kind, line, link: place.link });
    }
    const head = headText();
    const signature = keys.sign(signingContexts.batch, batchText(computerId, after, head));
    const header = JSON.stringify({ type: 'batch', after, head, lines: rows.length, signature });
    const text = [header, ...rows.map(({ line }) => line)].join('\n');
    return { frame: maskedTextFrame(Buffer.from(text)), head, rows };
  }

  function hello(nonce: string): string {
    const unsigned = {
      type: 'hello',
      protocol: protocolVersion,
      computerId,
      version: '0.1.0',
      instance,
      stored,
    } as const;
    const signature = keys.sign(signingContexts.hello, helloText(nonce, collectorKey, unsigned));
    return JSON.stringify({ ...unsigned, signature });
  }

  async function connect(address = url): Promise<Head> {
    const opened = new WebSocket(new URL(paths.socket, address), subprotocol, {
      agent: httpsAgent,
      perMessageDeflate: false,
      handshakeTimeout: connectPatience,
    });
    socket = opened;
    opened.on('upgrade', ({ socket: stream }) => {
      wire = stream;
    });
    // What comes late of a connection before this one is no news of this one.
    const failed = (error: Error) => socket === opened && fail(error);
    opened.on('error', failed);
    opened.on('close', (code, reason) =>
      failed(new PortcullisError('closed', `The collector closed: ${code} ${reason}.`)),
    );
    const welcomed = new Promise<Head>((resolve, reject) => {
      fail = reject;
      receive = (message) => {
        if (message.type === 'challenge') opened.send(hello(message.nonce));
        else if (message.type === 'welcome') resolve(message.stored);
        else reject(unexpected(message));
      };
    });
    opened.on('message', (data: RawData) => {
      if (socket !== opened) return;
      const message = JSON.parse(String(data)) as CollectorMessage;
      // It has no policy and decides nothing, so a new standing is no news to it.
      if (message.type !== 'nudge') receive(message);
    });
    stored = await welcomed;
    tell();
    return stored;
  }

  function tell(status: Partial<Omit<Status, 'type'>> = {}): void {
    const usual = { type: 'status', policyVersion: 1, spool: { events: 0, bytes: 0 }, conditions: [] };
    if (isConnected()) socket?.send(JSON.stringify({ ...usual, ...status }));
  }

  function send(batches: readonly PreparedBatch[], inFlight: number): Promise<number[]> {
    const sent = new Map<number, { head: Head; at: number }>();
    const waits: number[] = [];
    let next = 0;
    const sendMore = () => {
      while (sent.size < inFlight && next < batches.length) {
        const batch = batches[next++];
        if (!batch) return;
        sent.set(batch.head.seq, { head: batch.head, at: performance.now() });
        wire?.write(batch.frame);
      }
    };
    return new Promise((resolve, reject) => {
      if (!isConnected()) {
        reject(gone('There is no connection.'));
        return;
      }
      fail = reject;
      receive = (message) => {
        const acknowledged = message.type === 'ack' ? sent.get(message.seq) : undefined;
        if (!acknowledged) {
          reject(unexpected(message));
          return;
        }
        waits.push(performance.now() - acknowledged.at);
        stored = acknowledged.head;
        sent.delete(acknowledged.head.seq);
        if (waits.length === batches.length) resolve(waits);
        else sendMore();
      };
      sendMore();
    });
  }

  const isConnected = () => socket?.readyState === WebSocket.OPEN;

  /** What waits for an answer is told that none will come. */
  function disconnect(): void {
    const waiting = fail;
    fail = () => undefined;
    socket?.terminate();
    waiting(gone('The connection was given up.'));
  }

  return {
    computerId,
    publicKey: keys.publicKey,
    prepare,
    connect,
    isConnected,
    tell,
    send,
    disconnect,
    close() {
      disconnect();
      httpsAgent.destroy();
    },
  };
}

function gone(says: string): PortcullisError {
  return new PortcullisError('closed', says, { retry: true });
}

function unexpected(message: CollectorMessage): PortcullisError {
  return message.type === 'refusal'
    ? new RefusedByCollector(message)
    : new PortcullisError('malformed', `The collector said ${JSON.stringify(message)}.`);
}

export const mostInFlight: number = limits.batchesInFlight;
