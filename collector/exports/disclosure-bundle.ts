import { createHash } from 'node:crypto';
import { isoTime } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { displayNames } from '../accounts/accounts.ts';
import { isRole, roleWords } from '../accounts/roles.ts';
import { bundle } from '../documents/bundle.ts';
import { type Block, pdf } from '../documents/pdf.ts';
import { type Person, peopleOf } from '../register/people.ts';
import type { Store } from '../store/tables.ts';
import { csvHeading, csvLine } from './csv.ts';
import type { Disclosure } from './disclosures.ts';
import { eventUid, type RecordComputer } from './record.ts';
import { type Redactor, redactor } from './redact.ts';

export interface DisclosureBundle {
  zip: Uint8Array;
  sha256: string;
  events: number;
}

/** More than anybody can read; a larger scope is made smaller, or handed over in parts. */
const mostEvents = 100_000;

/**
 * What is handed over: a cover sheet, the events in scope without what is others', and a manifest. The same disclosure over the
 * same store gives the same bytes.
 * @throws PortcullisError `notApproved`, `tooMuch`
 */
export async function disclosureBundle(
  store: Store,
  organisation: string,
  disclosure: Disclosure,
): Promise<DisclosureBundle> {
  if (disclosure.state !== 'approved' || disclosure.decided_at === null)
    throw new PortcullisError('notApproved', 'Only an approved disclosure is handed over.');
  const { asked } = disclosure;
  const people = await peopleOf(store, organisation);
  const inScope = people.filter(({ id }) => asked.people.includes(id));
  const rows = await rowsInScope(store, disclosure);
  const redacting = redactor({
    inScope,
    others: people.filter(({ id }) => !asked.people.includes(id)),
    othersSeen: namesSeen(rows),
    secret: disclosure.secret,
  });
  const kept = rows.filter(({ event }) => asked.people.length === 0 || redacting.whose(event) === 'own');
  const records = kept.map(({ event, ...row }) => ({ ...row, event: redacting.event(event) }));
  const at = disclosure.decided_at;
  const cover = await coverSheet(store, organisation, disclosure, { inScope, records, redacting });
  const lines = records.map(({ computer, receivedAt, event }) =>
    JSON.stringify({ computerId: computer.id, hostname: computer.hostname, receivedAt: isoTime(receivedAt), ...event }),
  );
  const table = records.map((record) =>
    csvLine({ type: 'event', uid: eventUid(record.computer.id, record.event.seq), ...record }),
  );
  const zip = bundle(
    [
      { name: 'cover.pdf', content: cover },
      { name: 'events.jsonl', content: lines.map((line) => `${line}\n`).join('') },
      { name: 'events.csv', content: [csvHeading(), ...table, ''].join('\r\n') },
    ],
    at,
  );
  return { zip, sha256: createHash('sha256').update(zip).digest('hex'), events: records.length };
}

interface ScopeRow {
  computer: RecordComputer;
  receivedAt: number;
  event: PortcullisEvent;
}

async function rowsInScope(store: Store, { asked }: Disclosure): Promise<ScopeRow[]> {
  let query = store
    .selectFrom('events')
    .innerJoin('computers', 'computers.no', 'events.computer_no')
    .select(['events.line', 'events.received_at', 'computers.id', 'computers.hostname'])
    .where('events.at', '>=', asked.from)
    .where('events.at', '<', asked.to)
    .where('events.line', 'is not', null)
    .orderBy('events.computer_no')
    .orderBy('events.seq')
    .limit(mostEvents + 1);
  if (asked.computers.length > 0) query = query.where('computers.id', 'in', asked.computers);
  const rows = await query.execute();
  if (rows.length > mostEvents)
    throw new PortcullisError(
      'tooMuch',
      `More than ${mostEvents} events lie in this period. Name computers, or a shorter period.`,
    );
  return rows.map(({ id, hostname, line, received_at }) => ({
    computer: { id, hostname },
    receivedAt: received_at,
    event: JSON.parse(line ?? '') as PortcullisEvent,
  }));
}

function namesSeen(rows: readonly ScopeRow[]): string[] {
  return [...new Set(rows.flatMap(({ event }) => (event.actor?.user === undefined ? [] : [event.actor.user])))];
}

interface Contents {
  inScope: readonly Person[];
  records: readonly ScopeRow[];
  redacting: Redactor;
}

async function coverSheet(
  store: Store,
  organisation: string,
  disclosure: Disclosure,
  { inScope, records, redacting }: Contents,
): Promise<Buffer> {
  const { asked, number } = disclosure;
  const names = await displayNames(store, [disclosure.prepared_by, disclosure.decided_by ?? '']);
  const computers = new Map(records.map(({ computer }) => [computer.id, computer.hostname]));
  const decidedAs =
    disclosure.decided_as !== null && isRole(disclosure.decided_as) ? roleWords[disclosure.decided_as] : '';
  const day = (milliseconds: number) => `${isoTime(milliseconds).slice(0, 16).replace('T', ' ')} UTC`;
  const by = (id: string | null) => (id === null ? '' : (names.get(id) ?? 'a former account'));
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: `Disclosure ${number}` },
    { kind: 'paragraph', text: `Records of ${organisation}, handed over on a request under the law. Confidential.` },
    { kind: 'heading', level: 2, text: 'The request' },
    {
      kind: 'facts',
      rows: [
        ['Requested by', asked.requester],
        ['Their reference', asked.reference],
        ['Legal basis', asked.legalBasis],
        ['Purpose', asked.purpose],
        ['Prepared by', `${by(disclosure.prepared_by)}, ${day(disclosure.prepared_at)}`],
        [
          'Approved by',
          `${by(disclosure.decided_by)}, ${decidedAs}${disclosure.clause === null ? '' : ` (${disclosure.clause})`}, ${day(disclosure.decided_at ?? 0)}`,
        ],
        ['Reason', disclosure.decision_reason ?? ''],
      ],
    },
    { kind: 'heading', level: 2, text: 'What it holds' },
    {
      kind: 'facts',
      rows: [
        ['People', inScope.map(({ name }) => name).join(', ')],
        ['Period', `${day(asked.from)} to ${day(asked.to)}, by the clocks of the computers`],
        ['Computers', [...computers.values()].sort().join(', ')],
        ['Events', String(records.length)],
        ['Replaced', `${redacting.replaced()} names and numbers of others`],
      ],
    },
    { kind: 'heading', level: 2, text: 'How to read it' },
    {
      kind: 'list',
      items: [
        'events.jsonl holds one event a line; events.csv holds the same as a table with fewer facts.',
        'Words like person-1a2b3c stand for people who are not the subject of the request, and serial-1a2b3c for numbers of their devices. The same word is always the same person or device within this disclosure, and in no other.',
        inScope.length > 0
          ? 'Only events in which the people named acted are here. What computers could not ascribe to anybody is left out.'
          : 'All events of the computers in the period are here.',
        'Details that were past their time under the retention rules are no longer there and not in it.',
        'Names of people are taken out as far as the register of people and the computers tell them.',
        'The stored originals are chained and signed; the organisation can prove with “portcullis-collector verify” that none was changed. SHA256SUMS names the digests of these files.',
      ],
    },
  ];
  return pdf(blocks, {
    title: `Disclosure ${number}`,
    at: disclosure.decided_at ?? 0,
    footer: `${organisation} · Disclosure ${number} · confidential`,
  });
}
