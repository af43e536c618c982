import Type from 'typebox';
import { firstLink, type Link, lineHash, nextLink } from '#shared/events/chain.ts';
import { checker, exactObject, Sequence, Sha256Hex, Text, Uuid } from '#shared/schema.ts';
import { linkAt } from '../store/events.ts';
import { proofReader } from '../store/proof.ts';
import type { StoreTransaction } from '../store/tables.ts';

/**
 * What proves events of one computer without a collector: its public key, where the chain stood before the first of
 * them, the hash of every line from there on, the places where numbers were declared as lost, and what it signed.
 */
const ChainProof = exactObject({
  computerId: Uuid,
  /** Ed25519, base64url. */
  publicKey: Type.String({ maxLength: 64 }),
  hostname: Text,
  /** Number of the first line below, and the link before it. */
  from: exactObject({ seq: Sequence, before: Sha256Hex }),
  /** SHA-256 of the lines in the order of their numbers, 64 hexadecimal digits each; numbers that are lost have none. */
  hashes: Type.String({ pattern: '^([0-9a-f]{64})*$' }),
  lost: Type.Array(exactObject({ from: Sequence, to: Sequence, link: Sha256Hex })),
  /** JSON of SignedHead (shared/protocol/protocol.ts), each. */
  signed: Type.Array(Type.String({ maxLength: 1024 * 1024 })),
});
export type ChainProof = Type.Static<typeof ChainProof>;

const proofs = () => checker(ChainProof);

/** @throws InvalidError for what is no proof */
export function readChainProof(text: string): ChainProof {
  return proofs().parse(JSON.parse(text), 'The proof of a computer');
}

const pageSize = 5000;

/** The proof of a computer's events from one number on. In a transaction it sees one moment. */
export async function chainProof(tx: StoreTransaction, computerNo: number, firstSeq: number): Promise<ChainProof> {
  const computer = await tx
    .selectFrom('computers')
    .select(['id', 'public_key', 'hostname', 'head_proof'])
    .where('no', '=', computerNo)
    .executeTakeFirstOrThrow();
  const gaps = await tx
    .selectFrom('gaps')
    .selectAll()
    .where('computer_no', '=', computerNo)
    .where('to_seq', '>=', firstSeq)
    .orderBy('from_seq')
    .execute();
  const signed = new Set([...gaps.map(({ proof }) => proof), ...(computer.head_proof ? [computer.head_proof] : [])]);
  return {
    computerId: computer.id,
    publicKey: computer.public_key,
    hostname: computer.hostname,
    from: { seq: firstSeq, before: await linkBefore(tx, computerNo, firstSeq, computer.public_key) },
    hashes: await hashesFrom(tx, computerNo, firstSeq),
    lost: gaps.map(({ from_seq, to_seq, link }) => ({ from: from_seq, to: to_seq, link: link.toString('hex') })),
    signed: [...signed],
  };
}

async function hashesFrom(tx: StoreTransaction, computerNo: number, firstSeq: number): Promise<string> {
  const found: string[] = [];
  let after = firstSeq - 1;
  while (true) {
    const page = await tx
      .selectFrom('events')
      .select(['seq', 'line', 'line_hash'])
      .where('computer_no', '=', computerNo)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(pageSize)
      .execute();
    for (const { line, line_hash } of page) found.push(hashOf(line, line_hash).toString('hex'));
    const last = page.at(-1);
    if (!last) return found.join('');
    after = last.seq;
  }
}

function hashOf(line: string | null, kept: Buffer | null): Buffer {
  return line === null ? (kept ?? Buffer.alloc(32)) : lineHash(line);
}

async function linkBefore(tx: StoreTransaction, no: number, seq: number, publicKey: string): Promise<string> {
  const link = seq === 1 ? firstLink(publicKey) : await linkAt(tx, no, seq - 1);
  return (link ?? firstLink(publicKey)).toString('hex');
}

/** Which numbers of a computer are proven by what it signed, and what their lines hash to. */
export interface Proven {
  /** SHA-256 in hexadecimal by number. */
  hashes: Map<number, string>;
  /** Numbers up to which a signature speaks, by the run without loss they stand in. */
  isProven(seq: number): boolean;
}

/** Works the chain out again and holds it against what the computer signed. Pure. */
export function proveChain({ computerId, publicKey, from, hashes, lost, signed }: ChainProof): Proven {
  const read = proofReader(computerId, publicKey);
  const statements = signed.flatMap((text) => {
    const proof = read(text);
    return proof ? [proof.after, proof.head] : [];
  });
  const isSigned = (seq: number, link: string) => statements.some((head) => head.seq === seq && head.link === link);
  const found = new Map<number, string>();
  /** The end of the run each number stands in, as far as it is signed. */
  const runs: { from: number; signedTo: number }[] = [];
  let place: { seq: number; link: Link } = { seq: from.seq - 1, link: Buffer.from(from.before, 'hex') };
  let run = { from: from.seq, signedTo: 0 };
  const skipLost = () => {
    for (
      let gap = lost.find((one) => one.from === place.seq + 1);
      gap;
      gap = lost.find((one) => one.from === place.seq + 1)
    ) {
      runs.push(run);
      place = { seq: gap.to, link: Buffer.from(gap.link, 'hex') };
      run = { from: gap.to + 1, signedTo: 0 };
    }
  };
  for (let at = 0; at < hashes.length; at += 64) {
    skipLost();
    const hash = hashes.slice(at, at + 64);
    place = { seq: place.seq + 1, link: nextLink(place.link, Buffer.from(hash, 'hex')) };
    found.set(place.seq, hash);
    if (isSigned(place.seq, place.link.toString('hex'))) run.signedTo = place.seq;
  }
  runs.push(run);
  return {
    hashes: found,
    isProven: (seq) => runs.some((one) => seq >= one.from && seq <= one.signedTo),
  };
}
