import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { PortcullisError } from '#shared/errors.ts';
import { identifierSettings } from '#shared/policy/identifiers.ts';
import { type Inspections, inspections } from '../../../../agent/identifiers/inspections.ts';
import { openSeen } from '../../../../agent/identifiers/seen.ts';
import { type LinuxSaveOptions, watchDocumentSavesOnLinux } from '../../../../agent/watchers/document-saves/linux.ts';
import type { Change, Watcher } from '../../../../agent/watchers/watcher.ts';
import { fakeInspector, textWith } from '../../../fakes/inspector.ts';
import { imageFolder, noLoopDevices, run } from '../../../fakes/loop-device.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const nameKey = Buffer.alloc(32, 3);
const quick = {
  quietMilliseconds: 100,
  togetherMilliseconds: 1,
  longestMilliseconds: 2000,
  longestUnfinishedMilliseconds: 5000,
  most: 10_000,
};
const isRoot = process.getuid?.() === 0;
const someone = 1234;

let fake: FakeContext;
let watcher: Watcher | undefined;
let undo: (() => void)[];

beforeEach(() => {
  fake = fakeContext();
  undo = [];
});
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
  for (const step of undo.toReversed()) step();
});

async function start(options: LinuxSaveOptions, looking?: Inspections): Promise<Watcher> {
  const context = { ...fake, clock: systemClock, ...(looking && { inspections: looking }) };
  watcher = watchDocumentSavesOnLinux({ nameKey, pending: quick, passwd: '/nonexistent', ...options })(context);
  await watcher.start();
  return watcher;
}

function saves(): Extract<Change, { kind: 'document.saved' }>[] {
  return fake.changes.filter((change) => change.kind === 'document.saved');
}
function extensions(): string[] {
  return saves()
    .map(({ data }) => data.extension)
    .sort();
}

/** Waits until exactly these were told, and a last marker after them, so that nothing more is on its way. */
async function expectSaves(home: string, expected: string[]): Promise<void> {
  writeAs(someone, join(home, 'Documents'), 'echo end > end.rtf');
  await vi.waitFor(() => expect(extensions()).toEqual([...expected, 'rtf'].sort()), 30_000);
}

/** Runs shell commands in a folder, as a user if this process may, and waits without standing still. */
function shell(uid: number, folder: string, script: string, input: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
  const user = isRoot ? { uid, gid: uid } : {};
  return spawn('/bin/sh', ['-ec', script], { cwd: folder, stdio: [input, 'inherit', 'inherit'], ...user });
}
function writeAs(uid: number, folder: string, script: string): void {
  execFileSync('/bin/sh', ['-ec', script], { cwd: folder, ...(isRoot ? { uid, gid: uid } : {}) });
}
async function work(uid: number, folder: string, script: string): Promise<void> {
  const [status] = await once(shell(uid, folder, script), 'exit');
  expect(status).toBe(0);
}

function makeHome(parent: string, name = 'anna'): string {
  const home = join(parent, name);
  for (const folder of ['', 'Desktop', 'Documents', '.cache']) {
    mkdirSync(join(home, folder), { recursive: true });
    if (isRoot) chownSync(join(home, folder), someone, someone);
  }
  return home;
}

