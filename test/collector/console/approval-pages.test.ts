import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileText, publishPolicy } from '../../../collector/policies/policies.ts';
import { standingVersion } from '../../../collector/policies/standing-version.ts';
import { type FilledComputer, fillAlert, fillComputer, fillEvent } from './filling.ts';
import { testSigner } from './site.ts';
import { hostile, type OpenConsole, openConsole, type SomebodySignedIn } from './visitors.ts';

const serial = '4C530001230923117331';
const hour = 3_600_000;
let site: OpenConsole;
let analyst: SomebodySignedIn;
let head: SomebodySignedIn;
let laptop: FilledComputer;

beforeEach(async () => {
  site = await openConsole();
  await publish('focus');
  analyst = await site.visitor('ict-analyst', { username: 'alex' });
  head = await site.visitor('head-of-business-and-governance', { username: 'sam' });
  laptop = await fillComputer(site.context, 'FOC-LT-014');
});
afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

function publish(profile: 'focus' | 'ccg') {
  const { store, clock } = site.context;
  const text = profileText(profile, 'Example Care');
  return publishPolicy(store, testSigner, { text, reason: 'test', publishedBy: 'test', now: clock.now() });
}

const media = {
  kind: 'media-issue',
  ...{ serial, vendorId: '0781', productId: '5581', rights: ['read', 'write'], encrypted: 'yes' },
  ...{ user: 'jordan.example', computer: 'foc-lt-014', from: '2026-11-23', to: '2026-11-27', reason: 'Conference' },
};
const kinds = {
  'media-issue': media,
  software: { ...media, kind: 'software', what: 'example-torrent' },
  'bulk-transfer': { ...media, kind: 'bulk-transfer', what: 'Rota', records: '120' },
  'encryption-exception': { ...media, kind: 'encryption-exception', what: 'Old scanner' },
} as const;

/** @returns the address of the new request */
async function ask(fields: Record<string, string | readonly string[]> = media, by = analyst): Promise<string> {
  const { statusCode, headers } = await by.post('/approvals/new', fields);
  expect(statusCode).toBe(303);
  return `${headers.location}`.split('?')[0] ?? '';
}
const decide = (by: SomebodySignedIn, address: string, action = 'granted', reason = 'Agreed.') =>
  by.post(address, { action, reason });
const approvals = () => site.context.store.selectFrom('approvals').selectAll().execute();
const trail = async () =>
  (
    await site.context.store
      .selectFrom('audit')
      .selectAll()
      .where('action', 'like', 'approval.%')
      .orderBy('seq')
      .execute()
  ).map(({ action, account_id }) => [action, account_id]);

