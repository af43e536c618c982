import type { Clock } from '#shared/clock.ts';
import { firstLink, type Link } from '#shared/events/chain.ts';
import { type Verifier, verifier } from '#shared/identity.ts';
import {
  agentMessageCheckers,
  type Hello,
  helloText,
  limits,
  protocolVersion,
  RefusalError,
  signingContexts,
} from '#shared/protocol/protocol.ts';
import { type EnrolledComputer, findComputer } from '../register/computers.ts';
import { linkAt } from '../store/events.ts';
import type { Store } from '../store/tables.ts';
import type { Writer } from '../store/writer.ts';
import type { Place } from './ingest.ts';
import type { Sessions } from './sessions.ts';

/** A computer whose hello was believed. */
export interface Authenticated {
  id: string;
  no: number;
  publicKey: string;
  instance: string;
  verify: Verifier;
  at: Place;
}

export interface AuthenticateParts {
  store: Store;
  writer: Pick<Writer, 'settled'>;
  sessions: Sessions;
  collectorKey: string;
  clock: Clock;
}

const { hello: helloChecker } = agentMessageCheckers();

/** Raised with the computer it concerns, where that is known, so that an alert can name it. */
export class ComputerRefusal extends RefusalError {
  readonly computerNo: number;
  constructor(error: RefusalError, computerNo: number) {
    super(error.refusal.code);
    this.computerNo = computerNo;
  }
}

export function readHello(frame: Buffer): Hello {
  if (frame.length > limits.lineBytes) throw new RefusalError('tooLarge', `At most ${limits.lineBytes} bytes fit.`);
  let value: unknown;
  try {
    value = JSON.parse(frame.toString('utf8'));
  } catch {
    throw new RefusalError('malformed', 'The hello is not JSON.');
  }
  // The version is looked at first: an agent of another age may say the rest otherwise.
  const version = typeof value === 'object' && value !== null && 'protocol' in value ? value.protocol : undefined;
  if (typeof version === 'number' && version < protocolVersion) throw new RefusalError('clientTooOld');
  if (typeof version === 'number' && version > protocolVersion) throw new RefusalError('collectorTooOld');
  if (!helloChecker.check(value)) throw new RefusalError('malformed', 'The hello does not fit.');
  return value;
}

/** Decides whether a hello is from the computer it names, and only from one such computer. @throws RefusalError */
export async function authenticate(parts: AuthenticateParts, nonce: string, hello: Hello): Promise<Authenticated> {
  const { id, no, publicKey, state } = await find(parts.store, hello.computerId);
  if (state === 'retired') throw new RefusalError('revoked');
  const verify = verifier(publicKey);
  if (!verify(signingContexts.hello, helloText(nonce, parts.collectorKey, hello), hello.signature)) {
    throw new ComputerRefusal(new RefusalError('badSignature'), no);
  }
  await refuseClone(parts, no, hello);
  // The connection before this one may have left batches on their way to the store: the head is read after them.
  await parts.writer.settled(no);
  const { headSeq, headLink } = await find(parts.store, id);
  const known = { id, no, publicKey, instance: hello.instance, verify, at: { seq: headSeq, link: headLink } };
  await refuseFork(parts.store, known, hello);
  return known;
}

async function find(store: Store, id: string): Promise<EnrolledComputer> {
  const computer = await findComputer(store, id);
  if (!computer) throw new RefusalError('notEnrolled');
  return computer;
}

/** Two live connections of one identity: the same process reconnecting, a half-open socket, or a clone. */
async function refuseClone({ sessions }: AuthenticateParts, computerNo: number, hello: Hello): Promise<void> {
  const standing = sessions.find(hello.computerId);
  if (!standing) return;
  if (standing.instance !== hello.instance && (await standing.alive())) {
    throw new ComputerRefusal(new RefusalError('clonedIdentity'), computerNo);
  }
  standing.replace();
}

/** What the agent takes for stored must be what is stored; a copy of it that went its own way shows here. */
async function refuseFork(store: Store, computer: Authenticated, hello: Hello): Promise<void> {
  const { seq, link } = hello.stored;
  // Beyond the head: this store is older than what the agent was told, as after a restore. The agent declares the gap.
  if (seq > computer.at.seq) return;
  const known = await stoodAt(store, computer, seq);
  if (known && known.toString('hex') !== link)
    throw new ComputerRefusal(new RefusalError('clonedIdentity'), computer.no);
}

/** Where a computer's chain stood after a number, 0 included. Undefined when that is not stored. */
export async function stoodAt(
  store: Store,
  { no, publicKey }: Pick<Authenticated, 'no' | 'publicKey'>,
  seq: number,
): Promise<Link | undefined> {
  return seq === 0 ? firstLink(publicKey) : linkAt(store, no, seq);
}
