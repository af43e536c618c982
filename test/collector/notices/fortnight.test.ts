import { expect, it } from 'vitest';
import { londonTime } from '#shared/policy/london.ts';
import { londonDay } from '../../../collector/calendar/working-days.ts';
import { acknowledge } from '../../../collector/notices/notices.ts';
import { addAbsence } from '../../../collector/register/absences.ts';
import { type NoticeTestSite, noticeSite } from './site.ts';

/*
 * Issue 6, must show 2. From Monday 21 December 2026 to Monday 4 January 2027: Friday 25 is Christmas Day, Monday 28 the
 * day instead of Boxing Day, Friday 1 January New Year's Day. The clock goes in steps of half an hour.
 */
const halfHour = 30 * 60_000;
const start = Date.parse('2026-12-21T07:00:00Z');
const end = Date.parse('2027-01-04T18:00:00Z');

async function staffed(site: NoticeTestSite): Promise<Record<string, string>> {
  const head = await site.person({ reference: 'hana.head' });
  await site.account('hana', 'head-of-business-and-governance', head);
  const people = {
    head,
    manager: await site.person({ reference: 'mo.manager', supervises: ['Managers'] }),
    sam: await site.person({ reference: 'sam.supervisor', team: 'Managers', supervises: ['Reablement'] }),
    dee: await site.person({ reference: 'dee.deputy', team: 'Reablement', deputises: ['Reablement'] }),
    jo: await site.person({ reference: 'jo.worker', team: 'Reablement', accounts: ['jo'] }),
    // Supervises the team she is in: nobody is above her.
    lee: await site.person({ reference: 'lee.lead', team: 'Day care', supervises: ['Day care'], accounts: ['lee'] }),
    kit: await site.person({ reference: 'kit.worker', team: 'Day care', accounts: ['kit'] }),
    // In a team that nobody leads.
    pip: await site.person({ reference: 'pip.worker', team: 'Night care', accounts: ['pip'] }),
  };
  const by = { accountId: null, now: site.context.clock.now() };
  await addAbsence(site.context.store, { personId: people.sam, from: '2026-12-29', to: '2026-12-31' }, by);
  return people;
}

/** What happens in the world, by London's clock. */
const happenings: Record<string, (site: NoticeTestSite, ids: Record<string, string>) => Promise<unknown>> = {
  // Read and confirmed the same day, never answered: one reminder at the deadline.
  'Mon 21 10:00': (site) => site.raise('media-unencrypted', { person: 'jo', thing: 'first' }),
  // The same again and again: no second mail.
  'Mon 21 12:00': (site) => site.raise('media-unencrypted', { person: 'jo', thing: 'first', times: 5 }),
  'Mon 21 15:00': confirms('first'),
  // After the office closed: it waits for the morning.
  'Tue 22 19:30': (site) => site.raise('media-withdrawn', { person: 'jo', thing: 'late' }),
  'Wed 23 09:00': confirms('late'),
  // To know only: in tomorrow's summary, one mail for two of them.
  'Wed 23 11:00': (site) => site.raise('media-inserted', { person: 'jo', thing: 'one' }),
  'Wed 23 14:00': (site) => site.raise('media-inserted', { person: 'jo', thing: 'two' }),
  // Nobody moves: a reminder on Thursday, and on Tuesday, the next working day, it goes up.
  'Wed 23 15:00': (site) => site.raise('media-encryption-unknown', { person: 'jo', thing: 'ignored' }),
  // Nobody moves, and when the reminder is due the supervisor is away: the deputy gets it.
  'Thu 24 10:00': (site) => site.raise('media-infected', { person: 'jo', thing: 'ill' }),
  // Critical on Christmas Day, at night: at once.
  'Fri 25 23:00': (site) => site.raise('media-lost', { person: 'jo', thing: 'lost' }),
  // On a bank holiday, not urgent: it waits until the next day that is none. By then the supervisor is away.
  'Mon 28 10:00': (site) => site.raise('media-not-scanned', { person: 'jo', thing: 'disc' }),
  'Mon 28 11:00': (site) => site.raise('document-in-cloud-folder', { person: 'jo', thing: 'cloud' }),
  'Tue 29 10:00': (site) => site.raise('media-with-keyboard', { person: 'jo', thing: 'keys' }),
  'Tue 29 11:00': confirms('late', 'ill', 'keys', 'cloud'),
  // The supervisor is the person concerned.
  'Wed 30 10:00': (site) => site.raise('media-unencrypted', { person: 'lee', thing: 'hers' }),
  'Wed 30 10:30': confirms('hers'),
  // A supervisor of the same team for somebody else.
  'Wed 30 11:00': (site) => site.raise('media-unencrypted', { person: 'kit', thing: 'his' }),
  'Wed 30 11:30': confirms('his'),
  // Nobody leads the team; nobody knows the account.
  'Thu 31 10:00': (site) => site.raise('media-unencrypted', { person: 'pip', thing: 'night' }),
  'Thu 31 10:30': (site) => site.raise('media-unencrypted', { person: 'stranger', thing: 'odd' }),
  'Thu 31 11:00': confirms('night', 'odd'),
};

