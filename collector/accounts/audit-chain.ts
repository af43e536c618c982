import { PortcullisError } from '#shared/errors.ts';
import { firstLink, lineHash, nextLink } from '#shared/events/chain.ts';
import type { AuditTable, Store } from '../store/tables.ts';

/** Where the trail stands: the number of its last entry, and the SHA-256 that proves all entries up to it. */
export interface AuditPlace {
  seq: number;
  link: Buffer;
}

type Entry = Omit<AuditTable, 'seq' | 'link'>;

export function firstAuditLink(): Buffer {
  return firstLink('audit');
}

/** The place after one more entry. Pure. */
export function chained({ seq, link }: AuditPlace, entry: Entry): AuditPlace {
  const { id, at, account_id, action, object, detail } = entry;
  const line = JSON.stringify([seq + 1, id, at, account_id, action, object, detail]);
  return { seq: seq + 1, link: nextLink(link, lineHash(line)) };
}

export interface AuditVerified {
  holds: boolean;
  entries: number;
  /** `number:link` of the last entry. Kept elsewhere, it proves later that nothing before it was cut off. */
  head: string;
  /** The first place that does not fit, in a sentence. */
  fault?: string;
}

const pageSize = 2000;

/**
 * Works the whole chain out again.
 * @param expected a head that was noted before; entries cut off at the end show only against one
 * @throws PortcullisError `noHead` when it is none
 */
export async function verifyAudit(store: Store, expected?: string): Promise<AuditVerified> {
  const noted = expected === undefined ? undefined : readHead(expected);
  let place: AuditPlace = { seq: 0, link: firstAuditLink() };
  let met = noted === undefined || noted.seq === 0;
  const answer = (fault?: string): AuditVerified => ({
    holds: fault === undefined,
    entries: place.seq,
    head: `${place.seq}:${place.link.toString('hex')}`,
    ...(fault === undefined ? {} : { fault }),
  });
  for await (const entry of entriesInOrder(store)) {
    if (entry.seq !== place.seq + 1) return answer(`Entry ${place.seq + 1} is missing.`);
    const next = chained(place, entry);
    if (!next.link.equals(entry.link)) return answer(`Entry ${entry.seq} is not what was written down.`);
    place = next;
    if (noted?.seq === place.seq) {
      if (!noted.link.equals(place.link))
        return answer(`The trail up to entry ${place.seq} is not the one that was noted.`);
      met = true;
    }
  }
  return met ? answer() : answer(`Entries after ${place.seq} are gone: ${noted?.seq} were noted.`);
}

function readHead(text: string): AuditPlace {
  const [, seq, link] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || link === undefined) {
    throw new PortcullisError(
      'noHead',
      'A head is what "audit verify" printed: a number, a colon and 64 hexadecimal digits.',
    );
  }
  return { seq: Number(seq), link: Buffer.from(link, 'hex') };
}

async function* entriesInOrder(store: Store) {
  let after = 0;
  while (true) {
    const page = await store
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(pageSize)
      .execute();
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

export function auditVerificationText({ holds, entries, head, fault }: AuditVerified): string {
  if (!holds) return `THE AUDIT TRAIL IS BROKEN. ${fault}`;
  return `The audit trail holds: ${entries} entries.\nHead, to keep elsewhere and give back with --head: ${head}`;
}
