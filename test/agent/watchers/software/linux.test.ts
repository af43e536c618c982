import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Coverage } from '#shared/events/agent.ts';
import { eventKinds } from '#shared/events/kinds.ts';
import { checker } from '#shared/schema.ts';
import { type SoftwareRoots, watchSoftwareOnLinux } from '../../../../agent/watchers/software/linux.ts';
import type { Watcher, WatcherContext } from '../../../../agent/watchers/watcher.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';
import { type Debian, temporaryDebian } from './debian.ts';

const hasDpkg = existsSync('/usr/bin/dpkg-deb');
const needsDpkg = hasDpkg ? '' : ' (needs dpkg)';
const soon = { timeout: 30_000, interval: 20 };
const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const watcher of open.splice(0)) await watcher.stop();
});

/** A watcher that sees nothing but the given folder, in the layout of Linux. */
async function watching(folder: string, context: WatcherContext, roots: Partial<SoftwareRoots> = {}): Promise<Watcher> {
  const passwd = join(folder, 'passwd');
  if (!existsSync(passwd)) await writeFile(passwd, '');
  const watcher = watchSoftwareOnLinux({
    dpkg: join(folder, 'admin'),
    rpm: [join(folder, 'rpm')],
    rpmTool: join(folder, 'rpm-tool'),
    snapMounts: [join(folder, 'snap')],
    snapStore: join(folder, 'snaps'),
    flatpak: join(folder, 'flatpak'),
    passwd,
    home: join(folder, 'home'),
    ...roots,
  })(context);
  open.push(watcher);
  await watcher.start();
  return watcher;
}

/** What was told, shortly, without the baselines. */
function told({ changes }: FakeContext): string[] {
  return changes.flatMap(({ kind, data }) => {
    if (kind === 'software.updated')
      return [`${kind} ${data.software.name} ${data.previousVersion} ${data.software.version}`];
    if (kind === 'software.installed' || kind === 'software.removed')
      return [`${kind} ${data.software.name} ${data.software.version}`];
    return [];
  });
}

function coverage(watcher: Watcher, area: string) {
  return watcher.coverage().find((each) => each.area === area);
}

