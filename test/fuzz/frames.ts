import { createHash } from 'node:crypto';
import { signer } from '#shared/identity.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { policyInForce } from '../../collector/policies/in-force.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { agentFrames, heads } from './agent-frames.ts';
import { below, pick, type Random } from './chance.ts';
import { frameReading } from './frame-reading.ts';
import { batch, collectorMessages, damagedBatch, damagedMessage, hello, startOf, status } from './frame-seeds.ts';
import { framesOf, joined, sessionFrames } from './session-frames.ts';
import type { Input, Target } from './target.ts';

/** A key that is the same in every run, so that an input kept in the repository stays right. */
const privateKeyPem = [
  '-----BEGIN PRIVATE KEY-----',
  // PKCS#8 of Ed25519: a fixed beginning and 32 bytes of key.
  Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    createHash('sha256').update('fuzz').digest(),
  ]).toString('base64'),
  '-----END PRIVATE KEY-----',
].join('\n');

/** The computer that speaks, where its chain begins, and the policy its events are judged by. */
export function framesToTry() {
  const keys = signer(privateKeyPem);
  const text = profileText('focus');
  const policy = policyInForce({
    version: 3,
    sha256: '0'.repeat(64),
    publishedAt: 1,
    reason: '',
    publishedBy: '',
    approver: null,
    policy: loadPolicy(text),
    signed: { version: 3, organisation: 'focus', publishedAt: '2026-11-21T09:00:00.000Z', text, signature: 'c2ln' },
  });
  return { keys, policy, start: startOf(keys.publicKey) };
}

/** Frames of both directions, through the readers by themselves and through whole connections. */
export async function openFrames(): Promise<Target> {
  const { keys, policy, start } = framesToTry();
  const reading = frameReading(policy, keys.publicKey);
  const session = await sessionFrames(policy, keys);
  const agent = agentFrames();
  const told = collectorMessages([...heads.slice(2, 7), { seq: 12, link: 'c'.repeat(64) }]);

  /** A connection that begins well, mostly, and goes wrong somewhere. */
  function connection(random: Random): Buffer[] {
    const first = JSON.stringify(hello(start));
    const frames: Buffer[] = [random() < 0.9 ? Buffer.from(first) : damagedMessage(hello(start), random)];
    let at = start;
    for (let left = 1 + below(random, 8); left > 0; left--) {
      const way = random();
      if (way < 0.45) {
        const { frame, head } = batch(at, random);
        frames.push(Buffer.from(frame));
        at = head;
      } else if (way < 0.7) frames.push(Buffer.from(JSON.stringify(status())));
      else if (way < 0.8) frames.push(damagedMessage(status(), random));
      else if (way < 0.85) frames.push(pick(frames, random));
      else frames.push(damagedBatch(at, random));
    }
    return frames;
  }

  return {
    patience: 20_000,
    make(random): Input {
      const way = random();
      if (way < 0.4) return { part: 'batch', bytes: damagedBatch(start, random) };
      if (way < 0.6) return { part: 'hello', bytes: damagedMessage(hello(start), random) };
      // Signatures and the store make whole connections a hundred times as dear as the rest.
      if (way < 0.988) {
        const frames: Buffer[] = [
          Buffer.from(JSON.stringify(told[0])),
          Buffer.from(JSON.stringify(pick(told, random))),
        ];
        for (let left = 1 + below(random, 8); left > 0; left--) frames.push(damagedMessage(pick(told, random), random));
        return { part: 'agent', bytes: joined(frames), units: frames.length };
      }
      const frames = connection(random);
      return { part: pick(['session', 'burst'], random), bytes: joined(frames), units: frames.length };
    },
    look({ part, bytes }) {
      if (part === 'batch') return reading.batch(bytes);
      if (part === 'hello') return reading.hello(bytes);
      if (part === 'agent') return agent(framesOf(bytes));
      return session.look(bytes, part === 'session');
    },
    close: session.close,
  };
}
