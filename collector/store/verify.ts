import { PortcullisError } from '#shared/errors.ts';
import { firstLink, lineHash, nextLink } from '#shared/events/chain.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { samePlace } from '../gateway/ingest.ts';
import { proofReader } from './proof.ts';
import type { UpkeepTable } from './register-tables.ts';
import type { Store, StoreTransaction } from './tables.ts';

/** What could be proved of one computer's events. */
export interface ComputerVerified {
  computerId: string;
  hostname: string;
  events: number;
  /** Numbers the agent declared as lost. */
  gaps: { from: number; to: number }[];
  holds: boolean;
  /** The first place that does not fit, in a sentence. */
  fault?: string;
}
export interface Verified {
  holds: boolean;
  computers: ComputerVerified[];
}

const pageSize = 2000;

/** Works every link of the chains out again from the stored lines. @throws PortcullisError `noSuchComputer` */
export async function verifyStore(
  store: Store,
  computer: string | undefined,
  progress: (text: string) => void,
): Promise<Verified> {
  let query = store.selectFrom('computers').select('no').where('state', '!=', 'collector').orderBy('no');
  if (computer !== undefined)
    query = query.where((eb) => eb.or([eb('id', '=', computer), eb('hostname', '=', computer)]));
  const rows = await query.execute();
  if (computer !== undefined && rows.length === 0)
    throw new PortcullisError('noSuchComputer', 'No computer has this id or host name.');
  const computers: ComputerVerified[] = [];
  for (const { no } of rows) {
    progress(`computer ${computers.length + 1} of ${rows.length}`);
    // One transaction sees one moment, also while the collector goes on storing.
    computers.push(await store.transaction().execute((tx) => verifyComputer(tx, no)));
  }
  return { holds: computers.every(({ holds }) => holds), computers };
}

/** What the page that tells how the collector is doing says of it. */
export function verifyUpkeep({ holds, computers }: Verified, at: number): UpkeepTable {
  const faults = computers.filter((one) => !one.holds).length;
  const detail = holds
    ? `Every event of ${computers.length} computers is there and as it was sent.`
    : `The chains of ${faults} of ${computers.length} computers do not hold.`;
  return { what: 'verify', at, well: holds ? 1 : 0, detail };
}

async function verifyComputer(tx: StoreTransaction, no: number): Promise<ComputerVerified> {
  const row = await tx
    .selectFrom('computers')
    .select(['id', 'hostname', 'public_key', 'head_seq', 'head_link', 'head_proof'])
    .where('no', '=', no)
    .executeTakeFirstOrThrow();
  const gaps = await tx.selectFrom('gaps').selectAll().where('computer_no', '=', no).orderBy('from_seq').execute();
  const report = {
    computerId: row.id,
    hostname: row.hostname,
    gaps: gaps.map((gap) => ({ from: gap.from_seq, to: gap.to_seq })),
  };
  let place = { seq: 0, link: firstLink(row.public_key) };
  let events = 0;
  const proven = proofReader(row.id, row.public_key);
  const unsigned = gaps.find(
    (gap) => !proven(gap.proof)?.gaps?.some(({ from, to }) => from === gap.from_seq && to === gap.to_seq),
  );
  const broken = (fault: string): ComputerVerified => ({ ...report, events, holds: false, fault });

  if (unsigned) return broken(`That number ${unsigned.from_seq} is lost was not signed by its computer.`);

  const skipGaps = (before: number): void => {
    for (let [gap] = gaps; gap?.from_seq === place.seq + 1 && gap.to_seq < before; [gap] = gaps) {
      place = { seq: gap.to_seq, link: gap.link };
      gaps.shift();
    }
  };

  for await (const event of eventsInOrder(tx, no)) {
    skipGaps(event.seq);
    const [gap] = gaps;
    if (gap && gap.from_seq <= place.seq) break;
    if (event.seq !== place.seq + 1)
      return broken(`Number ${place.seq + 1} is missing and was never declared as lost.`);
    const hash = event.line === null ? event.line_hash : lineHash(event.line);
    if (!hash) return broken(`Neither line nor hash of number ${event.seq} is stored.`);
    const link = nextLink(place.link, hash);
    if (!link.equals(event.link)) return broken(`Event ${event.seq} is not what its computer signed.`);
    if (!filedRight(event)) return broken(`Event ${event.seq} is filed under another kind or time than its own.`);
    place = { seq: event.seq, link };
    events += 1;
  }
  skipGaps(Number.POSITIVE_INFINITY);
  const [left] = gaps;
  if (left) return broken(`Number ${left.from_seq} is declared as lost and stored all the same.`);
  if (place.seq !== row.head_seq || !place.link.equals(row.head_link)) {
    return broken(`The last event stored is number ${place.seq}, but number ${row.head_seq} was acknowledged.`);
  }
  const signed = proven(row.head_proof)?.head;
  if (place.seq > 0 && !(signed && samePlace(signed, place))) {
    return broken(`That the chain ends at number ${place.seq} was not signed by its computer.`);
  }
  return { ...report, events, holds: true };
}

/** The columns that lists are made from must say what the line says. */
function filedRight({ seq, kind, at, line }: { seq: number; kind: string; at: number; line: string | null }): boolean {
  if (line === null) return true;
  const event = JSON.parse(line) as PortcullisEvent;
  return event.seq === seq && event.kind === kind && Date.parse(event.at) === at;
}

async function* eventsInOrder(tx: StoreTransaction, computerNo: number) {
  let after = 0;
  while (true) {
    const page = await tx
      .selectFrom('events')
      .select(['seq', 'kind', 'at', 'line', 'line_hash', 'link'])
      .where('computer_no', '=', computerNo)
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

export function verificationText({ holds, computers }: Verified): string {
  const lines = computers.map((computer) => {
    const lost = computer.gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    const declared = lost > 0 ? `, ${lost} declared as lost` : '';
    return `${computer.hostname}: ${computer.events} events${declared}, ${computer.holds ? 'the chain holds' : `THE CHAIN IS BROKEN. ${computer.fault}`}`;
  });
  return [...lines, holds ? 'Every chain holds.' : 'Not every chain holds.'].join('\n');
}