describe('a request', () => {
  it.each(Object.entries(kinds))(
    'of the kind %s is granted by whom the policy names, and only then holds',
    async (_kind, fields) => {
      const before = await standingVersion(site.context.store);
      const address = await ask(fields);
      expect(await approvals()).toEqual([]);
      expect((await head.get('/approvals')).body).toContain('For you to decide');
      expect((await decide(head, address)).statusCode).toBe(303);
      const { body } = await head.get(address);
      expect(body).toContain('In force');
      expect(body).toContain('Pat sam, as Head of Business and Governance');
      expect(await approvals()).toHaveLength(1);
      expect(await standingVersion(site.context.store)).toBe(before + 1);
      expect(await trail()).toEqual([
        ['approval.requested', analyst.id],
        ['approval.granted', head.id],
      ]);
    },
  );

  it('tells agents what was asked for and no more, from the decision on', async () => {
    const address = await ask();
    site.context.clock.advance(hour / 3);
    await decide(head, address);
    const [row] = await approvals();
    expect(JSON.parse(row?.document ?? '')).toMatchObject({
      approval: {
        kind: 'media',
        device: { serial, vendorId: '0781', productId: '5581' },
        rights: ['connect', 'read', 'write'],
        encrypted: true,
        user: 'jordan.example',
        computerId: laptop.id,
        from: '2026-11-23T08:50:00.000Z',
        to: '2026-11-28T00:00:00.000Z',
        approver: 'Pat sam',
      },
    });
  });

  it.each([
    ['who asked for it', 'own', 'You asked for this yourself'],
    ['a role the policy does not name', 'ict-analyst', 'The policy leaves this decision to somebody else'],
    ['another role the policy does not name', 'iao', 'The policy leaves this decision to somebody else'],
  ] as const)('is not decided by %s', async (_who, role, words) => {
    const address = await ask(media, role === 'own' ? head : analyst);
    const by = role === 'own' ? head : await site.visitor(role);
    expect((await by.get(address)).body).not.toContain('value="granted"');
    const answer = await decide(by, address);
    expect([answer.statusCode, answer.body.includes(words)]).toEqual([422, true]);
    expect(await approvals()).toEqual([]);
  });

  it('goes by the profile in force: at the CCG, ICT or the IG lead issue media and the IAO permits transfers', async () => {
    await publish('ccg');
    const ig = await site.visitor('ig-lead');
    const iao = await site.visitor('iao');
    const stick = await ask(media, ig);
    const transfer = await ask(kinds['bulk-transfer']);
    expect((await decide(iao, stick)).statusCode).toBe(422);
    expect((await decide(analyst, stick)).statusCode).toBe(303);
    expect((await decide(iao, transfer)).statusCode).toBe(303);
  });

  it('is decided once, with a reason', async () => {
    const address = await ask();
    expect((await decide(head, address, 'granted', ' ')).statusCode).toBe(422);
    await decide(head, address, 'refused', 'There is a better way.');
    expect((await decide(head, address)).body).toContain('Somebody else has decided');
    expect((await analyst.get(address)).body).toContain('There is a better way.');
    expect(await approvals()).toEqual([]);
  });

  it('is withdrawn by who asked while it waits, and ended at once when it is in force', async () => {
    const other = await site.visitor('ict-analyst');
    const waiting = await ask();
    expect((await other.post(waiting, { action: 'withdrawn' })).statusCode).toBe(422);
    await analyst.post(waiting, { action: 'withdrawn' });
    expect((await analyst.get(waiting)).body).toContain('Withdrawn');
    const granted = await ask();
    await decide(head, granted);
    const before = await standingVersion(site.context.store);
    expect((await other.post(granted, { action: 'withdrawn' })).statusCode).toBe(422);
    await head.post(granted, { action: 'withdrawn' });
    expect((await approvals()).map(({ revoked_at }) => revoked_at)).toEqual([site.context.clock.now()]);
    expect(await standingVersion(site.context.store)).toBe(before + 1);
  });

  it('ends by itself, and is asked for again from there', async () => {
    const address = await ask();
    await decide(head, address);
    expect((await analyst.get('/approvals')).body).toContain('ends in 4 days');
    site.context.clock.advance(5 * 24 * hour);
    // The visitor's session ended long before the permission did.
    analyst = await site.visitor('ict-analyst');
    const { body } = await analyst.get(address);
    expect(body).toContain('Over');
    const renew = /href="(\/approvals\/new\?renew=[^"]+)"/.exec(body)?.[1] ?? '';
    const form = (await analyst.get(renew)).body;
    expect(form).toContain(`value="${serial}"`);
    expect(form).toContain('value="2026-11-28"');
    const again = await ask({ ...media, renew: address.split('/').at(-1) ?? '', from: '2026-11-28', to: '2026-12-02' });
    expect((await analyst.get(again)).body).toContain(`href="${address}"`);
  });

  it.each([
    [{ serial: '' }, 'Type in the serial number'],
    [{ serial: '*' }, 'without stars'],
    [{ serial: '4C53*' }, 'without stars'],
    [{ vendorId: 'xyz' }, 'Four digits or letters'],
    [{ rights: [] }, 'Choose what is to be possible'],
    [{ computer: 'NOBODY-KNOWS' }, 'No computer has this name'],
    [{ to: '2026-11-22' }, 'The last day is before the first'],
    [{ from: '2020-01-01', to: '2020-01-02' }, 'ends before it begins'],
    [{ to: '2029-01-01' }, 'holds for a year at most'],
    [{ reason: ' ' }, 'Write why it is needed'],
    [{ kind: 'bulk-transfer', what: 'Rota', user: '' }, 'Name the account of the person'],
    [{ kind: 'local-data', what: 'Notes' }, 'names nobody who may permit'],
  ])('comes back with what is wrong and all that was typed: %o', async (change, words) => {
    const { statusCode, body } = await analyst.post('/approvals/new', { ...media, ...change });
    expect([statusCode, body.includes(words)]).toEqual([422, true]);
    expect(body).toContain('There is a problem');
  });
});

