import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { sightingSaver, sightingsIn, type Told } from '../../../collector/register/sightings.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { testStore } from '../../fakes/test-store.ts';

const now = Date.parse('2026-11-23T08:30:00.000Z');
const day = 24 * 3_600_000;
const tables = [
  'seen_devices',
  'seen_device_places',
  'computer_drives',
  'computer_posture',
  'computer_users',
  'software_titles',
  'software_installs',
  'daily_counts',
] as const;

const serial = fc.constantFrom('EX1', 'EX2');
const stick = serial.map((text) => ({
  class: 'usb-storage',
  bus: 'usb',
  serial: text,
  serialTrust: text === 'EX1' ? 'device' : 'generated',
  interfaces: [],
  port: '1-4',
}));
const volumes = fc.constantFrom('plain', 'encrypted').map((encryption) => [{ name: 'sdb1', encryption }]);
const drive = fc.constantFrom('sda1', 'sdb1').map((name) => ({
  name,
  use: 'filesystem',
  mountPoints: ['/'],
  encryption: 'plain',
}));
const software = fc.record({
  source: fc.constant('dpkg'),
  name: fc.constantFrom('vlc', 'gimp'),
  version: fc.constantFrom('1', '2'),
  publisher: fc.constantFrom('Example', 'Other'),
});
const approval = fc.constantFrom('approved', 'unapproved');

const told = fc.oneof(
  fc.record({ kind: fc.constant('media.attached'), data: fc.record({ device: stick, volumes }) }),
  fc.record({ kind: fc.constant('media.removed'), data: fc.record({ device: stick }) }),
  fc.record({ kind: fc.constant('drive.encryption-changed'), data: fc.record({ drive }) }),
  fc.record({ kind: fc.constant('drive.removed'), data: fc.record({ drive }) }),
  fc.record({
    kind: fc.constant('posture.changed'),
    data: fc.record({ posture: fc.record({ item: fc.constant('antivirus'), state: fc.constantFrom('good', 'bad') }) }),
  }),
  fc.record({ kind: fc.constant('software.installed'), data: fc.record({ software, approval }) }),
  fc.record({ kind: fc.constant('software.removed'), data: fc.record({ software }) }),
  fc.record({
    kind: fc.constant('software.listed'),
    data: fc.record({
      source: fc.constant('dpkg'),
      part: fc.constantFrom(1, 2),
      software: fc.array(software, { maxLength: 2 }),
    }),
  }),
);
const event = fc
  .tuple(told, fc.constantFrom('ben', 'amara', undefined), fc.nat(5))
  .map(
    ([given, user, days]) =>
      ({ ...given, at: isoTime(now - days * day), ...(user && { actor: { user } }) }) as unknown as PortcullisEvent,
  );
const batches = fc.array(
  fc.record({ computerNo: fc.constantFrom(1, 2), events: fc.array(event, { minLength: 1, maxLength: 5 }) }),
  { minLength: 2, maxLength: 6 },
);

async function emptied(store: Store) {
  for (const table of tables.toReversed()) if (table !== 'seen_devices') await store.deleteFrom(table).execute();
  await store.deleteFrom('seen_devices').execute();
}

async function contents(store: Store) {
  const rows = await Promise.all(tables.map((table) => store.selectFrom(table).selectAll().execute()));
  return rows.map((own) => own.map((row) => JSON.stringify(row)).sort());
}

describe('what batches tell the registers', () => {
  it('comes to the same in one transaction as in one each', async () => {
    await using made = await testStore();
    const { store } = made;
    await store.transaction().execute(async (tx) => {
      for (const name of ['one', 'two'])
        await addComputer(tx, { publicKey: name, hostname: name, version: '0.1.0', now });
    });
    const save = sightingSaver(store);
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const all = given.map(
          ({ computerNo, events }): Told => ({ computerNo, sightings: sightingsIn(events, computerNo, now) }),
        );
        await emptied(store);
        for (const one of all) await store.transaction().execute((tx) => save(tx, [one]));
        const oneByOne = await contents(store);
        await emptied(store);
        await store.transaction().execute((tx) => save(tx, all));
        expect(await contents(store)).toEqual(oneByOne);
      }),
      { numRuns: 40 },
    );
  });
});
