import type { RawData, WebSocket } from 'ws';
import { isoTime } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';
import { agentGaveUp, agentMessageCheckers, limits, protocolVersion, RefusalError } from '#shared/protocol/protocol.ts';
import { faultFinding, faultOf } from '../alerting/faults.ts';
import type { CollectorContext } from '../context.ts';
import type { PolicyInForce } from '../policies/in-force.ts';
import type { StandingSource } from '../policies/standing.ts';
import type { DiskRoom } from '../store/disk-room.ts';
import type { Writer } from '../store/writer.ts';
import type { Offers } from '../updates/offers.ts';
import { type Authenticated, authenticate, ComputerRefusal, readHello, stoodAt } from './authenticate.ts';
import { batchJob } from './batch-job.ts';
import type { BatchReader, OpenedBatch } from './ingest.ts';
import { liveness } from './liveness.ts';
import type { GatewayMetrics } from './metrics.ts';
import { type LiveSession, randomToken, type Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';

export interface GatewayParts extends CollectorContext {
  writer: Writer;
  sessions: Sessions;
  reader: BatchReader;
  room: Pick<DiskRoom, 'isFull'>;
  metrics: GatewayMetrics;
  policy(): PolicyInForce;
  standing: StandingSource;
  /** Newest version of the standing that is known. */
  standingVersion(): number;
  collectorKey: string;
  /** Newer agents. */
  offers: Offers;
  throttle(): Throttle;
}

const { status: statusChecker } = agentMessageCheckers();

/** Bytes of batches on their way to the store, of all agents together; a collector holds each about twice. */
const mostWaitingBytes = 256 * 1024 * 1024;
/** Milliseconds an agent is asked to stay away. */
const waits = { disk: 60_000, queue: 10_000 } as const;

/**
 * One agent's connection, from challenge to close.
 * @param patience milliseconds within which the agent has to say who it is
 * @param onIdentified told once, when the agent has proved who it is
 */
export function agentSession(socket: WebSocket, parts: GatewayParts, patience: number, onIdentified: () => void): void {
  const { clock, log, metrics } = parts;
  const nonce = randomToken();
  const life = liveness(socket, limits.heartbeatMilliseconds);
  const throttle = parts.throttle();
  let greeted = false;
  let closed = false;
  let inFlight = 0;
  let computer: Authenticated | undefined;
  let live: LiveSession | undefined;

  function send(message: object): void {
    if (!closed) socket.send(JSON.stringify(message));
  }

  function refuse(error: RefusalError): void {
    if (closed) return;
    metrics.refused(error.refusal.code);
    log.warn({ code: error.refusal.code, computer: computer?.id }, 'agent refused');
    raiseFault(error);
    send(error.refusal);
    closed = true;
    socket.close(4000, error.refusal.code);
  }

  function raiseFault(error: RefusalError): void {
    const computerNo = computer?.no ?? (error instanceof ComputerRefusal ? error.computerNo : undefined);
    const fault = faultOf(error.refusal.code);
    if (computerNo === undefined || !fault) return;
    const { version: policyVersion, monitoringClause } = parts.policy();
    const receivedAt = clock.now();
    const finding = faultFinding(fault, monitoringClause, receivedAt);
    parts.writer
      .write({ type: 'fault', computerNo, finding, policyVersion, receivedAt })
      .then(
        (result) => result.stored && parts.changes.publish({ computerId: '', events: [], alertIds: result.alertIds }),
      )
      .catch((cause: unknown) => log.error({ code: errorCode(cause) }, 'a fault could not be recorded'));
  }

  /** The original, whose copy went ahead while it was away, sees that before we can: its own story is another. */
  function hearGivingUp(because: string): void {
    if (computer && because === 'clonedIdentity') raiseFault(new RefusalError(because));
  }

  function fail(error: unknown): void {
    if (error instanceof RefusalError) {
      refuse(error);
      return;
    }
    log.error({ code: errorCode(error) }, 'agent session failed');
    refuse(new RefusalError('unavailable'));
  }

  async function greet(frame: Buffer): Promise<void> {
    if (greeted) throw new RefusalError('malformed', 'Nothing may follow the hello before the welcome.');
    greeted = true;
    const known = await authenticate(parts, nonce, readHello(frame));
    if (closed) return;
    clearTimeout(helloTimer);
    computer = known;
    live = { computerId: known.id, instance: known.instance, token: randomToken(), alive: life.ask, replace, send };
    parts.sessions.add(live);
    metrics.sessions(parts.sessions.count());
    onIdentified();
    const { version, sha256 } = parts.policy();
    const stored = { seq: known.at.seq, link: known.at.link.toString('hex') };
    const standing = { version: parts.standingVersion() };
    send({ type: 'welcome', stored, policy: { version, sha256 }, standing, token: live.token });
  }

  function replace(): void {
    refuse(new RefusalError('replaced'));
    if (live) parts.sessions.remove(live);
    socket.terminate();
  }

  async function store(from: Authenticated, opened: OpenedBatch): Promise<void> {
    if (opened.header.head.seq <= from.at.seq) return acknowledgeAgain(from, opened);
    shedIfOverloaded();
    if (inFlight >= limits.batchesInFlight)
      throw new RefusalError('tooMuch', 'Too many batches are unacknowledged.', 5000);
    const batch = parts.reader.verify(opened, { id: from.id, verify: from.verify, at: from.at });
    from.at = batch.to;
    inFlight += 1;
    slowDown(batch.events.length);
    const result = await parts.writer.write(batchJob(batch, from.no, parts.policy(), clock.now()));
    inFlight -= 1;
    if (!result.stored) throw new RefusalError(result.code);
    send({ type: 'ack', seq: batch.to.seq });
    metrics.stored(batch.events.length);
    parts.changes.publish({ computerId: from.id, events: batch.events, alertIds: result.alertIds });
  }

  /** Rather than fall over: the agent keeps what it has, and comes again. */
  function shedIfOverloaded(): void {
    if (parts.room.isFull()) throw new RefusalError('unavailable', 'Its disk is full.', waits.disk);
    if (parts.writer.waitingBytes() > mostWaitingBytes)
      throw new RefusalError('unavailable', 'It has more to store than it can keep up with.', waits.queue);
  }

  /** A batch sent again because its acknowledgement was lost: it must be what is stored, link for link. */
  async function acknowledgeAgain(from: Authenticated, opened: OpenedBatch): Promise<void> {
    const { after, head } = opened.header;
    const begin = await stoodAt(parts.store, from, after.seq);
    const end = await stoodAt(parts.store, from, head.seq);
    if (!begin || end?.toString('hex') !== head.link)
      throw new RefusalError('brokenChain', `Stored is number ${from.at.seq}.`);
    parts.reader.verify(opened, { id: from.id, verify: from.verify, at: { seq: after.seq, link: begin } });
    metrics.duplicate();
    send({ type: 'ack', seq: head.seq });
  }

  /** Faster than allowed: the socket is read no further for a while. Nothing is lost and nobody else waits. */
  function slowDown(events: number): void {
    const pause = throttle.take(events, clock.monotonic());
    if (pause <= 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), pause).unref();
  }

  async function receive(frame: Buffer): Promise<void> {
    if (!computer) return greet(frame);
    const status = smallJson(frame);
    if (status === undefined) return store(computer, parts.reader.open(frame));
    if (!statusChecker.check(status))
      throw new RefusalError('malformed', 'The message is neither a batch nor a status.');
    slowDown(1);
    await parts.writer.write({ type: 'status', computerNo: computer.no, status, receivedAt: clock.now() });
  }

  const helloTimer = setTimeout(() => refuse(new RefusalError('tooSlow')), patience);
  socket.on('message', (data) => {
    if (!closed) receive(asBuffer(data)).catch(fail);
  });
  socket.on('error', (error) => {
    // The frame did not get past ws, which closes the socket itself and says why by the close code.
    const tooLarge = errorCode(error) === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    refuse(new RefusalError(tooLarge ? 'tooLarge' : 'malformed'));
  });
  socket.on('close', (code, reason) => {
    if (!closed && code === agentGaveUp) hearGivingUp(String(reason));
    closed = true;
    clearTimeout(helloTimer);
    life.stop();
    if (live) parts.sessions.remove(live);
    metrics.sessions(parts.sessions.count());
  });
  send({ type: 'challenge', protocol: protocolVersion, nonce, at: isoTime(clock.now()) });
}

function asBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

const newline = 0x0a;

/** A message that is one JSON object; undefined for a batch, which has lines. */
function smallJson(frame: Buffer): unknown {
  if (frame.includes(newline)) return undefined;
  try {
    return JSON.parse(frame.toString('utf8'));
  } catch {
    throw new RefusalError('malformed', 'The message is not JSON.');
  }
}
