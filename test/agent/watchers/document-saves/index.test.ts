import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventKinds } from '#shared/events/kinds.ts';
import { type IdentifierSettings, identifierSettings } from '#shared/policy/identifiers.ts';
import type { Policy } from '#shared/policy/schema.ts';
import { checker } from '#shared/schema.ts';
import { type Inspections, inspections } from '../../../../agent/identifiers/inspections.ts';
import { openSeen } from '../../../../agent/identifiers/seen.ts';
import { documentSaves } from '../../../../agent/watchers/document-saves/index.ts';
import { isWithin } from '../../../../agent/watchers/document-saves/places.ts';
import type { SaveSink, SaveSource } from '../../../../agent/watchers/document-saves/source.ts';
import type { Change, Watcher } from '../../../../agent/watchers/watcher.ts';
import { type FakeInspector, fakeInspector, textWith } from '../../../fakes/inspector.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';

const nameKey = Buffer.alloc(32, 7);
const quick = {
  quietMilliseconds: 20,
  togetherMilliseconds: 1,
  longestMilliseconds: 500,
  longestUnfinishedMilliseconds: 2000,
  most: 10_000,
};
const fits = checker(eventKinds['document.saved'].data);

let home: string;
let fake: FakeContext;
/** Milliseconds by which the agent's clock is ahead of the file system's. */
let ahead: number;
let refuses: boolean;
let busy: boolean;
let askedWhetherBusy: number;
let inspector: FakeInspector;
let looking: Inspections;
let settings: IdentifierSettings;
let watchers: Watcher[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-saves-'));
  for (const folder of ['Desktop', 'Documents', 'Elsewhere']) mkdirSync(join(home, folder));
  fake = fakeContext();
  ahead = 0;
  refuses = false;
  busy = false;
  askedWhetherBusy = 0;
  inspector = fakeInspector();
  settings = identifierSettings(null);
  looking = inspections({
    settings: () => settings,
    makeInspector: () => inspector,
    seen: openSeen(':memory:', Date.now),
    key: nameKey,
    clock: { now: () => Date.now() + ahead, monotonic: () => performance.now() },
  });
  watchers = [];
});
afterEach(async () => {
  for (const watcher of watchers) await watcher.stop();
  await looking.close();
  rmSync(home, { recursive: true, force: true });
});

/** A watcher on a source that signals what the test tells it to. */
async function start(looks = false): Promise<{ watcher: Watcher; sink: SaveSink }> {
  let sink: SaveSink | undefined;
  const source: SaveSource = {
    async listen(given) {
      sink = given;
      return { stop: async () => undefined };
    },
    placeOf(path) {
      if (isWithin(path, join(home, 'Desktop'))) return 'desktop';
      if (isWithin(path, join(home, 'Documents'))) return 'documents';
      if (isWithin(path, join(home, 'Cloud'))) return 'cloud-sync';
      return isWithin(path, join(home, 'Elsewhere')) ? null : 'local-fixed';
    },
    roots: () => [home],
    homes: () => homes,
    ownerOf: ({ uid }) => ({ uid }),
    async isBusy() {
      askedWhetherBusy++;
      return busy;
    },
    isOnBattery: async () => false,
    rescanEveryMilliseconds: () => null,
    coverage: () => [{ watcher: 'document-saves', area: 'test', state: 'watching', how: 'by hand', limits: [] }],
  };
  const homes = [home];
  const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() };
  const watcher = documentSaves(source, { nameKey, pending: quick, sweep: { lookMilliseconds: 20 } })({
    ...fake,
    ...(looks && { inspections: looking }),
    clock,
    policy: () => fake.policyInForce,
    recall: () => fake.memory,
    record(changes, memory) {
      if (refuses) throw new Error('disk full');
      fake.record(changes, memory);
    },
  });
  watchers.push(watcher);
  await watcher.start();
  return { watcher, sink: sink ?? expect.fail('the source was not listened to') };
}

