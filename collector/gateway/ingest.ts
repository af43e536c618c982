import { isUtf8 } from 'node:buffer';
import { errorMessage } from '#shared/errors.ts';
import { type Link, lineHash, nextLink } from '#shared/events/chain.ts';
import { eventCheckers, isEventKind, type PortcullisEvent } from '#shared/events/kinds.ts';
import type { Verifier } from '#shared/identity.ts';
import {
  agentMessageCheckers,
  type BatchHeader,
  batchText,
  type Gap,
  type Head,
  limits,
  RefusalError,
  type SignedHead,
  signingContexts,
} from '#shared/protocol/protocol.ts';

/** Where a computer's chain stands. */
export interface Place {
  seq: number;
  link: Link;
}

/** A batch that is well formed, signed by its computer, and whose every link was worked out again. */
export interface VerifiedBatch {
  from: Place;
  to: Place;
  events: PortcullisEvent[];
  /** When each of `events` happened, by the computer's clock; milliseconds since 1970. */
  ats: number[];
  /** The exact lines of `events`. */
  lines: string[];
  /** 32 bytes an event. */
  links: Uint8Array;
  gaps: { from: number; to: number; link: Link }[];
  /** What the computer signed, to be kept as evidence. */
  proof: SignedHead;
}

export interface BatchReader {
  /** Splits and checks a frame as far as its header. @throws RefusalError */
  open(frame: Buffer): OpenedBatch;
  /** Checks everything else. @throws RefusalError */
  verify(batch: OpenedBatch, computer: { id: string; verify: Verifier; at: Place }): VerifiedBatch;
}

export interface OpenedBatch {
  header: BatchHeader;
  lines: string[];
}

/** Reads batches. Everything in a frame is hostile until its line here has passed. */
export function batchReader(): BatchReader {
  const check = agentMessageCheckers();
  const eventChecker = eventCheckers();

  function readEvent(value: unknown, seq: number): { event: PortcullisEvent; at: number } {
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
    if (!isEventKind(kind)) throw new RefusalError('unknownKind', `It is number ${seq}.`);
    let event: PortcullisEvent;
    try {
      event = eventChecker(kind).parse(value, `Event ${seq}`);
    } catch (error) {
      throw new RefusalError('malformed', errorMessage(error));
    }
    if (event.seq !== seq) throw new RefusalError('malformed', `Event ${event.seq} stands where ${seq} should.`);
    const at = Date.parse(event.at);
    if (Number.isNaN(at)) throw new RefusalError('malformed', `Event ${seq} has no valid time.`);
    return { event, at };
  }

  return {
    open(frame) {
      if (frame.length > limits.batchBytes)
        throw new RefusalError('tooLarge', `At most ${limits.batchBytes} bytes fit in a batch.`);
      if (!isUtf8(frame)) throw new RefusalError('malformed', 'The frame is not UTF-8.');
      const [first = '', ...lines] = frame.toString('utf8').split('\n');
      const header = parseJson(first, 'The header');
      if (!check.header.check(header)) throw new RefusalError('malformed', 'The header of a batch does not fit.');
      if (header.lines !== lines.length)
        throw new RefusalError('malformed', 'The number of lines is not what the header says.');
      return { header, lines };
    },

    verify({ header, lines }, { id, verify, at }) {
      const { after, head, gaps, signature } = header;
      if (!verify(signingContexts.batch, batchText(id, after, head, gaps), signature)) {
        throw new RefusalError('badSignature', 'It is the signature of a batch.');
      }
      if (!samePlace(after, at)) throw new RefusalError('brokenChain', `Stored is number ${at.seq}.`);
      const batch: VerifiedBatch = {
        from: at,
        to: at,
        events: [],
        ats: [],
        lines: [],
        links: new Uint8Array(lines.length * 32),
        gaps: [],
        proof: { after, head, ...(gaps && { gaps }), signature },
      };
      for (const line of lines) addLine(batch, line);
      if (!samePlace(head, batch.to))
        throw new RefusalError('brokenChain', 'The lines do not lead to the signed head.');
      if (!sameGaps(gaps ?? [], batch.gaps))
        throw new RefusalError('brokenChain', 'The gaps are not those that were signed.');
      batch.links = batch.links.subarray(0, batch.events.length * 32);
      return batch;
    },
  };

  function addLine(batch: VerifiedBatch, line: string): void {
    if (tooLong(line)) throw new RefusalError('tooLarge', `At most ${limits.lineBytes} bytes fit in a line.`);
    const seq = batch.to.seq + 1;
    const value = parseJson(line, `Line ${batch.events.length + batch.gaps.length + 1}`);
    if (check.gap.check(value)) {
      const { from, to, link } = value.gap;
      if (from !== seq || to < from) throw new RefusalError('malformed', 'A gap does not fit where it stands.');
      batch.to = { seq: to, link: Buffer.from(link, 'hex') };
      batch.gaps.push({ from, to, link: batch.to.link });
      return;
    }
    const { event, at } = readEvent(value, seq);
    const link = nextLink(batch.to.link, lineHash(line));
    batch.links.set(link, batch.events.length * 32);
    batch.events.push(event);
    batch.ats.push(at);
    batch.lines.push(line);
    batch.to = { seq, link };
  }
}

function sameGaps(signed: readonly Gap[], found: readonly Gap[]): boolean {
  return (
    signed.length === found.length &&
    signed.every(({ from, to }, index) => found[index]?.from === from && found[index]?.to === to)
  );
}

export function samePlace(head: Head, place: Place): boolean {
  return head.seq === place.seq && head.link === place.link.toString('hex');
}

/** Bytes of UTF-8 are at most three for each UTF-16 unit: most lines need not be measured. */
function tooLong(line: string): boolean {
  return line.length * 3 > limits.lineBytes && Buffer.byteLength(line) > limits.lineBytes;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusalError('malformed', `${what} is not JSON.`);
  }
}