/** A file system of its own, so that nothing else on this computer is seen. */
function ownFilesystem(): { place: string; device: string } {
  const images = imageFolder();
  undo.push(() => images[Symbol.dispose]());
  const image = images.image('disk.img', 64 * 1024 * 1024);
  run('mkfs.ext4', '-q', '-N', '40000', image);
  const { device } = images.attach(image);
  const { place } = images.mount(device);
  chmodSync(images.folder, 0o755);
  return { place, device };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-home-'));
  chmodSync(folder, 0o755);
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const noFanotify = () => Promise.reject(new PortcullisError('EPERM', 'fanotify_init: EPERM'));

describe.skipIf(noLoopDevices !== undefined)(`by fanotify (${noLoopDevices ?? 'as root'})`, () => {
  let home: string;
  let only: LinuxSaveOptions;
  let seeMounts: () => void;
  beforeEach(() => {
    const { place } = ownFilesystem();
    home = makeHome(place);
    const proc = temporaryFolder();
    mkdirSync(join(proc, 'self'));
    // The rest of this computer is in use by others, whose saves are none of these tests' business.
    seeMounts = () => {
      const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
      writeFileSync(join(proc, 'self/mountinfo'), lines.filter((line) => line.includes(place)).join('\n'));
    };
    seeMounts();
    only = { homes: [home], proc, isRemovable: async () => false };
  });

  it('knows a copy of what was opened in a shared place', async () => {
    const { place: share } = ownFilesystem();
    writeFileSync(join(share, 'list.csv'), textWith(12));
    writeFileSync(join(share, 'unread.csv'), textWith(13));
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const mounted = lines.find((line) => line.includes(share)) ?? expect.fail('not mounted');
    // As the server's drive that it stands for.
    const asNetwork = mounted.replace(' - ext4 ', ' - cifs ');
    const mine = lines.filter((line) => line.includes(home.replace('/anna', '')));
    writeFileSync(join(only.proc ?? '', 'self/mountinfo'), [...mine, asNetwork].join('\n'));
    const looking = inspections({
      settings: () => identifierSettings(null),
      makeInspector: fakeInspector,
      seen: openSeen(':memory:', Date.now),
      key: nameKey,
      clock: systemClock,
    });
    undo.push(() => void looking.close());
    const noted = vi.spyOn(looking, 'noteShared');
    await start(only, looking);
    await work(someone, share, 'cat list.csv > /dev/null');
    await vi.waitFor(() => expect(noted).toHaveBeenCalledTimes(1), 30_000);
    await noted.mock.results[0]?.value;
    for (const name of ['list', 'unread']) await work(0, share, `cp ${name}.csv ${home}/Documents/${name}.csv`);
    const inspected = () => fake.changes.filter((change) => change.kind === 'document.inspected');
    await vi.waitFor(() => expect(inspected()).toHaveLength(2), 30_000);
    expect(inspected().find(({ data }) => data.sizeBytes === textWith(12).length)?.data.seenOnShared).toBe('yes');
  });

  it('tells a save once, with its place and who saved', async ({ task }) => {
    proves(
      task,
      { os: 'linux', by: 'the system itself', capability: 'document-saves' },
      { os: 'linux', by: 'the system itself', capability: 'document-saves', area: 'places' },
    );

    await start(only);
    // The program stays until its save was told, as an editor does.
    const script = 'echo one > report.docx; echo two >> report.docx; read line';
    const editor = shell(someone, join(home, 'Desktop'), script, 'pipe');
    await vi.waitFor(() => expect(saves()).toHaveLength(1), 30_000);
    editor.stdin?.end('\n');
    await once(editor, 'exit');
    expect(saves()).toMatchObject([
      { data: { place: 'desktop', extension: 'docx', sizeBytes: 8 }, actor: { uid: someone, process: 'sh' } },
    ]);
  });

  it('tells editors’ ways once, and their helpers never', async () => {
    await start(only);
    const lines = [
      'echo a > .~lock.report.odt#; echo text > lu1.tmp; mv lu1.tmp report.odt; rm .~lock.report.odt#',
      'echo a > 4913; echo old > notes.txt; mv notes.txt notes.txt~; echo new > notes.txt; rm 4913 notes.txt~',
      'echo a > "~$letter.docx"; echo a > "~WRD1.tmp"; mv "~WRD1.tmp" letter.docx; rm "~$letter.docx"',
      'echo a > ../.cache/cached.pdf; echo a > notes.csv~; : > empty.xlsx',
    ];
    await work(someone, join(home, 'Desktop'), lines.join('\n'));
    await expectSaves(home, ['odt', 'txt', 'docx']);
  });

  it('sees what is saved in new and renamed folders', async () => {
    await start(only);
    const lines = [
      'mkdir -p a/b/c; echo x > a/b/c/x.docx; mv a/b a/d; echo y > a/d/c/y.pdf; mkdir z; mv a z/a; echo w > z/a/d/c/w.odt',
    ];
    await work(someone, join(home, 'Desktop'), lines.join('\n'));
    await expectSaves(home, ['docx', 'pdf', 'odt']);
  });

  it('loses no save to folders and files that are renamed the moment after', async () => {
    await start(only);
    const lines = [
      'i=0',
      'while [ $i -lt 100 ]; do i=$((i+1))',
      'mkdir -p $i/a/b; echo $i > $i/a/b/x.docx; mv $i/a/b $i/a/c; mv $i/a/c/x.docx $i/a/c/y.docx; mv $i/a $i/d; mv $i n$i',
      'done',
    ];
    await work(someone, join(home, 'Desktop'), lines.join('\n'));
    await vi.waitFor(() => expect(saves()).toHaveLength(100), 30_000);
    expect(new Set(saves().map(({ data }) => data.nameHash)).size).toBe(100);
  });

  it('does not take a rename for a save, but a move from elsewhere', async () => {
    writeAs(
      someone,
      join(home, 'Desktop'),
      'echo a > old.docx; mkdir case; echo a > case/old.xlsx; echo b > ../.cache/b.pdf',
    );
    await start(only);
    await work(someone, join(home, 'Desktop'), 'mv old.docx new.docx; mv case cases; mv ../.cache/b.pdf .');
    await expectSaves(home, ['pdf']);
  });

  it('sees two thousand saves at once', async () => {
    await start(only);
    await work(someone, join(home, 'Documents'), 'i=0; while [ $i -lt 2000 ]; do echo $i > f$i.docx; i=$((i+1)); done');
    await vi.waitFor(() => expect(saves()).toHaveLength(2000), 30_000);
    expect(new Set(saves().map(({ data }) => data.nameHash)).size).toBe(2000);
  });

  it('finds by a rescan what went by while the kernel’s queue was full', async () => {
    await start(only);
    // This process stands still, so that the queue of 16,384 events runs over; the document comes last.
    const script =
      'import os\nfor i in range(17000): open("f%d.o" % i, "w").close()\nopen("last.docx", "w").write("x")';
    execFileSync('python3', ['-c', script], { cwd: join(home, 'Documents') });
    await vi.waitFor(() => expect(saves()).toHaveLength(1), 30_000);
    expect(saves()[0]?.data).toMatchObject({ extension: 'docx', foundByRescan: true });
  });

  it('reads a name that is not UTF-8', async () => {
    await start(only);
    await work(someone, join(home, 'Documents'), `echo x > "$(printf '\\334bung.doc')"`);
    await expectSaves(home, ['doc']);
  });

  it('passes over the agent’s own writing', async () => {
    await start(only);
    writeFileSync(join(home, 'Documents/own.docx'), 'x');
    await expectSaves(home, []);
  });

  it('keeps no file system from being unmounted, and watches one that comes later', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    undo.push(() => vi.useRealTimers());
    await start(only);
    const later = ownFilesystem();
    run('umount', later.place);
    run('mount', later.device, join(home, 'Documents'));
    seeMounts();
    const unmount = () => run('umount', join(home, 'Documents'));
    undo.push(unmount);
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(5000);
      execFileSync('/bin/sh', ['-c', 'echo x > later.pdf'], { cwd: join(home, 'Documents') });
      expect(extensions()).toContain('pdf');
    }, 60_000);
    unmount();
    undo.pop();
    run('mount', later.device, later.place);
  });

  it('says what it watches, and by what', async () => {
    const coverage = (await start(only)).coverage();
    expect(coverage).toMatchObject([
      { area: 'home folders', state: 'watching', how: 'fanotify on 1 file system', limits: [] },
      { area: 'other local disks' },
    ]);
  });

  it('calls a home on a removable medium what it is', async () => {
    await start({ ...only, isRemovable: async () => true });
    await work(someone, join(home, 'Desktop'), 'echo one > report.docx');
    await watcher?.stop();
    expect(saves()).toEqual([]);
  });
});

