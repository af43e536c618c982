import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { eventKinds, isEventKind } from '#shared/events/kinds.ts';
import { identifierSettings } from '#shared/policy/identifiers.ts';
import { checker } from '#shared/schema.ts';
import { type Inspections, inspections } from '../../../../agent/identifiers/inspections.ts';
import { openSeen } from '../../../../agent/identifiers/seen.ts';
import { watchMediaFilesOnLinux } from '../../../../agent/watchers/media-files/linux.ts';
import type { Attached, Change, ChangeOf, Watcher } from '../../../../agent/watchers/watcher.ts';
import { type FakeInspector, fakeInspector, textWith } from '../../../fakes/inspector.ts';
import { imageFolder, noLoopDevices, run } from '../../../fakes/loop-device.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const nameKey = Buffer.alloc(32, 3);
const quick = { quietMilliseconds: 100, longestMilliseconds: 1000, most: 5000 };
const patient = { timeout: 30_000, interval: 20 };

describe.skipIf(noLoopDevices !== undefined)(`files on a mounted medium (${noLoopDevices ?? 'as root'})`, () => {
  let fake: FakeContext;
  let inspector: FakeInspector;
  let looking: Inspections;
  let attached: Attached[];
  let images: ReturnType<typeof imageFolder>;
  let watcher: Watcher | undefined;
  let place: string;
  let unmount: () => void;

  beforeEach(() => {
    fake = fakeContext();
    inspector = fakeInspector();
    images = imageFolder();
    const image = images.image('stick.img', 32 * 1024 * 1024);
    run('mkfs.ext4', '-q', image);
    const loop = images.attach(image);
    const mounted = images.mount(loop.device);
    place = mounted.place;
    unmount = mounted.unmount;
    attached = [
      {
        device: { class: 'other', bus: 'virtual', serialTrust: 'blank', interfaces: [], port: loop.place },
        volumes: [{ name: loop.name, filesystem: 'ext4', encryption: 'plain', mountPoint: place, readOnly: false }],
      },
    ];
    looking = inspections({
      settings: () => identifierSettings(null),
      makeInspector: () => inspector,
      seen: openSeen(':memory:', Date.now),
      key: nameKey,
      clock: systemClock,
    });
  });
  afterEach(async () => {
    inspector.release();
    await watcher?.stop();
    watcher = undefined;
    await looking.close();
    images[Symbol.dispose]();
  });

  async function start(): Promise<Watcher> {
    watcher = watchMediaFilesOnLinux({ nameKey, settling: quick })({
      ...fake,
      clock: systemClock,
      policy: () => fake.policyInForce,
      recall: () => fake.memory,
      inspections: looking,
      attached: () => attached,
      record(changes, memory) {
        for (const change of changes) if (isEventKind(change.kind)) check(change);
        fake.record(changes, memory);
      },
    });
    await watcher.start();
    return watcher;
  }

  function check({ kind, data }: Change): void {
    checker(eventKinds[kind].data).parse(data, kind);
  }
  function told<K extends Change['kind']>(kind: K): ChangeOf<K>[] {
    return fake.changes.filter((change) => change.kind === kind) as ChangeOf<K>[];
  }
  const kinds = () => fake.changes.map(({ kind }) => kind.replace('media.', ''));
  const shell = (script: string) => execFileSync('/bin/sh', ['-ec', script], { cwd: place });

  /** Takes the medium away as a person does, and waits for the summary. */
  async function takeAway(): Promise<ChangeOf<'media.session'>> {
    attached = [];
    watcher?.mediaChanged?.();
    return vi.waitFor(() => told('media.session')[0] ?? expect.fail('no summary'), patient);
  }

  it('tells a write at once, and what was found in it', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'media-files' });

    await start();
    writeFileSync(join(images.folder, 'list.csv'), textWith(60));
    shell(`cp ${images.folder}/list.csv .`);
    await vi.waitFor(() => expect(told('identifiers.bulk-reached')).toHaveLength(1), patient);
    expect(kinds()).toEqual(['file-written', 'file-inspected', 'identifiers.bulk-reached']);
    const [{ device, volumes } = expect.fail()] = attached;
    const about = { device, volume: volumes[0], extension: 'csv', sizeBytes: textWith(60).length };
    expect(fake.changes).toMatchObject([
      { data: about, actor: { uid: 0, user: 'root' } },
      { data: { ...about, inspection: { band: '50-99' }, isBulk: true, authorisation: 'unknown' } },
      { data: { scope: 'file', band: '50-99', place: 'removable', device } },
    ]);
    expect(JSON.stringify(fake.changes)).not.toMatch(/list\.csv|person-/);
  });

  it('gives names where the profile wants them', async () => {
    fake.policyInForce = { documents: { fileNames: 'names' } } as typeof fake.policyInForce;
    await start();
    shell('echo text > list.csv');
    await vi.waitFor(() => expect(told('media.file-written')).toMatchObject([{ data: { name: 'list.csv' } }]), patient);
  });

  it('follows renames and deletions, and counts a file put down under another name once', async () => {
    await start();
    shell('echo text > .draft.tmp; mv .draft.tmp final.txt');
    await vi.waitFor(() => expect(told('media.file-inspected')).toHaveLength(1), patient);
    shell('mv final.txt other.txt');
    await vi.waitFor(() => expect(told('media.file-renamed')).toHaveLength(1), patient);
    shell('rm other.txt');
    await vi.waitFor(() => expect(told('media.file-deleted')).toHaveLength(1), patient);
    expect(kinds()).toEqual(['file-written', 'file-inspected', 'file-renamed', 'file-deleted']);
    const [written, , renamed, deleted] = fake.changes as ChangeOf<'media.file-renamed'>[];
    expect(renamed?.data.formerNameHash).toBe(written?.data.nameHash);
    expect(deleted?.data.nameHash).toBe(renamed?.data.nameHash);
  });

  it('does not take opening a file for writing it', async () => {
    await start();
    shell('echo more > new.txt');
    await vi.waitFor(() => expect(told('media.file-inspected')).toHaveLength(1), patient);
    shell('exec 3<>new.txt; exec 3>&-');
    shell('echo end > end.txt');
    await vi.waitFor(() => expect(told('media.file-inspected')).toHaveLength(2), patient);
    expect(told('media.file-written')).toHaveLength(2);
  });

  it('sums up when the medium is gone', async () => {
    await start();
    writeFileSync(join(images.folder, 'a.csv'), textWith(12));
    shell(`cp ${images.folder}/a.csv .; echo encrypted > b.zip; echo x > c.txt; mkdir d; mv c.txt d`);
    await vi.waitFor(() => expect(told('media.file-inspected')).toHaveLength(3), patient);
    shell('rm b.zip');
    await vi.waitFor(() => expect(told('media.file-deleted')).toHaveLength(1), patient);
    unmount();
    const { data } = await takeAway();
    expect(data).toMatchObject({
      written: 3,
      deleted: 1,
      bytes: textWith(12).length + 10 + 2,
      bands: { none: 1, '10-49': 1 },
      notInspected: 1,
      isWhole: true,
    });
    expect(fake.memory).toEqual([]);
  });

  it('says of a file that was not read before the medium went that it was not', async () => {
    await start();
    inspector.hold();
    shell('echo text > late.txt');
    await vi.waitFor(() => expect(inspector.looked).toEqual(['late.txt']), patient);
    expect(told('media.file-written')).toHaveLength(1);
    unmount();
    rmSync(place, { recursive: true });
    attached = [];
    watcher?.mediaChanged?.();
    await watcher?.check();
    inspector.release();
    await vi.waitFor(() => expect(told('media.session')).toHaveLength(1), patient);
    mkdirSync(place);
    // The fake read it before; the real one reads late, and then finds nothing.
    expect(kinds().slice(0, 1)).toEqual(['file-written']);
    expect(told('media.file-not-inspected').map(({ data }) => data.because)).toEqual(['medium-gone']);
    expect(told('media.session')[0]?.data).toMatchObject({ written: 1, notInspected: 1 });
  });

  it('told before a crash and not read is read after it; what was written meanwhile is found', async () => {
    const first = await start();
    inspector.hold();
    shell('echo one > one.txt');
    await vi.waitFor(() => expect(told('media.file-written')).toHaveLength(1), patient);
    await vi.waitFor(() => expect(fake.memory).toMatchObject([{ written: 1 }]), patient);
    const asOnDisk = fake.memory;
    await first.stop();
    shell('echo two > two.txt');
    inspector.release();
    fake.changes.splice(0);
    fake.memory = asOnDisk;
    inspector = fakeInspector();
    await start();
    await vi.waitFor(() => expect(told('media.file-inspected').length).toBeGreaterThanOrEqual(2), patient);
    expect(told('media.file-written')).toMatchObject([{ data: { foundByRescan: true } }]);
    await vi.waitFor(() => {
      expect(looking.backlog().files).toBe(0);
      unmount();
    }, patient);
    expect((await takeAway()).data).toMatchObject({ written: 2, isWhole: false });
  });

  it('sums up at the next start what was gone by then', async () => {
    const first = await start();
    shell('echo one > one.txt');
    await vi.waitFor(() => expect(told('media.file-inspected')).toHaveLength(1), patient);
    await first.stop();
    attached = [];
    await start();
    await vi.waitFor(
      () => expect(told('media.session')).toMatchObject([{ data: { written: 1, isWhole: false } }]),
      patient,
    );
  });

  it('watches a medium that comes later, and keeps none from being unmounted', async () => {
    const [stick] = attached;
    attached = [];
    await start();
    shell('echo before > before.txt');
    if (stick) attached = [stick];
    watcher?.mediaChanged?.();
    shell('echo after > after.txt');
    await vi.waitFor(() => expect(told('media.file-inspected')).toHaveLength(2), patient);
    unmount();
    expect(existsSync(place)).toBe(true);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(place);
  });

  it('says in its coverage what cannot be watched', async () => {
    const one = await start();
    expect(one.coverage()).toMatchObject([{ state: 'watching', how: 'fanotify on 1 medium' }]);
  });
});
