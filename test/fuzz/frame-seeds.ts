import { firstLink, lineHash, nextLink } from '#shared/events/chain.ts';
import { kindDefinition, kindNames } from '#shared/events/kinds.ts';
import type { Head } from '#shared/protocol/protocol.ts';
import { decisionOf, readOnly } from '../fakes/decision.ts';
import { below, pick, type Random } from './chance.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { edge, mutateValue } from './mutate-json.ts';

export const computerId = '01930000-0000-7000-8000-00000000abcd';
export const instance = '01930000-0000-7000-8000-00000000beef';
/** Stands in a frame where the session's harness puts the signature that is right for the rest of it. */
export const signHere = 'SIGN-HERE';

/** Where every fuzzed batch is expected to begin. */
export const startOf = (publicKey: string): Head => ({ seq: 0, link: firstLink(publicKey).toString('hex') });

export const hello = (stored: Head) => ({
  type: 'hello',
  protocol: 1,
  computerId,
  version: '0.1.0',
  instance,
  stored,
  signature: signHere,
});

export const status = () => ({
  type: 'status',
  policyVersion: 3,
  spool: { events: 2, bytes: 812, oldest: '2026-11-21T20:15:00.000Z' },
  conditions: ['policy-missing'],
});

const sha = 'a'.repeat(64);
/** Everything a collector says. */
export const collectorMessages = (at: readonly Head[]) => [
  { type: 'challenge', protocol: 1, nonce: 'bm9uY2U', at: '2026-11-21T20:15:00.000Z' },
  ...at.map((stored) => ({
    type: 'welcome',
    stored,
    policy: { version: 3, sha256: sha },
    standing: { version: 2, sha256: sha },
    token: 'dG9rZW4',
  })),
  ...at.map(({ seq }) => ({ type: 'ack', seq: Math.max(1, seq) })),
  { type: 'nudge', policy: { version: 4, sha256: sha }, standing: { version: 9 } },
  { type: 'refusal', code: 'tooMuch', says: 'More was sent.', retry: true, after: 5000 },
];

const decision = decisionOf(readOnly, {
  clause: 'focus 4.6',
  trace: [{ tier: 'rule', ruleId: 'a-test', result: 'decided', because: 'It fits.', rights: ['write'] }],
});
const outcome = { state: 'applied', mechanism: 'block-read-only' };

/** One event of each kind, as it may come. */
function eventOf(seq: number, random: Random): object {
  const kind = pick(kindNames, random);
  return {
    seq,
    at: new Date(Date.UTC(2026, 10, 21, 9) + seq * 1000).toISOString(),
    bootId: 'boot-1',
    uptimeMs: seq * 1000,
    kind,
    ...(random() < 0.3 && { actor: { user: 'a.example', uid: 1000, process: 'cp' } }),
    data: kindDefinition(kind).example,
    ...(random() < 0.3 && { decision }),
    ...(random() < 0.2 && { outcome }),
  };
}

/** A batch in pieces, so that a change of one can be followed by the others. */
interface Pieces {
  after: Head;
  lines: string[];
  gaps: { from: number; to: number }[];
}

function pieces(after: Head, random: Random): Pieces {
  const made: Pieces = { after, lines: [], gaps: [] };
  let { seq } = after;
  for (let left = 1 + below(random, 5); left > 0; left--) {
    if (random() < 0.08) {
      const gap = { from: seq + 1, to: seq + 1 + below(random, 9) };
      made.gaps.push(gap);
      made.lines.push(JSON.stringify({ gap: { ...gap, link: 'b'.repeat(64) } }));
      seq = gap.to;
    } else made.lines.push(JSON.stringify(eventOf(++seq, random)));
  }
  return made;
}

function headAfter({ after, lines }: Pieces): Head {
  let { seq } = after;
  let link: Buffer = Buffer.from(after.link, 'hex');
  for (const line of lines) {
    const gap = gapIn(line);
    seq = gap?.to ?? seq + 1;
    link = gap ? Buffer.from(gap.link, 'hex') : nextLink(link, lineHash(line));
  }
  return { seq, link: link.toString('hex') };
}

function gapIn(line: string): { to: number; link: string } | undefined {
  return line.startsWith('{"gap":{"') ? (JSON.parse(line) as { gap: { to: number; link: string } }).gap : undefined;
}

/** A frame of a batch, right in every respect. */
export function batch(after: Head, random: Random): { frame: string; head: Head } {
  return sealed(pieces(after, random));
}

function sealed(made: Pieces, change: (header: object) => unknown = (header) => header): { frame: string; head: Head } {
  const { after, lines, gaps } = made;
  const head = headAfter(made);
  const header = {
    type: 'batch',
    after,
    head,
    lines: lines.length,
    ...(gaps.length > 0 && { gaps }),
    signature: signHere,
  };
  return { frame: [JSON.stringify(change(header)), ...lines].join('\n'), head };
}

/** A frame of a batch that is wrong somewhere: in an event with the chain made to fit, in the header, or in its bytes. */
export function damagedBatch(after: Head, random: Random): Buffer {
  const made = pieces(after, random);
  const way = random();
  if (way < 0.6) {
    const at = below(random, made.lines.length);
    const line = made.lines[at] ?? '';
    if (gapIn(line) === undefined) made.lines[at] = damagedLine(line, random);
    return Buffer.from(sealed(made).frame);
  }
  if (way < 0.8) return Buffer.from(sealed(made, (header) => mutateValue(structuredClone(header), random)).frame);
  return mutateBytes(Buffer.from(sealed(made).frame), random);
}

function damagedLine(line: string, random: Random): string {
  if (random() < 0.1) return mutateBytes(Buffer.from(line), random).toString('utf8').replaceAll('\n', ' ');
  if (random() < 0.01) return line.replace(/}$/, `,"more":"${'x'.repeat(70_000)}"}`);
  const event = JSON.parse(line) as Record<string, unknown>;
  // Mostly within the data: the envelope is small, and a wrong one is noticed before the rest is looked at.
  if (random() < 0.7) event.data = mutateValue(event.data, random);
  return JSON.stringify(random() < 0.4 ? mutateValue(event, random) : event) ?? 'null';
}

/** A message of one JSON value, changed as a value or as bytes. */
export function damagedMessage(message: object, random: Random): Buffer {
  const way = random();
  if (way < 0.1) return mutateBytes(Buffer.from(JSON.stringify(message)), random);
  if (way < 0.11) return Buffer.from('['.repeat(30_000));
  const value = way < 0.15 ? edge(random) : mutateValue(structuredClone(message), random);
  return Buffer.from(JSON.stringify(value) ?? 'null');
}
