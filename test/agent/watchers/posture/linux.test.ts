import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Coverage } from '#shared/events/agent.ts';
import { eventKinds } from '#shared/events/kinds.ts';
import { checker } from '#shared/schema.ts';
import { type PostureRoots, watchPostureOnLinux } from '../../../../agent/watchers/posture/linux.ts';
import type { Watcher } from '../../../../agent/watchers/watcher.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const isRoot = process.getuid?.() === 0;
let folder: string;
let watcher: Watcher | undefined;
let context: FakeContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-posture-'));
  context = fakeContext();
});
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** A computer of which only the given files exist. */
async function started(files: Record<string, string>, more: Partial<PostureRoots> = {}): Promise<Watcher> {
  await writeFiles({ 'proc/1/comm': 'systemd\n', 'proc/self/mountinfo': '', passwd: '', ...files });
  watcher = watchPostureOnLinux({
    proc: join(folder, 'proc'),
    clamav: join(folder, 'clamav'),
    osRelease: [join(folder, 'os-release')],
    ufw: join(folder, 'ufw.conf'),
    nft: join(folder, 'nft'),
    iptables: join(folder, 'iptables'),
    sessions: [join(folder, 'xsessions')],
    dconf: join(folder, 'dconf'),
    kde: join(folder, 'xdg'),
    passwd: join(folder, 'passwd'),
    home: join(folder, 'home'),
    privileged: true,
    ...more,
  })(context);
  await watcher.start();
  return watcher;
}

async function writeFiles(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text, { mode: 0o755 });
  }
}

function states(): string[] {
  return context.changes.flatMap(({ data }) =>
    'posture' in data ? [`${data.posture.item} ${data.posture.state}`] : [],
  );
}

describe('posture', () => {
  it('of a computer of which nothing is known', async () => {
    await started({});
    expect(states()).toEqual(['antivirus bad', 'screen-lock unknown', 'os-support unknown', 'firewall bad']);
  });

  it('of a computer that is well kept but for its antivirus', async ({ task }) => {
    proves(
      task,
      { os: 'linux', by: 'fixtures', capability: 'posture', area: 'screen lock' },
      { os: 'linux', by: 'fixtures', capability: 'posture', area: 'os support' },
      { os: 'linux', by: 'fixtures', capability: 'posture', area: 'firewall' },
    );

    await started({
      'os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      'ufw.conf': 'ENABLED=yes\n',
      'xsessions/gnome.desktop': '',
      'dconf/profile/user': 'user-db:user\nsystem-db:local\n',
      'dconf/db/local': 'compiled',
      'dconf/db/local.d/00-lock':
        '[org/gnome/desktop/session]\nidle-delay=uint32 600\n[org/gnome/desktop/screensaver]\nlock-enabled=true\n',
      'dconf/db/local.d/locks/lock':
        '/org/gnome/desktop/session/idle-delay\n/org/gnome/desktop/screensaver/lock-enabled\n',
    });
    expect(states()).toEqual(['antivirus bad', 'screen-lock good', 'os-support good', 'firewall good']);
  });

  it.skipIf(!isRoot)(
    `takes ClamAV for running when its service is${isRoot ? '' : ' (needs root)'}`,
    async ({ task }) => {
      proves(task, { os: 'linux', by: 'fixtures', capability: 'posture', area: 'antivirus' });

      const built = Math.floor(context.clock.time / 1000) - 3600;
      await started({
        'proc/20/comm': 'clamd\n',
        'clamav/daily.cvd': `ClamAV-VDB:x:1:1:1:X:X:b:${built}`.padEnd(600),
      });
      expect(states()).toContain('antivirus good');
    },
  );

  it('tells a change once, with the state before', async () => {
    const posture = await started({ 'os-release': 'ID=debian\nVERSION_ID="12"\n' });
    context.changes.length = 0;
    await writeFiles({ 'ufw.conf': 'ENABLED=yes\n' });
    await posture.check();
    await posture.check();
    expect(context.changes.map(({ data }) => data)).toEqual([
      {
        posture: { item: 'firewall', state: 'good', what: 'ufw', because: 'ufw is switched on in its settings.' },
        previous: 'bad',
      },
    ]);
  });

  it('tells the end of support when the day comes', async () => {
    const posture = await started({ 'os-release': 'ID=debian\nVERSION_ID="12"\n' });
    context.changes.length = 0;
    context.clock.time = Date.UTC(2028, 6, 1);
    await posture.check();
    expect(states()).toEqual(['os-support bad']);
  });

  it('does not read settings of dconf that were never compiled', async () => {
    await started({
      'xsessions/gnome.desktop': '',
      'dconf/profile/user': 'user-db:user\nsystem-db:local\n',
      'dconf/db/local.d/00-lock': '[org/gnome/desktop/screensaver]\nlock-enabled=false\n',
      'dconf/db/local.d/locks/lock':
        '/org/gnome/desktop/session/idle-delay\n/org/gnome/desktop/screensaver/lock-enabled\n',
    });
    expect(states()).toContain('screen-lock unknown');
  });

  it('says that antivirus is unknown, not missing, where other processes are hidden', async () => {
    await started({});
    context.changes.length = 0;
    await rm(join(folder, 'proc/1'), { recursive: true });
    await watcher?.check();
    expect(states()).toEqual(['antivirus unknown']);
  });

  it.skipIf(!isRoot)(`does not take a process of a person for a service${isRoot ? '' : ' (needs root)'}`, async () => {
    await writeFiles({ 'proc/30/comm': 'wdavdaemon\n' });
    await chown(join(folder, 'proc/30'), 1000, 1000);
    await started({});
    expect(states()).toContain('antivirus bad');
  });

  it('asks nft and believes what it answers', async () => {
    await started({
      nft: `#!/bin/sh\necho '{"nftables":[{"chain":{"family":"inet","table":"f","name":"i","hook":"input","policy":"drop"}}]}'\n`,
    });
    expect(states()).toContain('firewall good');
  });

  it.each([
    ['is asked where there are rules of the older kind', 'filter\n', 'firewall good'],
    ['is left alone where there are none', '', 'firewall bad'],
  ])('iptables %s', async (_, tables, expected) => {
    await started({
      nft: '#!/bin/sh\necho \'{"nftables":[]}\'\n',
      iptables: '#!/bin/sh\necho "-P INPUT DROP"\n',
      'proc/net/ip_tables_names': tables,
    });
    expect(states()).toContain(expected);
  });

  it('of this computer fits the schemas of events and coverage', async () => {
    watcher = watchPostureOnLinux()(context);
    await watcher.start();
    const changed = checker(eventKinds['posture.changed'].data);
    expect(context.changes).toHaveLength(4);
    for (const { data } of context.changes) changed.parse(data, 'posture.changed');
    const line = checker(Coverage);
    for (const each of watcher.coverage()) line.parse(each, 'coverage');
  });
});