describe('in advance', () => {
  const device = {
    ...{ class: 'usb-storage' as const, bus: 'usb' as const, vendorId: '0781', productId: '5581', serial },
    ...{ serialTrust: 'device' as const, interfaces: ['08:06:50'], port: '1-4' },
  };
  const volume = { name: 'sdb1', encryption: 'encrypted' as const };
  const written = (at: number) =>
    fillEvent(
      site.context,
      laptop,
      'media.file-written',
      { device, volume, nameHash: 'abcd', extension: 'csv' } as never,
      { at },
    );

  it.each([
    ['before the first use', 2, 'It was decided before the first use', 'In advance'],
    ['after the first use', -2, 'It was decided after the first use', 'Not in advance'],
  ] as const)('a decision %s is told as such', async (_when, hours, words, tag) => {
    const address = await ask(kinds['bulk-transfer']);
    await written(site.context.clock.now() + hours * hour);
    await decide(head, address);
    const { body } = await head.get(address);
    expect(body).toContain(words);
    expect(body).toMatch(new RegExp(`>\\s*${tag}\\s*<`));
  });

  it('is told before the decision too, while it can still be thought over', async () => {
    const address = await ask(kinds['bulk-transfer']);
    expect((await head.get(address)).body).toContain('A decision now would be in advance.');
    await written(site.context.clock.now() - hour);
    expect((await head.get(address)).body).toContain('does not grant it in advance');
  });

  it('does not take another medium, or what was written long before, for the first use', async () => {
    const address = await ask(kinds['bulk-transfer']);
    await written(site.context.clock.now() - 30 * 24 * hour);
    const other = { ...device, serial: 'OTHER' };
    await fillEvent(site.context, laptop, 'media.file-written', { device: other, volume, nameHash: 'abcd' } as never);
    expect((await head.get(address)).body).toContain('A decision now would be in advance.');
  });

  it('goes by the first alert on the computer where data or drives are asked about', async () => {
    await fillAlert(site.context, laptop, {
      title: 'Plain',
      kind: 'drive.encryption-changed',
      at: site.context.clock.now() - hour,
    });
    const address = await ask(kinds['encryption-exception']);
    await decide(head, address);
    expect((await head.get(address)).body).toContain('It was decided after the first use');
  });
});

describe('the queue', () => {
  it('says what waits, narrows by stage and kind, and what to do when there is nothing', async () => {
    expect((await analyst.get('/approvals')).body).toContain('Nobody has asked for anything yet.');
    await ask();
    await ask(kinds.software);
    const rows = async (query: string) =>
      (
        (await analyst.get(`/approvals${query}`)).body.match(
          /<a class="nhsuk-link" href="\/approvals\/[0-9a-f-]{36}"/g,
        ) ?? []
      ).length;
    expect([
      await rows(''),
      await rows('?stage=waiting'),
      await rows('?kind=software'),
      await rows('?stage=over'),
    ]).toEqual([2, 2, 1, 0]);
  });

  it('asks first what it is about, offering only what the policy lets somebody permit', async () => {
    const { body } = await analyst.get('/approvals/new');
    expect([...body.matchAll(/name="kind" type="radio" value="([^"]+)"|type="radio" value="([^"]+)"/g)].length).toBe(4);
    expect(body).not.toContain('value="local-data"');
  });

  it('takes over from an alert what the computer said of the device and the person', async () => {
    const device = {
      ...{ class: 'usb-storage' as const, bus: 'usb' as const, vendorId: '0781', productId: '5581', serial },
      ...{ serialTrust: 'device' as const, interfaces: ['08:06:50'], port: '1-4' },
    };
    const seq = await fillEvent(site.context, laptop, 'media.attached', { device, volumes: [], presentAtStart: false });
    const alert = await fillAlert(site.context, laptop, { title: 'Stick', seqs: [seq], person: 'jordan.example' });
    const { body } = await analyst.get(`/approvals/new?alert=${alert}&kind=media-issue`);
    for (const value of [serial, '0781', '5581', 'jordan.example', 'FOC-LT-014'])
      expect(body).toContain(`value="${value}"`);
    const address = await ask({ ...media, alert });
    expect((await analyst.get(address)).body).toContain(`href="/alerts/${alert}"`);
  });
});

describe('whose requests', () => {
  it('are of another organisation are not there, by list or by id', async () => {
    const address = await ask();
    const stranger = await site.visitor('head-of-business-and-governance', { organisation: 'Other Trust' });
    expect((await stranger.get('/approvals')).body).toContain('Nobody has asked');
    expect((await stranger.get(address)).statusCode).toBe(404);
    expect((await decide(stranger, address)).statusCode).toBe(404);
    expect(await approvals()).toEqual([]);
  });

  it('a supervisor sees their own and no others', async () => {
    const theirs = await site.visitor('supervisor');
    const own = await ask(media, theirs);
    const others = await ask();
    expect([(await theirs.get(own)).statusCode, (await theirs.get(others)).statusCode]).toEqual([200, 404]);
  });

  it.each(['..%2f..', "' or 1=1", 'x%00', 'constructor'])('there is none by the id %s', async (id) => {
    expect([400, 404]).toContain((await head.get(`/approvals/${id}`)).statusCode);
  });
});

it('shows markup in every field as text', async () => {
  const fields = { ...kinds['bulk-transfer'], what: hostile, user: hostile, serial: hostile, reason: hostile };
  const address = await ask(fields);
  await decide(head, address, 'refused', hostile);
  for (const page of ['/approvals', address, `/approvals/new?renew=${address.split('/').at(-1)}`]) {
    expect([page, /<script>alert|<img src=x/.test((await head.get(page)).body)]).toEqual([page, false]);
  }
});