function write(path: string, text = 'some text'): string {
  const whole = join(home, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}
function saved(): Extract<Change, { kind: 'document.saved' }>['data'][] {
  return fake.changes.map((change) => {
    if (change.kind !== 'document.saved') return expect.fail(`${change.kind} is no save`);
    expect(fits.check(change.data)).toBe(true);
    return change.data;
  });
}
/** Stops the watcher, which hands out all that waits, and answers what was told. */
async function told(watcher: Watcher) {
  await watcher.stop();
  return saved();
}

type Documents = Policy['documents'];
function policy(documents: Partial<Documents>): Policy {
  const all = { places: ['desktop'], extensions: ['docx'], excludedFolders: [], fileNames: 'hash', ...documents };
  // Only this part of a policy is read here.
  return { documents: all } as unknown as Policy;
}

describe('one save is one event', () => {
  /** What the kernel signals while an editor saves `name`, step by step. */
  const editors: [string, string, (sink: SaveSink, folder: string) => void][] = [
    [
      'LibreOffice: lock, temporary file, rename, lock removed',
      'report.odt',
      (sink, folder) => {
        sink.saved({ path: write(`${folder}/.~lock.report.odt#`), how: 'written' });
        const temporary = write(`${folder}/lu8327.tmp`);
        sink.saved({ path: temporary, how: 'written' });
        move(sink, temporary, join(home, folder, 'report.odt'));
        rmSync(join(home, folder, '.~lock.report.odt#'));
      },
    ],
    [
      'Word: owner file, temporary file, old version set aside, rename',
      'report.docx',
      (sink, folder) => {
        const target = write(`${folder}/report.docx`, 'old');
        sink.saved({ path: write(`${folder}/~$report.docx`), how: 'written' });
        const temporary = write(`${folder}/~WRD0001.tmp`);
        sink.saved({ path: temporary, how: 'written' });
        move(sink, target, join(home, folder, '~WRL0002.tmp'));
        move(sink, temporary, target);
      },
    ],
    [
      'vim: probe, backup, several writes',
      'notes.txt',
      (sink, folder) => {
        sink.saved({ path: write(`${folder}/4913`), how: 'written' });
        const target = write(`${folder}/notes.txt`, 'old');
        move(sink, target, `${target}~`);
        for (const text of ['a', 'ab', 'abc']) sink.saved({ path: write(`${folder}/notes.txt`, text), how: 'written' });
      },
    ],
    [
      'gedit: hidden temporary file, rename',
      'notes.txt',
      (sink, folder) => {
        const temporary = write(`${folder}/.goutputstream-A1B2C3`);
        sink.saved({ path: temporary, how: 'written' });
        move(sink, temporary, join(home, folder, 'notes.txt'));
      },
    ],
    [
      'Firefox: empty file for the name, part, rename',
      'letter.pdf',
      (sink, folder) => {
        sink.saved({ path: write(`${folder}/letter.pdf`, ''), how: 'written' });
        const part = write(`${folder}/letter.pdf.part`);
        sink.saved({ path: part, how: 'written' });
        move(sink, part, join(home, folder, 'letter.pdf'));
      },
    ],
    [
      'a program whose temporary file has the document’s extension',
      'sheet.csv',
      (sink, folder) => {
        const temporary = write(`${folder}/sheet-new.csv`);
        sink.saved({ path: temporary, how: 'written' });
        move(sink, temporary, join(home, folder, 'sheet.csv'));
      },
    ],
    [
      'a file manager that makes the name, writes and then sets the times',
      'copy.xlsx',
      (sink, folder) => {
        const path = write(`${folder}/copy.xlsx`);
        sink.saved({ path, how: 'appeared' });
        sink.saved({ path, how: 'touched' });
        utimesSync(path, 1_000_000, 1_000_000);
        sink.saved({ path, how: 'touched' });
      },
    ],
  ];

  function move(sink: SaveSink, from: string, to: string): void {
    renameSync(from, to);
    sink.saved({ path: to, how: 'moved', from: { path: from } });
  }

  it.each(editors)('%s', async (_editor, name, save) => {
    const { watcher, sink } = await start();
    save(sink, 'Desktop');
    const events = await told(watcher);
    expect(events.map(({ place, extension }) => [place, extension])).toEqual([['desktop', name.split('.')[1]]]);
  });

  it('and a second save is a second event', async () => {
    const { watcher, sink } = await start();
    sink.saved({ path: write('Desktop/a.docx', 'one'), how: 'written' });
    await vi.waitFor(() => expect(saved()).toHaveLength(1), 30_000);
    sink.saved({ path: write('Desktop/a.docx', 'three'), how: 'written' });
    const events = await told(watcher);
    expect(events.map(({ sizeBytes }) => sizeBytes)).toEqual([3, 5]);
    expect(events[0]?.nameHash).toBe(events[1]?.nameHash);
  });

  it('and two files are two events with two hashes', async () => {
    const { watcher, sink } = await start();
    for (const name of ['a.docx', 'b.docx']) sink.saved({ path: write(`Desktop/${name}`), how: 'written' });
    const events = await told(watcher);
    expect(new Set(events.map(({ nameHash }) => nameHash)).size).toBe(2);
  });
});

describe('no save is', () => {
  it('opening a document for writing, only to lock it', async () => {
    const path = write('Desktop/a.docx');
    ahead = 60_000;
    const { watcher, sink } = await start();
    sink.saved({ path, how: 'written' });
    expect(await told(watcher)).toEqual([]);
  });

  it('a change of attributes', async () => {
    const path = write('Desktop/a.docx');
    ahead = 60_000;
    const { watcher, sink } = await start();
    sink.saved({ path, how: 'touched' });
    expect(await told(watcher)).toEqual([]);
  });

  it('a file that is gone, empty, a link or in no watched place', async () => {
    const { watcher, sink } = await start();
    sink.saved({ path: join(home, 'Desktop/gone.docx'), how: 'written' });
    sink.saved({ path: write('Desktop/empty.docx', ''), how: 'written' });
    sink.saved({ path: write('Elsewhere/a.docx'), how: 'written' });
    sink.saved({ path: join(home, 'Desktop'), how: 'written' });
    expect(await told(watcher)).toEqual([]);
  });

  it('a rename within a place, told by the kernel or known by what was recorded', async () => {
    const { watcher, sink } = await start();
    sink.saved({ path: write('Desktop/a.docx'), how: 'written' });
    await vi.waitFor(() => expect(saved()).toHaveLength(1), 30_000);
    renameSync(join(home, 'Desktop/a.docx'), join(home, 'Desktop/b.docx'));
    sink.saved({ path: join(home, 'Desktop/b.docx'), how: 'moved', from: { path: join(home, 'Desktop/a.docx') } });
    renameSync(join(home, 'Desktop/b.docx'), join(home, 'Desktop/c.docx'));
    sink.saved({ path: join(home, 'Desktop/c.docx'), how: 'appeared' });
    expect(await told(watcher)).toHaveLength(1);
  });

  it('a folder renamed within a place', async () => {
    write('Desktop/a/x.docx');
    ahead = 60_000;
    const { watcher, sink } = await start();
    renameSync(join(home, 'Desktop/a'), join(home, 'Desktop/b'));
    sink.folderMoved(join(home, 'Desktop/b'), join(home, 'Desktop/a'));
    await watcher.check();
    expect(await told(watcher)).toEqual([]);
  });
});

describe('a save is also', () => {
  it('a move into a watched place, with the times kept', async () => {
    const from = write('Elsewhere/a.docx');
    utimesSync(from, 1_000_000, 1_000_000);
    const { watcher, sink } = await start();
    renameSync(from, join(home, 'Desktop/a.docx'));
    sink.saved({ path: join(home, 'Desktop/a.docx'), how: 'moved', from: { path: from } });
    expect(await told(watcher)).toMatchObject([{ place: 'desktop' }]);
  });

  it('a move from one place to another', async () => {
    const from = write('Documents/a.docx');
    const { watcher, sink } = await start();
    renameSync(from, join(home, 'Desktop/a.docx'));
    sink.saved({ path: join(home, 'Desktop/a.docx'), how: 'moved', from: { path: from } });
    expect(await told(watcher)).toMatchObject([{ place: 'desktop' }]);
  });

  it('every document of a folder moved into a watched place', async () => {
    for (const name of ['a.docx', 'deep/b.pdf', 'deep/c.o']) write(`Elsewhere/case/${name}`);
    const { watcher, sink } = await start();
    renameSync(join(home, 'Elsewhere/case'), join(home, 'Documents/case'));
    sink.folderMoved(join(home, 'Documents/case'), join(home, 'Elsewhere/case'));
    await vi.waitFor(() => expect(saved()).toHaveLength(2), 30_000);
    expect((await told(watcher)).map(({ extension }) => extension).sort()).toEqual(['docx', 'pdf']);
  });

  it('a save that waits while its folder is renamed', async () => {
    const { watcher, sink } = await start();
    const locate = () => ({ path: join(home, 'Desktop/b/x.docx') });
    sink.saved({ path: write('Desktop/a/x.docx'), how: 'written', locate });
    renameSync(join(home, 'Desktop/a'), join(home, 'Desktop/b'));
    sink.folderMoved(join(home, 'Desktop/b'), join(home, 'Desktop/a'));
    expect(await told(watcher)).toHaveLength(1);
  });

  it('a save whose file was renamed before it was looked at, and the signal of it late', async () => {
    const { watcher, sink } = await start();
    const from = write('Desktop/a.docx');
    const to = join(home, 'Desktop/b.docx');
    renameSync(from, to);
    sink.saved({ path: from, how: 'written' });
    // The other save is told only after the first was looked at in vain.
    sink.saved({ path: write('Desktop/other.pdf'), how: 'written' });
    await vi.waitFor(() => expect(saved()).toHaveLength(1), 30_000);
    sink.saved({ path: to, how: 'moved', from: { path: from } });
    expect((await told(watcher)).map(({ extension }) => extension)).toEqual(['pdf', 'docx']);
  });

  it('one and the same when a rescan finds it too', async () => {
    fake.memory = { upTo: Date.now() - 60_000, recorded: [] };
    const { watcher, sink } = await start();
    const path = write('Desktop/a.docx');
    sink.saved({ path, how: 'written', id: 'folder/a.docx' });
    await watcher.check();
    const events = await told(watcher);
    expect(events).toHaveLength(1);
    expect(events[0]).not.toHaveProperty('foundByRescan');
  });
});

describe('what the policy decides', () => {
  it('places and extensions, from one moment to the next', async () => {
    const { watcher, sink } = await start();
    fake.policyInForce = policy({ places: ['desktop'], extensions: ['docx'] });
    for (const path of ['Desktop/a.docx', 'Desktop/a.pdf', 'Documents/a.docx']) {
      sink.saved({ path: write(path), how: 'written' });
    }
    expect(await told(watcher)).toMatchObject([{ place: 'desktop', extension: 'docx' }]);
  });

  it('folders never looked at, in every home', async () => {
    fake.policyInForce = policy({ excludedFolders: ['~/Desktop/Union/', join(home, 'Desktop/Health')] });
    const { watcher, sink } = await start();
    for (const path of ['Desktop/Union/a.docx', 'Desktop/Health/deep/a.docx', 'Desktop/Unions/a.docx']) {
      sink.saved({ path: write(path), how: 'written' });
    }
    expect(await told(watcher)).toHaveLength(1);
  });

  it('whether the name is told, made harmless', async () => {
    fake.policyInForce = policy({ fileNames: 'names' });
    const { watcher, sink } = await start();
    sink.saved({ path: write('Desktop/a\u202Excod\n.docx'), how: 'written' });
    expect(await told(watcher)).toMatchObject([{ name: 'a\uFFFDxcod\uFFFD.docx' }]);
  });

  it('never removable media, which another watcher tells', async () => {
    fake.policyInForce = policy({ places: ['removable'] });
    const { watcher, sink } = await start();
    sink.saved({ path: write('Desktop/a.docx'), how: 'written' });
    expect(await told(watcher)).toEqual([]);
  });
});

describe('nothing is missed and nothing told twice', () => {
  it('when signals are lost', async () => {
    const { sink, watcher } = await start();
    sink.saved({ path: write('Desktop/seen.docx'), how: 'written' });
    await vi.waitFor(() => expect(saved()).toHaveLength(1), 30_000);
    write('Desktop/missed.pdf');
    sink.lost();
    await vi.waitFor(() => expect(saved()).toHaveLength(2), 30_000);
    expect((await told(watcher))[1]).toMatchObject({ extension: 'pdf', foundByRescan: true });
  });

  it('when the agent was down', async () => {
    const first = await start();
    write('Desktop/before.docx');
    first.sink.saved({ path: join(home, 'Desktop/before.docx'), how: 'written' });
    await first.watcher.stop();
    write('Desktop/meanwhile.pdf');
    const second = await start();
    await second.watcher.check();
    await second.watcher.check();
    await second.watcher.stop();
    const third = await start();
    await third.watcher.check();
    expect((await told(third.watcher)).map(({ extension }) => extension)).toEqual(['docx', 'pdf']);
  });

  it('when it runs for the first time: what lay there was not saved now', async () => {
    write('Desktop/before.docx');
    ahead = 60_000;
    const { watcher } = await start();
    await watcher.check();
    expect(await told(watcher)).toEqual([]);
  });

  it('when the disk takes nothing and the agent dies', async () => {
    const first = await start();
    refuses = true;
    first.sink.saved({ path: write('Desktop/a.docx'), how: 'written' });
    await first.watcher.stop();
    expect(saved()).toEqual([]);
    refuses = false;
    const second = await start();
    await second.watcher.check();
    expect(await told(second.watcher)).toMatchObject([{ extension: 'docx', foundByRescan: true }]);
  });

  it('when a rescan is cut short by a stop', async () => {
    ahead = -60_000;
    const first = await start();
    await first.watcher.stop();
    ahead = 0;
    for (let n = 0; n < 50; n++) write(`Desktop/${n}/a.docx`);
    const second = await start();
    const checking = second.watcher.check();
    await second.watcher.stop();
    await checking;
    const third = await start();
    await third.watcher.check();
    expect(new Set((await told(third.watcher)).map(({ nameHash }) => nameHash)).size).toBe(50);
    expect(saved()).toHaveLength(50);
  });

  it('when the memory on disk is not what was written', async () => {
    fake.memory = { upTo: 'yesterday', recorded: [{}] };
    const { watcher, sink } = await start();
    sink.saved({ path: write('Desktop/a.docx'), how: 'written' });
    expect(await told(watcher)).toHaveLength(1);
  });

  it('when two thousand documents are saved at once', async () => {
    const { watcher, sink } = await start();
    for (let n = 0; n < 2000; n++) sink.saved({ path: write(`Desktop/${n}.docx`), how: 'written' });
    expect(new Set((await told(watcher)).map(({ nameHash }) => nameHash)).size).toBe(2000);
  });
});

describe('who saved', () => {
  it('is the process that wrote, else the owner of the file', async () => {
    const { watcher, sink } = await start();
    const actor = { uid: 1234, user: 'anna', process: 'soffice.bin' };
    sink.saved({ path: write('Desktop/a.docx'), how: 'written', actor });
    sink.saved({ path: write('Desktop/b.docx'), how: 'written' });
    await watcher.stop();
    expect(fake.changes.map((change) => change.actor)).toEqual([actor, { uid: process.getuid?.() }]);
  });
});

describe('a name that is not UTF-8', () => {
  it('is looked at by its bytes', async () => {
    const { watcher, sink } = await start();
    const raw = Buffer.concat([Buffer.from(join(home, 'Desktop/')), Buffer.from('\u00dcbung.doc', 'latin1')]);
    writeFileSync(raw, 'text');
    expect(existsSync(raw)).toBe(true);
    expect(basename(raw.toString())).toContain('\uFFFD');
    sink.saved({ path: raw.toString(), raw, how: 'written' });
    expect(await told(watcher)).toMatchObject([{ extension: 'doc', sizeBytes: 4 }]);
  });
});

describe('what is remembered', () => {
  it('names no file', async () => {
    const { watcher, sink } = await start();
    sink.saved({ path: write('Desktop/person-1.csv'), how: 'written' });
    expect(await told(watcher)).toHaveLength(1);
    expect(JSON.stringify(fake.memory)).toMatch(/"recorded":\[\{/);
    expect(JSON.stringify(fake.memory)).not.toContain('person-1');
  });
});

describe('what is in a document', () => {
  const told = <K extends Change['kind']>(kind: K) =>
    fake.changes.filter((change): change is Extract<Change, { kind: K }> => change.kind === kind);

  it('follows its save, which does not wait for it', async () => {
    const { sink } = await start(true);
    inspector.hold();
    sink.saved({ path: write('Desktop/list.csv', textWith(12)), how: 'written', actor: { user: 'anna' } });
    await vi.waitFor(() => expect(inspector.looked).toEqual(['list.csv']), 30_000);
    expect(fake.changes.map(({ kind }) => kind)).toEqual(['document.saved']);
    inspector.release();
    await vi.waitFor(() => expect(told('document.inspected')).toHaveLength(1), 30_000);
    const [save] = told('document.saved');
    expect(told('document.inspected')).toMatchObject([
      {
        actor: { user: 'anna' },
        data: { ...save?.data, inspection: { band: '10-49' }, isBulk: false, drill: false, authorisation: 'unknown' },
      },
    ]);
    expect(told('identifiers.bulk-reached')).toEqual([]);
  });

  it('is not told when the document is gone by then', async () => {
    const { sink } = await start(true);
    inspector.hold();
    const [gone, stays] = [write('Desktop/gone.csv'), write('Desktop/stays.csv', 'other text')];
    for (const path of [gone, stays]) sink.saved({ path, how: 'written' });
    await vi.waitFor(() => expect(told('document.saved')).toHaveLength(2), 30_000);
    rmSync(gone);
    inspector.release();
    await vi.waitFor(() => expect(told('document.inspected')).toHaveLength(1), 30_000);
    expect(looking.backlog().files).toBe(0);
  });

  it('counts for the bulk rule where the folder is copied to a cloud service', async () => {
    const { sink } = await start(true);
    sink.saved({ path: write('Cloud/list.csv', textWith(60)), how: 'written', actor: { user: 'anna' } });
    await vi.waitFor(() => expect(told('identifiers.bulk-reached')).toHaveLength(1), 30_000);
    expect(told('identifiers.bulk-reached')[0]).toMatchObject({
      data: { scope: 'file', place: 'cloud-sync' },
      actor: { user: 'anna' },
    });
  });

  it('is swept where it lay before, once per version and detector', async () => {
    settings = { ...settings, sweep: { everyHours: 24, onBattery: true } };
    write('Desktop/a.csv', textWith(12));
    write('Documents/b.csv', 'nobody');
    write('Documents/c.docx', 'encrypted');
    write('Elsewhere/d.csv', textWith(60));
    await start(true);
    await vi.waitFor(() => expect(told('documents.swept')).toHaveLength(1), 30_000);
    const places = [
      { place: 'desktop', bands: { '10-49': 1 }, notInspected: 0 },
      { place: 'documents', bands: { none: 1 }, notInspected: 1 },
    ];
    expect(told('documents.swept')[0]?.data).toMatchObject({
      files: 3,
      inspected: 3,
      worstNew: '10-49',
      isComplete: true,
    });
    expect(told('documents.swept')[0]?.data.places).toEqual(expect.arrayContaining(places));
    expect(told('document.saved')).toEqual([]);
    ahead = 24 * 60 * 60 * 1000;
    await vi.waitFor(() => expect(told('documents.swept')).toHaveLength(2), 30_000);
    expect(told('documents.swept')[1]?.data).toMatchObject({ files: 3, inspected: 0 });
    expect(told('documents.swept')[1]?.data).not.toHaveProperty('worstNew');
  });

  it('is not swept while the computer is busy', async () => {
    write('Desktop/a.csv');
    busy = true;
    settings = { ...settings, sweep: { everyHours: 1, onBattery: true } };
    await start(true);
    await vi.waitFor(() => expect(askedWhetherBusy).toBeGreaterThan(2), 30_000);
    expect(inspector.looked).toEqual([]);
    busy = false;
    await vi.waitFor(() => expect(told('documents.swept')).toHaveLength(1), 30_000);
  });
});
