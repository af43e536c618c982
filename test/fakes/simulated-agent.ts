import type { Agent } from 'node:https';
import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { systemClock } from '#shared/clock.ts';
import { errorMessage, PortcullisError } from '#shared/errors.ts';
import { firstLink, type Link, lineHash, nextLink } from '#shared/events/chain.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { newKeyPair, type Signer, signer } from '#shared/identity.ts';
import {
  batchText,
  type CollectorMessage,
  type EnrolResponse,
  helloText,
  limits,
  parseEnrolmentCode,
  paths,
  protocolVersion,
  type Status,
  signingContexts,
  subprotocol,
} from '#shared/protocol/protocol.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { requestJson } from '../../agent/uplink/request.ts';
import { fetchCertificate, trustingAgent } from '../../agent/uplink/trust.ts';
import { maskedTextFrame } from './masked-frame.ts';

/** What a computer reports, by the number of the event. */
export type EventSource = (seq: number) => PortcullisEvent;

/** A batch as it will go over the wire, made before the clock runs. */
export interface PreparedBatch {
  frame: Buffer;
  lastSeq: number;
  rows: { seq: number; at: number; kind: string; line: string; link: Link }[];
}

/** An agent that does nothing but send what was prepared, with as little work of its own as can be. */
export interface SimulatedAgent {
  computerId: string;
  publicKey: string;
  prepare(source: EventSource, events: number): PreparedBatch;
  connect(): Promise<void>;
  /** Says how it is, as agents do every 30 seconds. */
  tell(status?: Partial<Omit<Status, 'type'>>): void;
  /** Sends all, at most `inFlight` unacknowledged. @returns milliseconds from each send to its acknowledgement */
  send(batches: readonly PreparedBatch[], inFlight: number): Promise<number[]>;
  close(): void;
}

/** Enrols over HTTPS like any agent. @param address own loopback address: enrolment is limited by address */
export async function enrolSimulatedAgent(
  url: string,
  code: string,
  address: string,
  hostname = `bench-${address}`,
): Promise<SimulatedAgent> {
  const { token, fingerprint } = parseEnrolmentCode(code);
  const httpsAgent = trustingAgent({ fingerprint, trusted: await fetchCertificate(new URL(url), fingerprint) }, {});
  Object.assign(httpsAgent.options, { localAddress: address });
  const keys = newKeyPair();
  const { status, body } = await requestJson(new URL(paths.enrol, url), {
    agent: httpsAgent,
    method: 'POST',
    body: { token, publicKey: keys.publicKey, hostname, version: '0.1.0' },
  });
  if (status !== 200) throw new PortcullisError('enrolFailed', `Enrolment was answered with status ${status}.`);
  return simulatedAgent(url, httpsAgent, signer(keys.privateKeyPem), body as EnrolResponse);
}

function simulatedAgent(
  url: string,
  httpsAgent: Agent,
  keys: Signer,
  { computerId, collectorKey }: EnrolResponse,
): SimulatedAgent {
  let place = { seq: 0, link: firstLink(keys.publicKey) };
  let socket: WebSocket | undefined;
  let wire: Socket | undefined;
  let receive: (message: CollectorMessage) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;

  const headText = () => ({ seq: place.seq, link: place.link.toString('hex') });

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
    return { frame: maskedTextFrame(Buffer.from(text)), lastSeq: head.seq, rows };
  }

  function hello(nonce: string): string {
    const stored = headText();
    const instance = uuidv7(systemClock.now());
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

  async function connect(): Promise<void> {
    const opened = new WebSocket(new URL(paths.socket, url), subprotocol, {
      agent: httpsAgent,
      perMessageDeflate: false,
    });
    socket = opened;
    opened.on('upgrade', ({ socket: stream }) => {
      wire = stream;
    });
    opened.on('error', (error) => fail(error));
    opened.on('close', (code, reason) =>
      fail(new PortcullisError('closed', `The collector closed: ${code} ${reason}.`)),
    );
    const welcomed = new Promise<void>((resolve, reject) => {
      fail = reject;
      receive = (message) => {
        if (message.type === 'challenge') opened.send(hello(message.nonce));
        else if (message.type === 'welcome') resolve();
        else reject(new PortcullisError('refused', errorMessage(message)));
      };
    });
    opened.on('message', (data: RawData) => {
      const message = JSON.parse(String(data)) as CollectorMessage;
      // It has no policy and decides nothing, so a new standing is no news to it.
      if (message.type !== 'nudge') receive(message);
    });
    await welcomed;
    tell();
  }

  function tell(status: Partial<Omit<Status, 'type'>> = {}): void {
    const usual = { type: 'status', policyVersion: 1, spool: { events: 0, bytes: 0 }, conditions: [] };
    socket?.send(JSON.stringify({ ...usual, ...status }));
  }

  function send(batches: readonly PreparedBatch[], inFlight: number): Promise<number[]> {
    const sentAt = new Map<number, number>();
    const waits: number[] = [];
    let next = 0;
    const sendMore = () => {
      while (sentAt.size < inFlight && next < batches.length) {
        const batch = batches[next++];
        if (!batch) return;
        sentAt.set(batch.lastSeq, performance.now());
        wire?.write(batch.frame);
      }
    };
    return new Promise((resolve, reject) => {
      fail = reject;
      receive = (message) => {
        const since = message.type === 'ack' ? sentAt.get(message.seq) : undefined;
        if (message.type !== 'ack' || since === undefined) {
          reject(new PortcullisError('refused', `The collector said ${JSON.stringify(message)}.`));
          return;
        }
        waits.push(performance.now() - since);
        sentAt.delete(message.seq);
        if (waits.length === batches.length) resolve(waits);
        else sendMore();
      };
      sendMore();
    });
  }

  return {
    computerId,
    publicKey: keys.publicKey,
    prepare,
    connect,
    tell,
    send,
    close() {
      fail = () => undefined;
      socket?.terminate();
      httpsAgent.destroy();
    },
  };
}

export const mostInFlight: number = limits.batchesInFlight;