describe(`dpkg at work${needsDpkg}`, () => {
  async function withDebian(test: (debian: Debian, context: FakeContext) => Promise<void>): Promise<void> {
    await using debian = await temporaryDebian();
    await test(debian, fakeContext());
    // The folder goes after the watchers, whose looks would otherwise find it missing.
    for (const watcher of open.splice(0)) await watcher.stop();
  }

  it.skipIf(!hasDpkg)('shows an installation, an update and a removal within five seconds and once each', () =>
    withDebian(async (debian, context) => {
      const first = await debian.build('portcullis-hello', '1.0');
      const second = await debian.build('portcullis-hello', '2.0');
      await watching(debian.folder, context);
      await debian.dpkg('--install', first);
      await vi.waitFor(() => expect(told(context)).toHaveLength(1), soon);
      await debian.dpkg('--install', second);
      await vi.waitFor(() => expect(told(context)).toHaveLength(2), soon);
      await debian.dpkg('--purge', 'portcullis-hello');
      await vi.waitFor(() => expect(told(context)).toHaveLength(3), soon);
      expect(told(context)).toEqual([
        'software.installed portcullis-hello 1.0',
        'software.updated portcullis-hello 1.0 2.0',
        'software.removed portcullis-hello 2.0',
      ]);
    }),
  );

  it.skipIf(!hasDpkg)('is told at the next start when it happened while the agent was down, and then no more', () =>
    withDebian(async (debian, context) => {
      const file = await debian.build('portcullis-hello', '1.0');
      await (await watching(debian.folder, context)).stop();
      await debian.dpkg('--install', file);
      await (await watching(debian.folder, context)).stop();
      await watching(debian.folder, context);
      expect(told(context)).toEqual(['software.installed portcullis-hello 1.0']);
    }),
  );

  it.skipIf(!hasDpkg)(
    'a package that is unpacked only is not told while dpkg is at work, and no update reads as a removal',
    () =>
      withDebian(async (debian, context) => {
        const proc = join(debian.folder, 'proc');
        await mkdir(join(proc, 'self'), { recursive: true });
        await writeFile(join(proc, 'self/mountinfo'), '');
        await writeFile(join(proc, 'locks'), '');
        await debian.dpkg('--install', await debian.build('portcullis-hello', '1.0'));
        const watcher = await watching(debian.folder, context, { proc });
        const { ino } = await stat(join(debian.database, 'lock-frontend'));
        await writeFile(join(proc, 'locks'), `1: POSIX  ADVISORY  WRITE 99 fe:00:${ino} 0 EOF\n`);
        await debian.dpkg(
          '--unpack',
          await debian.build('portcullis-hello', '2.0'),
          await debian.build('portcullis-new', '1.0'),
        );
        await watcher.check();
        expect(told(context)).toEqual([]);
        expect(coverage(watcher, 'dpkg')?.state).toBe('watching');
        await debian.dpkg('--configure', '--pending');
        await writeFile(join(proc, 'locks'), '');
        await vi.waitFor(() => expect(told(context)).toHaveLength(2), soon);
        expect(told(context).sort()).toEqual([
          'software.installed portcullis-new 1.0',
          'software.updated portcullis-hello 1.0 2.0',
        ]);
      }),
  );

  it.skipIf(!hasDpkg)('a package whose installation failed half-way is told once dpkg has given up', () =>
    withDebian(async (debian, context) => {
      const file = await debian.build('portcullis-bad', '1.0', 'exit 1');
      await watching(debian.folder, context);
      await expect(debian.dpkg('--install', file)).rejects.toThrow();
      await vi.waitFor(() => expect(told(context)).toEqual(['software.installed portcullis-bad 1.0']), soon);
    }),
  );

  it.skipIf(!hasDpkg)('a database that cannot be read removes nothing, is shown as failed and mends', () =>
    withDebian(async (debian, context) => {
      await debian.dpkg('--install', await debian.build('portcullis-hello', '1.0'));
      const watcher = await watching(debian.folder, context);
      const status = join(debian.database, 'status');
      await rename(status, `${status}-away`);
      await watcher.check();
      expect(coverage(watcher, 'dpkg')?.state).toBe('failed');
      await mkdir(status);
      await watcher.check();
      expect(coverage(watcher, 'dpkg')?.state).toBe('failed');
      await rm(status, { recursive: true });
      await rename(`${status}-away`, status);
      await watcher.check();
      expect(coverage(watcher, 'dpkg')?.state).toBe('watching');
      expect(told(context)).toEqual([]);
      expect(context.coverageChanges).toBeGreaterThanOrEqual(3);
    }),
  );

  it.skipIf(!hasDpkg)('what the disk did not take is told at the next look', () =>
    withDebian(async (debian, context) => {
      const watcher = await watching(debian.folder, context);
      const record = vi.spyOn(context, 'record').mockImplementation(() => {
        throw new Error('disk full');
      });
      await debian.dpkg('--install', await debian.build('portcullis-hello', '1.0'));
      await vi.waitFor(() => expect(record).toHaveBeenCalled(), soon);
      record.mockRestore();
      await watcher.check();
      expect(told(context)).toEqual(['software.installed portcullis-hello 1.0']);
    }),
  );
});

