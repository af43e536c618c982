import { describe, expect, it } from 'vitest';
import { RegisterEntry } from '#shared/policy/standing.ts';
import { checker } from '#shared/schema.ts';
import { standingVersion } from '../../../collector/policies/standing-version.ts';
import { readCsv } from '../../../collector/register/csv.ts';
import {
  changeMedium,
  issueMedium,
  listMedia,
  type MediumToIssue,
  mediumHistory,
  registerEntries,
} from '../../../collector/register/media.ts';
import { importMedia } from '../../../collector/register/media-import.ts';
import { readMoment } from '../../../collector/register/moment.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.UTC(2026, 10, 21, 9);
let later = now;
const doing = { by: 'analyst', now };
const stick: MediumToIssue = { serial: 'EX0001', vendorId: '0781', holder: 'Ward 7', approver: 'Head of Governance' };

const issue = (store: Store, medium: MediumToIssue = stick, at = now) =>
  store.transaction().execute((tx) => issueMedium(tx, medium, { ...doing, now: at }));
const change = (store: Store, reference: string, to: 'lost' | 'returned' | 'retired', note?: string) =>
  store.transaction().execute((tx) => changeMedium(tx, reference, to, { by: 'analyst', now: ++later, note }));
const code = (word: string) => expect.objectContaining({ code: word });

describe('the media register', () => {
  it('tells agents what was issued, without what is for people only', async () => {
    await using test = await testStore();
    const medium = { ...stick, label: 'Blue 12', encryptedBy: 'us' as const, expiresAt: now + 1 };
    const id = await issue(test.store, medium);
    const [entry, ...more] = await registerEntries(test.store);
    expect(more).toEqual([]);
    expect(checker(RegisterEntry).parse(entry, 'The entry')).toEqual({
      id,
      serial: 'EX0001',
      vendorId: '0781',
      state: 'issued',
      holder: 'Ward 7',
      encryptedBy: 'us',
      approver: 'Head of Governance',
      expires: '2026-11-21T09:00:00.001Z',
    });
  });

  it('raises the version of the standing at each change, and never for a change that failed', async () => {
    await using test = await testStore();
    const version = () => standingVersion(test.store);
    expect(await version()).toBe(1);
    await issue(test.store);
    expect(await version()).toBe(2);
    await expect(issue(test.store)).rejects.toEqual(code('mediumKnown'));
    expect(await version()).toBe(2);
    await change(test.store, 'ex0001', 'lost', 'left on a bus');
    expect(await version()).toBe(3);
  });

  it('keeps who changed what, when and why', async () => {
    await using test = await testStore();
    const id = await issue(test.store);
    await change(test.store, id, 'lost', 'left on a bus');
    expect(await mediumHistory(test.store, id)).toMatchObject([
      { state: 'issued', by: 'analyst', at: now },
      { state: 'lost', by: 'analyst', note: 'left on a bus' },
    ]);
    const audit = await test.store.selectFrom('audit').select(['action', 'object']).orderBy('at').execute();
    expect(audit).toEqual([
      { action: 'medium.issued', object: id },
      { action: 'medium.lost', object: id },
    ]);
  });

  it('issues again what was returned, with its history, and never what was destroyed', async () => {
    await using test = await testStore();
    const id = await issue(test.store);
    await change(test.store, id, 'returned');
    expect(await issue(test.store, { ...stick, serial: 'ex0001', holder: 'Ward 8' }, now + 500)).toBe(id);
    expect(await listMedia(test.store)).toMatchObject([{ id, state: 'issued', holder: 'Ward 8', issuedAt: now + 500 }]);
    expect(await mediumHistory(test.store, id)).toHaveLength(3);
    await change(test.store, id, 'retired');
    await expect(issue(test.store)).rejects.toEqual(code('mediumKnown'));
    await expect(change(test.store, id, 'lost')).rejects.toEqual(code('wrongState'));
  });

  it('takes the same serial number of another maker for another medium', async () => {
    await using test = await testStore();
    await issue(test.store);
    await issue(test.store, { ...stick, vendorId: '0951' });
    await expect(issue(test.store, { serial: 'EX0001', holder: 'x', approver: 'y' })).rejects.toEqual(
      code('mediumKnown'),
    );
    await expect(change(test.store, 'EX0001', 'lost')).rejects.toEqual(code('ambiguous'));
    await expect(change(test.store, 'EX0002', 'lost')).rejects.toEqual(code('noSuchMedium'));
  });

  it.each<[string, Partial<MediumToIssue>]>([
    ['no serial number', { serial: '' }],
    ['a serial number of zeros, which many sticks have', { serial: '000000' }],
    ['a serial number with an override of direction', { serial: 'EX\u202E1' }],
    ['a maker that is no number', { vendorId: '781' }],
    ['no holder', { holder: '' }],
    ['no approver', { approver: '' }],
    ['words that are too long', { label: 'x'.repeat(256) }],
    ['a member it does not have', { colour: 'blue' } as never],
  ])('refuses a medium with %s', async (_what, fault) => {
    await using test = await testStore();
    await expect(issue(test.store, { ...stick, ...fault })).rejects.toEqual(code('invalid'));
    expect(await listMedia(test.store)).toEqual([]);
  });
});