/** Whoever was asked about these things says that they have read it. */
function confirms(...things: string[]) {
  return async ({ context: { store, clock } }: NoticeTestSite): Promise<void> => {
    const rows = await store
      .selectFrom('notice_recipients')
      .innerJoin('notices', 'notices.id', 'notice_recipients.notice_id')
      .select(['notice_recipients.id', 'notice_id', 'same_key'])
      .where('acts', '=', 1)
      .execute();
    for (const { id, notice_id, same_key } of rows.filter((row) =>
      things.some((thing) => row.same_key.endsWith(` ${thing}`)),
    )) {
      expect(same_key).not.toBe('');
      await acknowledge(store, notice_id, [id], { accountId: null, now: clock.now() });
    }
  };
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
function clockWords(at: number): string {
  const day = londonDay(at);
  const { minute } = londonTime(at);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${weekdays[new Date(day).getUTCDay()]} ${day.slice(8)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

const titles: readonly (readonly [string, string])[] = [
  ['Unencrypted removable medium in use', 'unencrypted'],
  ['Medium connected that was handed back, retired, or whose issue is over', 'withdrawn'],
  ['Removable medium in use whose encryption cannot be told', 'unknown encryption'],
  ['Malware found on a removable medium', 'malware'],
  ['Medium connected that was reported lost', 'lost'],
  ['Document saved in a folder that is copied to a cloud service', 'cloud'],
  ['Storage connected that is also a keyboard', 'keyboard'],
];

/** When, to whom, and what. */
const expected: readonly string[] = [
  'Mon 21 10:00 | jo.worker | A record was made of something',
  'Mon 21 10:00 | sam.supervisor | Action needed: unencrypted',
  'Mon 21 10:00 | servicedesk | For your information: unencrypted',
  'Wed 23 08:00 | jo.worker | A record was made of something',
  'Wed 23 08:00 | sam.supervisor | Action needed: withdrawn',
  'Wed 23 08:00 | servicedesk | For your information: withdrawn',
  'Wed 23 10:00 | sam.supervisor | Answer is late: unencrypted',
  'Wed 23 15:00 | jo.worker | A record was made of something',
  'Wed 23 15:00 | sam.supervisor | Action needed: unknown encryption',
  'Wed 23 15:00 | servicedesk | For your information: unknown encryption',
  'Thu 24 08:30 | sam.supervisor | Device control: 2 matters to know of',
  'Thu 24 10:00 | jo.worker | A record was made of something',
  'Thu 24 10:00 | sam.supervisor | Action needed: malware',
  'Thu 24 10:00 | servicedesk | For your information: malware',
  'Thu 24 15:00 | sam.supervisor | Reminder: unknown encryption',
  'Fri 25 23:00 | hana.head | For your information: lost',
  'Fri 25 23:00 | servicedesk | For your information: lost',
  'Tue 29 08:00 | jo.worker | A record was made of something',
  'Tue 29 08:00 | dee.deputy | Action needed: cloud',
  'Tue 29 08:00 | dee.deputy | Action needed: withdrawn',
  'Tue 29 08:00 | servicedesk | For your information: cloud',
  'Tue 29 08:30 | servicedesk | Device control: 1 matter to know of',
  'Tue 29 10:00 | dee.deputy | Action needed: malware',
  'Tue 29 10:00 | dee.deputy | Action needed: keyboard',
  'Tue 29 10:00 | jo.worker | A record was made of something',
  'Tue 29 10:00 | servicedesk | For your information: keyboard',
  'Tue 29 15:00 | hana.head | Not confirmed by the supervisor: unknown encryption',
  'Tue 29 15:00 | mo.manager | Not confirmed by the supervisor: unknown encryption',
  'Wed 30 10:00 | dee.deputy | Answer is late: malware',
  'Wed 30 10:00 | hana.head | Action needed: unencrypted',
  'Wed 30 10:00 | lee.lead | A record was made of something',
  'Wed 30 10:00 | servicedesk | For your information: unencrypted',
  'Wed 30 11:00 | dee.deputy | Answer is late: withdrawn',
  'Wed 30 11:00 | kit.worker | A record was made of something',
  'Wed 30 11:00 | lee.lead | Action needed: unencrypted',
  'Wed 30 11:00 | servicedesk | For your information: unencrypted',
  'Thu 31 08:00 | dee.deputy | Answer is late: cloud',
  'Thu 31 10:00 | dee.deputy | Answer is late: keyboard',
  'Thu 31 10:00 | hana.head | Action needed: unencrypted',
  'Thu 31 10:00 | pip.worker | A record was made of something',
  'Thu 31 10:00 | servicedesk | For your information: unencrypted',
  'Thu 31 10:30 | hana.head | Action needed: unencrypted',
  'Thu 31 10:30 | servicedesk | For your information: unencrypted',
  'Mon 04 10:00 | hana.head | Answer is late: unencrypted',
  'Mon 04 11:00 | lee.lead | Answer is late: unencrypted',
];

/** Mails of one moment have no order among them. */
function byMoment(ledger: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const line of ledger) {
    const group = groups.at(-1);
    if (group?.[0]?.slice(0, 12) === line.slice(0, 12)) group.push(line);
    else groups.push([line]);
  }
  return groups.map((group) => group.sort());
}

it('sends through Christmas exactly what the ledger says, to whom and when', async () => {
  await using site = await noticeSite({ start });
  const ids = await staffed(site);
  const { clock } = site.context;
  const happened: string[] = [];
  while (clock.now() < end) {
    const words = clockWords(clock.now());
    const happening = happenings[words];
    if (happening && !happened.includes(words)) {
      happened.push(words);
      await happening(site, ids);
    }
    await site.run();
    clock.advance(halfHour);
  }
  expect(happened).toEqual(Object.keys(happenings));

  const ledger = site.sent.map(({ at, to, subject }) => {
    const words = titles.reduce((text, [title, short]) => text.replace(title, short), subject);
    return `${clockWords(at)} | ${to.replace('@example.org', '')} | ${words.replace(/ on FOC-LT-014( \(\w+ severity\))?$/, '')}`;
  });
  expect(byMoment(ledger)).toEqual(byMoment(expected));
}, 120_000);
