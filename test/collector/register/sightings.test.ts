import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { EventData, EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import { drivesOf, postureOf, softwareCounts, usersOf } from '../../../collector/register/computer.ts';
import { addComputer } from '../../../collector/register/computers.ts';
import { countsSince } from '../../../collector/register/daily-counts.ts';
import { listMediaRegister, placesOf } from '../../../collector/register/media-register.ts';
import { sightingSaver, sightingsIn } from '../../../collector/register/sightings.ts';
import { listSoftware, versionsOf } from '../../../collector/register/software-list.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { testStore } from '../../fakes/test-store.ts';

const day = 24 * 3_600_000;
const now = Date.parse('2026-11-23T08:30:00.000Z');
const stick: DeviceFacts = {
  class: 'usb-storage',
  bus: 'usb',
  vendorId: '0781',
  productId: '5581',
  vendor: 'Example',
  product: 'Stick',
  serial: 'EX1',
  serialTrust: 'device',
  interfaces: [],
  port: '1-4',
};
const volume = { name: 'sdb1', encryption: 'plain' as const };

let seq = 0;
function event<K extends EventKind>(kind: K, data: EventData<K>, at = now, user?: string): PortcullisEvent {
  seq += 1;
  const actor = user === undefined ? {} : { actor: { user } };
  return { seq, at: isoTime(at), bootId: 'boot', uptimeMs: 1, kind, data, ...actor } as unknown as PortcullisEvent;
}

async function computer(store: Store, hostname: string): Promise<number> {
  return store.transaction().execute(async (tx) => {
    const id = await addComputer(tx, { publicKey: hostname, hostname, version: '0.1.0', now });
    return (await tx.selectFrom('computers').select('no').where('id', '=', id).executeTakeFirstOrThrow()).no;
  });
}

/** As the writer thread does it: what a batch tells, in one transaction. */
async function tell(store: Store, no: number, events: PortcullisEvent[]): Promise<void> {
  const save = sightingSaver(store);
  await store.transaction().execute((tx) => save(tx, [{ computerNo: no, sightings: sightingsIn(events, no, now) }]));
}

const firstPage = { direction: 'asc', page: 1, size: 50 } as const;
const attached = (device: DeviceFacts, at = now, user?: string) =>
  event('media.attached', { device, volumes: [volume], presentAtStart: false }, at, user);

describe('devices in the register', () => {
  it('make one line of a device with its own serial number, wherever it is plugged in', async () => {
    await using made = await testStore();
    const { store } = made;
    const [one, other] = [await computer(store, 'FOC-1'), await computer(store, 'FOC-2')];
    await tell(store, one, [attached(stick, now - day, 'ben')]);
    await tell(store, other, [attached({ ...stick, port: '2-1' }, now, 'amara')]);
    const { rows, total } = await listMediaRegister(store, {}, now, { ...firstPage, column: 'last' });
    expect(total).toBe(1);
    const line = { first_hostname: 'FOC-1', last_hostname: 'FOC-2', last_user: 'amara', times: 2, encryption: 'plain' };
    expect(rows[0]).toMatchObject({ ...line, first_at: now - day, last_at: now });
    expect(await placesOf(store, rows[0]?.id ?? '')).toMatchObject([{ hostname: 'FOC-2' }, { hostname: 'FOC-1' }]);
  });

  it.each([
    ['blank', undefined],
    ['shared', 'EX1'],
    ['generated', 'EX1'],
  ] as const)(
    'make a line for each computer and socket of a device whose serial number is %s',
    async (serialTrust, serial) => {
      await using made = await testStore();
      const { store } = made;
      const [one, other] = [await computer(store, 'FOC-1'), await computer(store, 'FOC-2')];
      const { serial: _own, ...rest } = stick;
      const device: DeviceFacts = { ...rest, serialTrust, ...(serial && { serial }) };
      await tell(store, one, [attached(device)]);
      await tell(store, other, [attached(device)]);
      expect((await listMediaRegister(store, {}, now, { ...firstPage, column: 'last' })).total).toBe(2);
    },
  );

  it('keep what is newer when a computer that was away reports late', async () => {
    await using made = await testStore();
    const { store } = made;
    const [one, away] = [await computer(store, 'FOC-1'), await computer(store, 'FOC-AWAY')];
    await tell(store, one, [attached(stick, now)]);
    await tell(store, away, [attached(stick, now - 3 * day)]);
    const { rows } = await listMediaRegister(store, {}, now, { ...firstPage, column: 'last' });
    expect(rows[0]).toMatchObject({
      last_hostname: 'FOC-1',
      first_hostname: 'FOC-AWAY',
      first_at: now - 3 * day,
      times: 2,
    });
  });

  it('come to the same in one batch as in several', async () => {
    await using made = await testStore();
    const { store } = made;
    const no = await computer(store, 'FOC-1');
    const eventOf = (device: DeviceFacts, kind: string, at: number) =>
      kind === 'media.attached' ? attached(device, at) : event('media.removed', { device }, at);
    let run = 0;
    const kinds = fc.constantFrom('media.attached', 'media.removed');
    await fc.assert(
      fc.asyncProperty(fc.array(kinds, { minLength: 1, maxLength: 12 }), fc.nat(12), async (told, cut) => {
        run += 1;
        const [whole, parts] = [`WHOLE${run}`, `PARTS${run}`];
        const events = (serial: string) => told.map((kind, index) => eventOf({ ...stick, serial }, kind, now + index));
        await tell(store, no, events(whole));
        for (const part of [events(parts).slice(0, cut), events(parts).slice(cut)]) await tell(store, no, part);
        expect(await lineOf(store, parts)).toEqual(await lineOf(store, whole));
      }),
      { numRuns: 15 },
    );
  });

  async function lineOf(store: Store, search: string) {
    const { rows } = await listMediaRegister(store, { search }, now, { ...firstPage, column: 'last' });
    return rows.map(({ id: _id, serial: _serial, ...row }) => row);
  }
});

describe('the state of a computer', () => {
  it('is the newest of each drive and protection, and a drive that is gone is gone', async () => {
    await using made = await testStore();
    const { store } = made;
    const no = await computer(store, 'FOC-1');
    const drive = { name: 'sda2', use: 'filesystem' as const, mountPoints: ['/'], encryption: 'plain' as const };
    const since = isoTime(now);
    const bad = { item: 'antivirus' as const, state: 'bad' as const, because: 'Off.' };
    await tell(store, no, [
      event('drive.encryption-changed', { drive, since }),
      event('drive.encryption-changed', { drive: { ...drive, name: 'sdb1' }, since }),
      event('posture.changed', { posture: bad }),
    ]);
    await tell(store, no, [
      event('drive.encryption-changed', { drive: { ...drive, encryption: 'encrypted' }, since }),
      event('drive.removed', { drive: { ...drive, name: 'sdb1' } }),
      event('posture.changed', { posture: { ...bad, state: 'good' } }, now, 'amara'),
    ]);
    expect((await drivesOf(store, no)).map(({ facts }) => [facts.name, facts.encryption])).toEqual([
      ['sda2', 'encrypted'],
    ]);
    expect((await postureOf(store, no)).map(({ facts }) => facts.state)).toEqual(['good']);
    expect(await usersOf(store, no)).toMatchObject([{ user: 'amara' }]);
  });

  it('counts events by day, and never in days to come', async () => {
    await using made = await testStore();
    const no = await computer(made.store, 'FOC-1');
    await tell(made.store, no, [attached(stick, now - day), attached(stick, now), attached(stick, now + 400 * day)]);
    const today = Math.floor(now / day);
    const counts = await countsSince(made.store, ['media.attached'], 0);
    expect(counts.map((count) => [count.day, count.count])).toEqual([
      [today - 1, 1],
      [today, 2],
    ]);
  });
});

describe('software in the register', () => {
  const title = (name: string, version = '1.0') => ({ source: 'dpkg' as const, name, version });
  const listed = (names: string[]) =>
    event('software.listed', { source: 'dpkg', part: 1, parts: 1, software: names.map((name) => title(name)) });
  const software = async (store: Store) => {
    const { rows } = await listSoftware(store, {}, now, { ...firstPage, column: 'name' });
    return rows.map(({ name, installs, state }) => [name, installs, state]);
  };

  it('follows the baseline, what came, what changed and what went', async () => {
    await using made = await testStore();
    const { store } = made;
    const [one, other] = [await computer(store, 'FOC-1'), await computer(store, 'FOC-2')];
    for (const no of [one, other]) await tell(store, no, [listed(['editor', 'viewer'])]);
    await tell(store, one, [event('software.installed', { software: title('game'), approval: 'unapproved' })]);
    await tell(store, one, [
      event('software.updated', { software: title('editor', '2.0'), previousVersion: '1.0', approval: 'approved' }),
      event('software.removed', { software: title('viewer') }),
    ]);
    expect(await software(store)).toEqual([
      ['editor', 2, 'build'],
      ['game', 1, 'undecided'],
      ['viewer', 1, 'build'],
    ]);
    expect(await softwareCounts(store, one)).toEqual({ titles: 2, unapproved: 1 });
    const { rows } = await listSoftware(store, { search: 'EDIT' }, now, { ...firstPage, column: 'name' });
    expect(await versionsOf(store, rows[0]?.id ?? '')).toEqual([
      { version: '1.0', computers: 1 },
      { version: '2.0', computers: 1 },
    ]);
  });

  it('follows what is said of a title that is installed, and leaves since when it is', async () => {
    await using made = await testStore();
    const { store } = made;
    const no = await computer(store, 'FOC-1');
    const decided = (name: string, approval: 'approved' | 'unapproved', because: 'disallowed' | 'list' | 'register') =>
      event('software.decided', { software: title(name), approval, because }, now + day);
    const rows = async () => {
      const all = await store.selectFrom('software_installs').select(['approval', 'since']).execute();
      return all.map(({ approval, since }) => `${approval} ${since - now}`);
    };
    await tell(store, no, [listed(['editor']), decided('editor', 'unapproved', 'disallowed')]);
    expect(await rows()).toEqual(['unapproved 0']);
    expect(await software(store)).toEqual([['editor', 1, 'build']]);
    await tell(store, no, [decided('editor', 'approved', 'register')]);
    expect(await rows()).toEqual(['approved 0']);
    await tell(store, no, [decided('editor', 'unapproved', 'list'), decided('unheard', 'unapproved', 'list')]);
    expect(await rows()).toEqual(['unapproved 0']);
    expect(await software(store)).toEqual([['editor', 1, 'undecided']]);
    await tell(store, no, [
      decided('editor', 'approved', 'register'),
      event('software.removed', { software: title('editor') }),
    ]);
    expect(await rows()).toEqual([]);
  });

  it('forgets what a new baseline no longer names, and counts nothing twice', async () => {
    await using made = await testStore();
    const { store } = made;
    const no = await computer(store, 'FOC-1');
    await tell(store, no, [listed(['editor', 'viewer'])]);
    await tell(store, no, [listed(['editor'])]);
    await tell(store, no, [listed(['editor'])]);
    expect(await software(store)).toEqual([['editor', 1, 'build']]);
  });
});