describe('by inotify, without the right to fanotify', () => {
  let home: string;
  beforeEach(() => {
    home = makeHome(temporaryFolder());
  });

  it('tells a save once, by the owner of the file', async () => {
    await start({ homes: [home], fanotify: noFanotify });
    await work(someone, join(home, 'Desktop'), 'echo one > report.docx; echo two >> report.docx');
    await vi.waitFor(() => expect(saves()).toHaveLength(1), 30_000);
    expect(saves()).toMatchObject([
      { data: { place: 'desktop', sizeBytes: 8 }, actor: { uid: isRoot ? someone : process.getuid?.() } },
    ]);
  });

  it('tells a rename into place once, and helpers never', async () => {
    await start({ homes: [home], fanotify: noFanotify });
    const script =
      'echo a > .~lock.a.odt#; echo t > lu1.tmp; mv lu1.tmp a.odt; echo a > n.txt~; echo c > ../.cache/c.pdf';
    await work(someone, join(home, 'Desktop'), script);
    await expectSaves(home, ['odt']);
  });

  it('sees what is saved in folders as they come, move and go', async () => {
    await start({ homes: [home], fanotify: noFanotify });
    await work(someone, join(home, 'Desktop'), 'mkdir -p a/b/c; echo x > a/b/c/x.docx');
    await vi.waitFor(() => expect(extensions()).toEqual(['docx']), 30_000);
    await work(someone, join(home, 'Desktop'), 'mv a z; rm -r z/b/c; mkdir z/b/c; echo y > z/b/c/y.pdf');
    await expectSaves(home, ['docx', 'pdf']);
  });

  it('sees two thousand saves at once', async () => {
    await start({ homes: [home], fanotify: noFanotify });
    await work(someone, join(home, 'Documents'), 'i=0; while [ $i -lt 2000 ]; do echo $i > f$i.docx; i=$((i+1)); done');
    await vi.waitFor(() => expect(saves()).toHaveLength(2000), 30_000);
  });

  it('does not take a change of rights for a save', async () => {
    writeAs(someone, join(home, 'Desktop'), 'echo a > old.docx; touch -d 2001-01-01 old.docx');
    const earlier = { ...systemClock, now: () => Date.now() + 60_000 };
    watcher = watchDocumentSavesOnLinux({ nameKey, pending: quick, homes: [home], fanotify: noFanotify })({
      ...fake,
      clock: earlier,
    });
    await watcher.start();
    await work(someone, join(home, 'Desktop'), 'chmod 600 old.docx');
    await watcher.stop();
    expect(saves()).toEqual([]);
  });

  it('says why, and what escapes it', async () => {
    expect((await start({ homes: [home], fanotify: noFanotify })).coverage()).toMatchObject([
      {
        area: 'home folders',
        state: 'degraded',
        how: 'inotify on 3 folders',
        limits: expect.arrayContaining(['The agent does not run as root.']),
      },
      { area: 'other local disks', state: 'unsupported', limits: ['The agent does not run as root.'] },
    ]);
  });

  it.skipIf(!isRoot)(
    'works for a user without rights, and says that it is one (needs root to become one)',
    async () => {
      const linux = new URL('../../../../agent/watchers/document-saves/linux.ts', import.meta.url);
      const script = `
      const { watchDocumentSavesOnLinux } = await import(${JSON.stringify(linux.href)});
      const clock = { now: () => Date.now(), monotonic: () => performance.now() };
      const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
      const log = { error() {} };
      const context = { clock, log, policy: () => null, recall: () => undefined, coverageChanged() {} };
      const record = (changes) => changes.forEach(say);
      const options = { nameKey: Buffer.alloc(32), homes: [${JSON.stringify(home)}] };
      const watcher = watchDocumentSavesOnLinux(options)({ ...context, record });
      await watcher.start();
      say(watcher.coverage());
      process.stdin.once('data', () => watcher.stop()).unref();
    `;
      const agent = spawn(process.execPath, ['--input-type=module', '-e', script], {
        ...{ uid: someone, gid: someone, cwd: home, stdio: ['pipe', 'pipe', 'inherit'] },
      });
      undo.push(() => agent.kill());
      let said = '';
      agent.stdout?.on('data', (chunk) => {
        said += chunk;
      });
      await vi.waitFor(() => expect(said).toContain('The agent does not run as root.'), 30_000);
      await work(someone, join(home, 'Desktop'), 'echo one > report.docx');
      await vi.waitFor(() => expect(said).toContain('"document.saved"'), 30_000);
      agent.stdin?.end('stop');
      // Nothing it started keeps the process alive.
      expect(await once(agent, 'exit')).toEqual([0, null]);
    },
  );

  it('says so when there is no home to watch', async () => {
    renameSync(home, `${home}-gone`);
    expect((await start({ homes: [home], fanotify: noFanotify })).coverage()[0]).toMatchObject({ state: 'failed' });
  });
});