describe('a list of media', () => {
  it('is issued whole', async () => {
    await using test = await testStore();
    const text = [
      '\uFEFFserial,holder,approver,vendor_id,expires,label,encrypted_by',
      'EX1,Ward 7,Head,0781,2026-12-31,"Blue, ""12""",us',
      '',
      'EX2,Ward 8,Head,,,,',
    ].join('\r\n');
    expect(await importMedia(test.store, text, doing)).toBe(2);
    expect(await listMedia(test.store)).toMatchObject([
      { serial: 'EX1', vendorId: '0781', label: 'Blue, "12"', encryptedBy: 'us', expiresAt: Date.UTC(2027, 0, 1) },
      { serial: 'EX2', holder: 'Ward 8' },
    ]);
  });

  it('is not issued at all when one line is wrong, and every wrong line is told', async () => {
    await using test = await testStore();
    await issue(test.store);
    const text =
      'serial,holder,approver,expires\nEX9,Ward 7,Head,\nEX0001,Ward 7,Head,\nEX8,,Head,\nEX7,a,b,tomorrow\nEX9,x,y,\n';
    const failed = importMedia(test.store, text, doing);
    await expect(failed).rejects.toThrow(
      /Nothing was imported\.\nLine 3: .*issued\.\nLine 4: There is no holder\.\nLine 5: A day looks like/,
    );
    await expect(failed).rejects.toThrow(/Line 6: .*in the register as issued/);
    expect(await listMedia(test.store)).toHaveLength(1);
    expect(await standingVersion(test.store)).toBe(2);
  });

  it.each([
    ['serial,holder\nEX1,x', /Line 1: the column "approver" is missing/],
    ['serial,holder,approver,colour\n', /Line 1: there is no column "colour"/],
    ['serial,holder,approver\nEX1,x\n', /Line 2: 2 values where the heading has 3/],
    ['serial,holder,approver\nEX1,"x,y\n', /Line 2: a quote is not closed/],
    ['serial,holder,approver\n"a\nb",x,y\nEX2,"x"y,z\n', /Line 4: a quote is not closed, or stands within/],
  ])('says where it does not fit: %j', (text, says) => {
    expect(() => readCsv(text, ['serial', 'holder', 'approver'], ['serial', 'holder', 'approver'])).toThrow(says);
  });
});

describe('a day', () => {
  it.each([
    ['2026-12-31', 'end', '2027-01-01T00:00:00.000Z'],
    ['2026-07-01', 'start', '2026-06-30T23:00:00.000Z'],
    ['2026-07-01T09:00:00+01:00', 'end', '2026-07-01T08:00:00.000Z'],
  ] as const)('%s is a whole day in London, a time is itself', (text, edge, instant) => {
    expect(new Date(readMoment(text, edge)).toISOString()).toBe(instant);
  });
  it.each(['2026-02-31', '31.12.2026', 'tomorrow', '2026-12-31T09:00', ''])('%j is none', (text) => {
    expect(() => readMoment(text, 'end')).toThrow(/2026-12-31/);
  });
});
