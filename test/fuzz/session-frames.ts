import { pino } from 'pino';
import { Registry } from 'prom-client';
import { systemClock } from '#shared/clock.ts';
import type { Signer } from '#shared/identity.ts';
import { batchText, type Head, helloText, signingContexts } from '#shared/protocol/protocol.ts';
import { changeFeed } from '../../collector/api/change-feed.ts';
import { batchReader } from '../../collector/gateway/ingest.ts';
import { gatewayMetrics } from '../../collector/gateway/metrics.ts';
import { agentSession, type GatewayParts } from '../../collector/gateway/session.ts';
import { sessions } from '../../collector/gateway/sessions.ts';
import { throttle } from '../../collector/gateway/throttle.ts';
import type { PolicyInForce } from '../../collector/policies/in-force.ts';
import { addComputer } from '../../collector/register/computers.ts';
import type { BatchJob, Job } from '../../collector/store/jobs.ts';
import { testStore } from '../fakes/test-store.ts';
import { computerId, signHere } from './frame-seeds.ts';
import { collectorMessagesOf, quietSocket } from './quiet-socket.ts';
import { holds } from './target.ts';

/** Stands between the frames of one connection. */
const between = '\n\u001e\n';

export const framesOf = (bytes: Buffer): Buffer[] =>
  bytes
    .toString('latin1')
    .split(between)
    .map((text) => Buffer.from(text, 'latin1'));

export const joined = (frames: readonly Buffer[]): Buffer =>
  Buffer.from(frames.map((frame) => frame.toString('latin1')).join(between), 'latin1');

/** The collector's side of connections as it is, with a store on the disk and a writer that only keeps account. */
export async function sessionFrames(
  policy: PolicyInForce,
  keys: Signer,
  { waitingBytes }: Pick<GatewayParts['writer'], 'waitingBytes'> = { waitingBytes: () => 0 },
) {
  const kept = await testStore();
  await kept.store
    .transaction()
    .execute((tx) =>
      addComputer(tx, { id: computerId, publicKey: keys.publicKey, hostname: 'PC', version: '0', now: 1 }),
    );
  const complaints: string[] = [];
  let batches: BatchJob[] = [];

  function write(job: Job) {
    if (job.type === 'batch') batches.push(job);
    return Promise.resolve({ stored: true as const, alertIds: [] });
  }

  const parts: GatewayParts = {
    clock: systemClock,
    log: pino({ level: 'error', base: null }, { write: (line: string) => void complaints.push(line) }),
    store: kept.store,
    changes: changeFeed((error) => complaints.push(String(error))),
    writer: {
      write,
      isRunning: () => true,
      waiting: () => 0,
      waitingBytes,
      settled: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    sessions: sessions(),
    reader: batchReader(),
    room: { isFull: () => false },
    metrics: gatewayMetrics(new Registry(), () => 0),
    policy: () => policy,
    standing: { of: () => Promise.reject(new Error('no frame asks for a standing')) },
    offers: {
      offerFor: () => Promise.reject(new Error('no frame asks for a version')),
      file: () => Promise.resolve(undefined),
    },
    standingVersion: () => 1,
    collectorKey: 'Y29sbGVjdG9y',
    throttle: () => throttle({ eventsPerSecond: 5000, burst: 50_000 }),
  };

  async function look(bytes: Buffer, patiently: boolean): Promise<string> {
    batches = [];
    const quiet = quietSocket();
    agentSession(quiet.socket, parts, 10_000, () => undefined);
    const [challenge] = collectorMessagesOf(quiet.sent);
    const nonce = challenge?.type === 'challenge' ? challenge.nonce : '';
    for (const frame of framesOf(bytes)) {
      quiet.receive(signed(frame, nonce, parts.collectorKey, keys));
      if (patiently) await turn();
    }
    await turn();
    await turn();
    quiet.end();
    holds(complaints.length === 0, `nothing is logged as an error: ${complaints.splice(0).join(' ').slice(0, 300)}`);
    holds(parts.sessions.count() === 0, 'no session is left behind');
    chained(batches);
    return spoken(quiet.sent, quiet.closedWith, batches);
  }

  return { look, close: () => kept[Symbol.asyncDispose]() };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What was handed to the writer follows on one another, and nothing comes twice. */
function chained(batches: readonly BatchJob[]): void {
  for (const [index, { from }] of batches.entries()) {
    const before = batches[index - 1]?.to ?? { seq: 0 };
    holds(from.seq === before.seq, 'each batch begins where the one before it ended');
  }
}

function spoken(sent: readonly string[], closedWith: number | undefined, batches: readonly BatchJob[]): string {
  const messages = collectorMessagesOf(sent);
  const refusal = messages.findIndex(({ type }) => type === 'refusal');
  holds(refusal < 0 || refusal === messages.length - 1, 'nothing follows a refusal');
  holds(refusal >= 0 === (closedWith !== undefined), 'a refusal closes, and nothing else does');
  const heads = batches.map(({ to }) => to.seq);
  for (const message of messages)
    if (message.type === 'ack') holds(heads.includes(message.seq), 'what is acknowledged was handed to the writer');
  const last = messages[refusal];
  return last?.type === 'refusal' ? last.code : batches.length > 0 ? 'stored' : 'heard';
}

/** Puts in the signature that is right for a frame which leaves its place open, if it can be read as far as that. */
function signed(frame: Buffer, nonce: string, collectorKey: string, keys: Signer): Buffer {
  if (!frame.includes(signHere)) return frame;
  const text = frame.toString('latin1');
  try {
    const said = JSON.parse(frame.toString('utf8').split('\n')[0] ?? '') as Parameters<typeof helloText>[2] & {
      after: Head;
      head: Head;
      gaps?: { from: number; to: number }[];
    };
    const isHello = (said.type as string) === 'hello';
    const signature = isHello
      ? keys.sign(signingContexts.hello, helloText(nonce, collectorKey, said))
      : keys.sign(signingContexts.batch, batchText(computerId, said.after, said.head, said.gaps));
    return Buffer.from(text.replace(signHere, signature), 'latin1');
  } catch {
    return frame;
  }
}