describe('this computer', () => {
  const isDebian = existsSync('/var/lib/dpkg/status');

  it.skipIf(!isDebian)(`is listed as dpkg itself lists it${isDebian ? '' : ' (needs dpkg)'}`, async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'software', area: 'installed programs' });

    const context = fakeContext();
    const watcher = watchSoftwareOnLinux()(context);
    open.push(watcher);
    await watcher.start();
    const listed = context.changes.flatMap((change) =>
      change.kind === 'software.listed' && change.data.source === 'dpkg' ? change.data.software : [],
    );
    const fields = ['db:Status-Status', 'Package', 'Version', 'Architecture'].map((name) => `\${${name}}`);
    const expected = execFileSync('/usr/bin/dpkg-query', ['--show', `--showformat=${fields.join(' ')}\\n`], {
      encoding: 'utf8',
    });
    expect(
      listed.map(({ name, version, architecture }) => `installed ${name} ${version} ${architecture}`).sort(),
    ).toEqual(
      expected
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('installed '))
        .sort(),
    );
  });

  it('gives events and coverage that fit their schemas', async () => {
    const context = fakeContext();
    const watcher = watchSoftwareOnLinux()(context);
    open.push(watcher);
    await watcher.start();
    const listed = checker(eventKinds['software.listed'].data);
    for (const { data } of context.changes) listed.parse(data, 'software.listed');
    const line = checker(Coverage);
    for (const each of watcher.coverage()) line.parse(each, 'coverage');
  });
});

describe('other sources', () => {
  async function inFolder(test: (folder: string, context: FakeContext) => Promise<void>): Promise<void> {
    await using debian = await temporaryDebian();
    await rm(debian.database, { recursive: true });
    await test(debian.folder, fakeContext());
    for (const watcher of open.splice(0)) await watcher.stop();
  }

  it('are said to be missing where they are, and are heard of when they come', () =>
    inFolder(async (folder, context) => {
      const watcher = await watching(folder, context);
      expect(watcher.coverage().map(({ area, state }) => `${area}: ${state}`)).toEqual([
        'dpkg: unsupported',
        'rpm: unsupported',
        'snap: unsupported',
        'flatpak: unsupported',
        'executables in user folders: degraded',
      ]);
      await addSnap(folder, 'firefox', '100', '132.0-1');
      await watcher.check();
      expect(coverage(watcher, 'snap')?.state).toBe('watching');
      expect(told(context)).toEqual(['software.installed firefox 132.0-1']);
    }));

  it('rpm is asked only after its database changed, and its failure removes nothing', () =>
    inFolder(async (folder, context) => {
      await mkdir(join(folder, 'rpm'));
      await writeFile(join(folder, 'rpm/rpmdb.sqlite'), 'one');
      const tool = join(folder, 'rpm-tool');
      await writeFile(tool, `#!/bin/sh\necho asked >> ${folder}/asked\nprintf 'hello\\t1-1\\tnoarch\\tExample\\n'\n`);
      await chmod(tool, 0o755);
      const watcher = await watching(folder, context);
      await watcher.check();
      await watcher.check();
      expect((await stat(join(folder, 'asked'))).size).toBe('asked\n'.length);
      await writeFile(tool, '#!/bin/sh\nexit 1\n');
      await writeFile(join(folder, 'rpm/rpmdb.sqlite'), 'three');
      await watcher.check();
      expect(coverage(watcher, 'rpm')?.state).toBe('failed');
      await writeFile(tool, `#!/bin/sh\nprintf 'hello\\t1-2\\tnoarch\\tExample\\n'\n`);
      await watcher.check();
      expect(told(context)).toEqual(['software.updated hello 1-1 1-2']);
    }));

  it('a snap whose revision changes is an update', ({ task }) => {
    proves(task, { os: 'linux', by: 'fixtures', capability: 'software', area: 'store packages' });
    return inFolder(async (folder, context) => {
      await mkdir(join(folder, 'snaps'));
      await addSnap(folder, 'firefox', '100', '132.0-1');
      await watching(folder, context);
      await addSnap(folder, 'firefox', '101', '133.0-1');
      await writeFile(join(folder, 'snaps/firefox_101.snap'), '');
      await vi.waitFor(() => expect(told(context)).toEqual(['software.updated firefox 132.0-1 133.0-1']), soon);
    });
  });

  it('flatpaks of the computer and of a user are listed', () =>
    inFolder(async (folder, context) => {
      await addFlatpak(join(folder, 'flatpak'), 'org.example.Editor', '4.2.1');
      await addFlatpak(join(folder, 'home/pat/.local/share/flatpak'), 'org.example.Game', undefined);
      await watching(folder, context);
      const listed = context.changes.flatMap(({ data }) =>
        'part' in data && data.source === 'flatpak' ? data.software : [],
      );
      expect(listed).toEqual([
        { source: 'flatpak', name: 'org.example.Editor', version: '4.2.1', architecture: 'x86_64' },
        { source: 'flatpak', name: 'org.example.Game', version: 'branch stable', architecture: 'x86_64' },
      ]);
    }));

  it('programs in homes are found, but no links, libraries, scripts, deep or passed-over folders', () =>
    inFolder(async (folder, context) => {
      const home = join(folder, 'home/pat');
      for (const name of ['Downloads/a/b/c', 'bin', 'Documents/node_modules', '.secret'])
        await mkdir(join(home, name), { recursive: true });
      await addProgram(join(home, 'Downloads/Editor-1.2.3-x86_64.AppImage'), true);
      await addProgram(join(home, 'Downloads/a/tool'));
      await addProgram(join(home, 'Downloads/a/b/c/too-deep'));
      await addProgram(join(home, 'Documents/node_modules/passed-over'));
      await addProgram(join(home, '.secret/elsewhere'));
      await addProgram(join(home, 'bin/library.so.1'));
      await addProgram(join(home, 'Downloads/not-executable'), false, 0o644);
      await writeFile(join(home, 'bin/script'), `#!/bin/sh\n${'#'.repeat(100)}\n`, { mode: 0o755 });
      await symlink(join(home, '.secret/elsewhere'), join(home, 'bin/link'));
      await symlink(join(home, '.secret'), join(home, 'Desktop'));
      const watcher = await watching(folder, context);
      const listed = context.changes.flatMap(({ data }) => ('part' in data ? data.software : []));
      expect(listed.map(({ source, name, version }) => `${source} ${name} ${version}`)).toEqual([
        'appimage Editor 1.2.3',
        'executable tool ',
      ]);
      context.clock.time += 60_000;
      await rm(join(home, 'Downloads/a/tool'));
      await watcher.check();
      expect(told(context)).toEqual(['software.removed tool ']);
    }));

  it('homes are not scanned more than once a minute', () =>
    inFolder(async (folder, context) => {
      await mkdir(join(folder, 'home/pat/bin'), { recursive: true });
      const watcher = await watching(folder, context);
      await addProgram(join(folder, 'home/pat/bin/tool'));
      await watcher.check();
      expect(told(context)).toEqual([]);
      context.clock.time += 60_000;
      await watcher.check();
      expect(told(context)).toEqual(['software.installed tool ']);
    }));
});

