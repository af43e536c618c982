import { isDeepStrictEqual } from 'node:util';
import { eventCheckers } from '#shared/events/kinds.ts';
import { RefusalError } from '#shared/protocol/protocol.ts';
import { readHello } from '../../collector/gateway/authenticate.ts';
import { batchJob } from '../../collector/gateway/batch-job.ts';
import { batchReader } from '../../collector/gateway/ingest.ts';
import type { PolicyInForce } from '../../collector/policies/in-force.ts';
import { holds } from './target.ts';

/** The collector's readers by themselves, with every signature taken for good: so the parts behind it are reached. */
export function frameReading(policy: PolicyInForce, publicKey: string) {
  const reader = batchReader();
  const checkerOf = eventCheckers();

  function batch(frame: Buffer): string {
    const opened = reader.open(frame);
    const { after, head } = opened.header;
    const at = { seq: after.seq, link: Buffer.from(after.link, 'hex') };
    const verified = reader.verify(opened, { id: publicKey, verify: () => true, at });
    const { events, gaps, lines, links, to } = verified;
    holds(to.seq === head.seq && to.link.toString('hex') === head.link, 'the chain leads to the head that was signed');
    holds(events.length + gaps.length === opened.lines.length, 'every line is an event or a gap');
    holds(lines.length === events.length && links.length === events.length * 32, 'every event has its line and link');
    for (const event of events) {
      const again: unknown = JSON.parse(JSON.stringify(event));
      holds(
        checkerOf(event.kind).check(again) && isDeepStrictEqual(again, event),
        'an event is the same when read again',
      );
    }
    const job = batchJob(verified, 1, policy, 1);
    holds(
      isDeepStrictEqual(structuredClone(job).columns.seqs, job.columns.seqs),
      'the job can be handed to the writer',
    );
    holds(job.columns.ats.every(Number.isSafeInteger), 'every event has a time');
    return 'accepted';
  }

  function hello(frame: Buffer): string {
    const value = readHello(frame);
    holds(
      isDeepStrictEqual(readHello(Buffer.from(JSON.stringify(value))), value),
      'a hello is the same when read again',
    );
    return 'accepted';
  }

  return {
    batch: (frame: Buffer) => refusalOr(() => batch(frame)),
    hello: (frame: Buffer) => refusalOr(() => hello(frame)),
  };
}

/** Frames are refused by the protocol's own errors only, which agents understand. */
function refusalOr(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof RefusalError) return error.code;
    throw error;
  }
}
