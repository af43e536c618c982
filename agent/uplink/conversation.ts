import type { RawData, WebSocket } from 'ws';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import type { Signer } from '#shared/identity.ts';
import {
  agentGaveUp,
  batchText,
  collectorMessageCheckers,
  type Gap,
  type Head,
  helloText,
  limits,
  type PolicyNotice,
  protocolVersion,
  type Refusal,
  RefusalError,
  type StandingNotice,
  type Status,
  signingContexts,
  type Welcome,
} from '#shared/protocol/protocol.ts';
import type { Spool } from '../spool/spool.ts';
import type { Ending } from './reconnect.ts';

export interface ConversationParts {
  spool: Spool;
  signer: Signer;
  computerId: string;
  collectorKey: string;
  version: string;
  instance: string;
  status(): Omit<Status, 'type'>;
  /** Milliseconds by which the collector's clock is ahead. */
  clockDiffers(milliseconds: number): void;
  now(): number;
  welcomed(): void;
  /** Numbers that were acknowledged, and that the collector does not have any more. */
  behind(missing: Gap): void;
  /** A policy other than the one in force may exist; `token` opens the HTTPS door for it. */
  policyExists(notice: PolicyNotice, token: string): void;
  /** The same of the standing. */
  standingExists(notice: StandingNotice, token: string): void;
  refused(refusal: Refusal): void;
}

/** A connection in progress. */
export interface Conversation {
  /** There may be something new to send. */
  pump(): void;
  sendStatus(): void;
  close(): void;
  ended: Promise<Ending>;
}

/** The agent's half of the protocol over one open or opening socket. */
export function converse(socket: WebSocket, parts: ConversationParts): Conversation {
  const { spool, signer, computerId } = parts;
  const check = collectorMessageCheckers();
  let token: string | undefined;
  let inFlight: Head[] = [];
  let toldBehind = false;
  let refusal: Refusal | undefined;
  let silence = restartSilence();

  function send(message: object): void {
    socket.send(JSON.stringify(message));
  }

  function receive(text: string): void {
    const message: unknown = JSON.parse(text);
    if (check.ack.check(message)) acknowledge(message.seq);
    else if (check.challenge.check(message)) {
      parts.clockDiffers(Date.parse(message.at) - parts.now());
      send(hello(message.nonce));
    } else if (check.welcome.check(message)) begin(message);
    else if (check.nudge.check(message)) heed(message);
    else if (check.refusal.check(message)) refuse(message);
    else throw new PortcullisError('malformed', 'The collector sent what the protocol does not allow.');
  }

  function refuse(message: Refusal): void {
    refusal = message;
    parts.refused(message);
  }

  function hello(nonce: string): object {
    const { version, instance, collectorKey } = parts;
    const unsigned = {
      type: 'hello' as const,
      protocol: protocolVersion,
      computerId,
      version,
      instance,
      stored: spool.stored(),
    };
    return { ...unsigned, signature: signer.sign(signingContexts.hello, helloText(nonce, collectorKey, unsigned)) };
  }

  function begin(welcome: Welcome): void {
    settle(welcome.stored);
    token = welcome.token;
    parts.welcomed();
    sendStatus();
    heed(welcome);
    pump();
  }

  function heed({ policy, standing }: { policy?: PolicyNotice; standing?: StandingNotice }): void {
    if (token === undefined) return;
    if (policy) parts.policyExists(policy, token);
    if (standing) parts.standingExists(standing, token);
  }

  /** What the collector has stored is the truth: forget up to there, send from there. */
  function settle(stored: Head): void {
    if (!spool.agrees(stored)) throw new RefusalError('clonedIdentity');
    const known = spool.stored().seq;
    if (stored.seq > known) spool.commit(stored);
    spool.rollback(stored);
    inFlight = [];
    if (stored.seq < known) parts.behind({ from: stored.seq + 1, to: known });
  }

  function acknowledge(seq: number): void {
    const acknowledged = inFlight.find((sent) => sent.seq === seq);
    if (!acknowledged) return;
    inFlight = inFlight.filter((sent) => sent.seq > seq);
    spool.commit(acknowledged);
    pump();
    // The collector was told of a backlog; that it is gone should not wait for the next heartbeat.
    if (toldBehind && inFlight.length === 0) sendStatus();
  }

  function pump(): void {
    while (token !== undefined && inFlight.length < limits.batchesInFlight && socket.readyState === socket.OPEN) {
      const lease = spool.lease();
      if (!lease) return;
      const { after, head, lines, gaps } = lease;
      const signature = signer.sign(signingContexts.batch, batchText(computerId, after, head, gaps));
      const lost = gaps.length > 0 && { gaps };
      const header = JSON.stringify({ type: 'batch', after, head, lines: lines.length, ...lost, signature });
      inFlight.push(head);
      socket.send([header, ...lines].join('\n'));
    }
  }

  function sendStatus(): void {
    if (token === undefined || socket.readyState !== socket.OPEN) return;
    const status = parts.status();
    toldBehind = status.spool.events > 0;
    send({ type: 'status', ...status });
  }

  /** The collector pings; two intervals without a ping mean that nobody is there any more. */
  function restartSilence(): NodeJS.Timeout {
    return setTimeout(() => socket.terminate(), limits.heartbeatMilliseconds * 2.5);
  }

  function hear(): void {
    clearTimeout(silence);
    silence = restartSilence();
  }

  const heartbeat = setInterval(sendStatus, limits.heartbeatMilliseconds);
  // The collector pings an interval after the connection stands, and that may have taken its time.
  socket.on('open', hear).on('ping', hear);
  socket.on('message', (data: RawData) => {
    try {
      receive(String(data));
    } catch (error) {
      if (error instanceof RefusalError) refuse(error.refusal);
      // Nothing this side can do but start over; what is in the spool stays there.
      socket.close(agentGaveUp, errorCode(error));
    }
  });

  const ended = new Promise<Ending>((resolve) => {
    socket.on('close', () => {
      clearInterval(heartbeat);
      clearTimeout(silence);
      spool.rollback(spool.stored());
      resolve({
        welcomed: token !== undefined,
        retry: refusal?.retry ?? true,
        ...(refusal?.after === undefined ? {} : { after: refusal.after }),
      });
    });
  });
  return { pump, sendStatus, close: () => socket.close(1000), ended };
}