async function addSnap(folder: string, name: string, revision: string, version: string): Promise<void> {
  const snap = join(folder, 'snap', name);
  await mkdir(join(snap, revision, 'meta'), { recursive: true });
  await writeFile(join(snap, revision, 'meta/snap.yaml'), `name: ${name}\nversion: '${version}'\n`);
  await rm(join(snap, 'current'), { force: true });
  await symlink(revision, join(snap, 'current'));
}

async function addFlatpak(installation: string, id: string, version: string | undefined): Promise<void> {
  const branch = join(installation, 'app', id, 'x86_64/stable');
  await mkdir(join(branch, 'c0ffee/files/share/metainfo'), { recursive: true });
  await symlink('c0ffee', join(branch, 'active'));
  await symlink('x86_64/stable', join(installation, 'app', id, 'current'));
  if (version)
    await writeFile(join(branch, `active/files/share/metainfo/${id}.metainfo.xml`), `<release version="${version}"/>`);
  await writeFile(join(installation, '.changed'), '');
}

async function addProgram(path: string, isAppImage = false, mode = 0o755): Promise<void> {
  const start = Buffer.alloc(100);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(start);
  if (isAppImage) Buffer.from([0x41, 0x49, 2]).copy(start, 8);
  start.writeUInt16LE(2, 16);
  await writeFile(path, start, { mode });
}
