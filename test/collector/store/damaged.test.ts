import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { surveyStore } from '../../../collector/store/survey.ts';
import { upkeepOf } from '../../../collector/store/upkeep.ts';
import { batchOf, enrolComputer, greet, linesOf } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const pageSize = 4096;
const noRest = () => Promise.resolve();

/** The home of a collector that was stopped. */
async function stoppedCollector(folder: string): Promise<{ home: string; file: string }> {
  const home = join(folder, 'collector');
  await (await realCollector({ folder: home })).stop();
  return { home, file: join(home, 'store.sqlite') };
}

/** Where the first page of a table or index begins. */
function placeOf(file: string, name: string): number {
  const database = new Database(file, { readonly: true });
  const root = database
    .prepare<[string], number>('SELECT rootpage FROM sqlite_schema WHERE name = ?')
    .pluck()
    .get(name);
  database.close();
  if (root === undefined) throw new TypeError(`there is no ${name}`);
  return (root - 1) * pageSize;
}

function spoil(file: string, from: number, to: number): Buffer {
  const spoilt = readFileSync(file).fill(0xa5, from, to);
  writeFileSync(file, spoilt);
  return spoilt;
}

describe('a collector whose store is damaged', () => {
  it.each<[string, (file: string) => [number, number]]>([
    ['its header', () => [0, 100]],
    ['its schema', () => [100, 400]],
    ['the pages after the first', () => [pageSize, pageSize * 12]],
    ['a table that the start does not use', (file) => [placeOf(file, 'disclosures'), placeOf(file, 'disclosures') + 8]],
    ['an index', (file) => [placeOf(file, 'alerts_by_group'), placeOf(file, 'alerts_by_group') + 8]],
  ])('does not start, leaves the file as it is, and says what to do: %s', async (_what, place) => {
    using folder = tempFolder();
    const { home, file } = await stoppedCollector(folder.path);
    const spoilt = spoil(file, ...place(file));
    await expect(realCollector({ folder: home })).rejects.toMatchObject({
      code: 'storeDamaged',
      message: expect.stringMatching(/nothing was deleted.*move its folder aside.*restore FILE/),
    });
    expect(readFileSync(file).equals(spoilt)).toBe(true);
  });

  it('starts when only pages of events are, finds it by itself, raises an alert and goes on taking events', async () => {
    using folder = tempFolder();
    const { home, file } = await stoppedCollector(folder.path);
    const place = placeOf(file, 'events_by_time');
    spoil(file, place, place + 8);
    await using collector = await realCollector({ folder: home });
    await collector.checkStore();
    const { store } = collector.context;
    expect(await store.selectFrom('alerts').select(['rule_id', 'severity', 'kind']).execute()).toEqual([
      { rule_id: 'store-damaged', severity: 'critical', kind: 'collector' },
    ]);
    expect((await upkeepOf(store)).get('pages')).toMatchObject({
      well: 0,
      detail: expect.stringMatching(/^The table events is damaged: /),
    });
    expect(collector.log).toContainEqual(expect.objectContaining({ level: 60, table: 'events' }));
    expect((await upkeepOf(store)).has('verify')).toBe(false);
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    expect(socket.welcome.stored.seq).toBe(0);
  });
});

describe('a collector looks at its own store', () => {
  it('and says that all of it is well', async () => {
    await using collector = await realCollector();
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    socket.send(batchOf(computer, computer.start, linesOf(1, 5)).frame);
    await socket.next('ack');
    await collector.checkStore();
    const { store } = collector.context;
    const upkeep = await upkeepOf(store);
    expect(upkeep.get('pages')).toMatchObject({ well: 1 });
    expect(upkeep.get('verify')).toMatchObject({ well: 1, detail: expect.stringContaining('1 computers') });
    expect(await store.selectFrom('alerts').select('id').execute()).toEqual([]);
  });

  it('and finds an event whose text was changed where every page fits', async () => {
    await using collector = await realCollector();
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    socket.send(batchOf(computer, computer.start, linesOf(1, 5)).frame);
    await socket.next('ack');
    const { store } = collector.context;
    const { line } = await store.selectFrom('events').select('line').where('seq', '=', 3).executeTakeFirstOrThrow();
    await store
      .updateTable('events')
      .set({ line: line?.replace('true', 'false') ?? null })
      .where('seq', '=', 3)
      .execute();
    await collector.checkStore();
    expect((await upkeepOf(store)).get('verify')).toMatchObject({ well: 0 });
    expect((await upkeepOf(store)).get('pages')).toMatchObject({ well: 1 });
    expect(await store.selectFrom('alerts').select(['rule_id', 'severity']).execute()).toEqual([
      { rule_id: 'store-altered', severity: 'critical' },
    ]);
  });

  it('in steps, with a rest after every table and every computer', async () => {
    await using collector = await realCollector();
    for (let count = 0; count < 3; count += 1) await enrolComputer(collector);
    const tables = await collector.context.store.introspection.getTables();
    let rests = 0;
    const rest = async (milliseconds: number) => {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      rests += 1;
    };
    const file = join(collector.folder, 'store.sqlite');
    expect(await surveyStore(file, rest)).toMatchObject({ damaged: [], verified: { holds: true } });
    expect(rests).toBeGreaterThanOrEqual(tables.filter(({ isView }) => !isView).length + 3);
    expect(await surveyStore(file, noRest)).toMatchObject({ verified: { computers: { length: 3 } } });
  });
});
