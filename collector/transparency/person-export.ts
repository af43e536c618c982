import { stringify } from 'csv-stringify/sync';
import { isoTime } from '#shared/clock.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { listAudit } from '../accounts/audit-list.ts';
import { bundle } from '../documents/bundle.ts';
import { osNameMatches } from '../register/os-names.ts';
import type { Person } from '../register/people.ts';
import type { Store } from '../store/tables.ts';

export interface PersonExport {
  zip: Uint8Array;
  events: number;
  alerts: number;
}

const pageSize = 5000;
const mostLooks = 100_000;

/**
 * A copy of everything that is recorded about a person, and who looked at it, for the person themselves: what the
 * register knows, events in which they acted, alerts about them, media issued to them, and the audit entries.
 */
export async function exportPerson(store: Store, person: Person, now: number): Promise<PersonExport> {
  const isTheirs = (user: string): boolean => person.accounts.some((name) => osNameMatches(name, user));
  const events = await eventsOf(store, isTheirs);
  const alerts = await alertsOf(store, isTheirs);
  const media = await store.selectFrom('media').selectAll().where('holder', '=', person.name).execute();
  const looks = await listAudit(store, { organisations: 'all' }, { object: person.id }, mostLooks);
  const zip = bundle(
    [
      { name: 'read-me.txt', content: readMe(person, now) },
      { name: 'you.json', content: `${JSON.stringify(person, null, 2)}\n` },
      { name: 'events.jsonl', content: events.map((line) => `${line}\n`).join('') },
      { name: 'alerts.csv', content: csv(alerts) },
      { name: 'notices.csv', content: csv(await noticesOf(store, isTheirs)) },
      {
        name: 'media-issued.csv',
        content: csv(
          media.map(({ label, serial, state, issued_at }) => ({ label, serial, state, issued: isoTime(issued_at) })),
        ),
      },
      {
        name: 'who-looked.csv',
        content: csv(looks.map(({ at, who, action, detail }) => ({ at: isoTime(at), who, action, reason: detail }))),
      },
    ],
    now,
  );
  return { zip, events: events.length, alerts: alerts.length };
}

/** Whole lines, with the computer they come from. */
async function eventsOf(store: Store, isTheirs: (user: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  let after = { at: 0, computer_no: 0, seq: 0 };
  while (true) {
    const page = await store
      .selectFrom('events')
      .innerJoin('computers', 'computers.no', 'events.computer_no')
      .select(['events.at', 'events.computer_no', 'events.seq', 'events.line', 'computers.hostname'])
      .where((eb) => eb(eb.refTuple('events.computer_no', 'events.seq'), '>', eb.tuple(after.computer_no, after.seq)))
      .where('events.line', 'is not', null)
      .orderBy('events.computer_no')
      .orderBy('events.seq')
      .limit(pageSize)
      .execute();
    for (const { line, hostname } of page) {
      const event = JSON.parse(line ?? '') as PortcullisEvent;
      if (event.actor?.user !== undefined && isTheirs(event.actor.user))
        found.push(JSON.stringify({ computer: hostname, ...event }));
    }
    const last = page.at(-1);
    if (!last) return found;
    after = last;
  }
}

async function alertsOf(store: Store, isTheirs: (user: string) => boolean) {
  const rows = await store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .select(['alerts.title', 'alerts.severity', 'alerts.clause', 'alerts.state', 'alerts.outcome', 'alerts.count'])
    .select(['alerts.first_at', 'alerts.last_at', 'alerts.person', 'computers.hostname'])
    .where('alerts.person', 'is not', null)
    .orderBy('alerts.first_at')
    .execute();
  return rows
    .filter(({ person }) => person !== null && isTheirs(person))
    .map(({ person: _, first_at, last_at, ...alert }) => ({
      first: isoTime(first_at),
      last: isoTime(last_at),
      ...alert,
    }));
}

/** What somebody was told about them, and what was answered, their own side included. */
async function noticesOf(store: Store, isTheirs: (user: string) => boolean) {
  const rows = await store
    .selectFrom('notices')
    .select(['id', 'number', 'title', 'severity', 'clause', 'opened_at', 'answer', 'comment', 'person'])
    .where('person', 'is not', null)
    .orderBy('opened_at')
    .execute();
  const own = rows.filter(({ person }) => person !== null && isTheirs(person));
  const sides = await store
    .selectFrom('notice_history')
    .select(['notice_id', 'note'])
    .where('action', '=', 'side')
    .where('notice_id', 'in', [...own.map(({ id }) => id), ''])
    .execute();
  return own.map(({ id, person: _, number, opened_at, ...notice }) => ({
    number: `N-${number}`,
    opened: isoTime(opened_at),
    ...notice,
    your_side: sides.flatMap((side) => (side.notice_id === id ? [side.note] : [])).join(' / '),
  }));
}

function csv(rows: readonly object[]): string {
  return stringify([...rows], { header: true, escape_formulas: true, bom: true });
}

function readMe({ name, accounts }: Person, now: number): string {
  return `What Portcullis has recorded about ${name}, as of ${isoTime(now)}.

you.json          what the register of people knows
events.jsonl      events in which somebody was signed in as ${accounts.join(', ') || 'none of your names: none is known'}
alerts.csv        alerts about you, and what became of them
notices.csv       notices about you, what was answered, and your own side
media-issued.csv  media that were issued to you
who-looked.csv    who opened your record, when, and the reason they gave

Details whose time was over were taken away and are in none of these. Records of incidents are not among them: ask the
information governance lead. The hashes of the files are in SHA256SUMS.
`;
}
