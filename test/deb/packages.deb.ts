import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyStore } from '../../collector/store/verify.ts';
import { collectorDeb } from '../../installers/collector/collector-deb.ts';
import { agentDeb } from '../../installers/linux/agent-deb.ts';
import { buildDeb } from '../../installers/linux/deb.ts';
import { buildAgentTar } from '../../installers/linux/tar.ts';
import { freePort } from '../fakes/free-port.ts';
import { realCollector } from '../fakes/real-collector.ts';
import { proves } from '../support/proofs.ts';
import { type Chroot, debianChroot, ended, handIn, whyNoChroot } from './chroot.ts';

const why = whyNoChroot();
const dist = mkdtempSync(join(tmpdir(), 'portcullis-debs-'));
const building = { folder: dist, moment: 1_767_225_600, quick: true };
afterAll(() => rmSync(dist, { recursive: true, force: true }));

const install = (chroot: Chroot, file: string) => chroot.run('dpkg', '--install', handIn(chroot, file));
const agentInside = ['/usr/bin/portcullis-agent', 'run'];

describe.skipIf(why)(`the agent's package${why ? ` (skipped: ${why})` : ''}`, () => {
  let first = '';
  let second = '';
  beforeAll(async () => {
    first = await buildDeb(agentDeb('1.0.0'), building);
    second = await buildDeb(agentDeb('1.1.0'), building);
  });

  it('installs, enrols, reports, is upgraded while events come without a loss, and is purged without a trace', async ({
    task,
  }) => {
    const proof = { os: 'linux', by: 'the system itself', capability: 'packages' } as const;
    proves(
      task,
      { ...proof, area: 'silent installation' },
      { ...proof, area: 'upgrade' },
      { ...proof, area: 'removal' },
    );
    proves(task, { os: 'linux', by: 'the system itself', capability: 'enrolment and reporting' });
    await using collector = await realCollector();
    await using chroot = debianChroot();
    const before = chroot.files();
    await install(chroot, first);
    await chroot.run('portcullis-agent', 'enrol', '--collector', collector.url, '--code', await collector.code());
    const { store } = collector.context;
    const events = (kind: string) =>
      store
        .selectFrom('events')
        .select('seq')
        .where('kind', '=', kind as never)
        .execute();

    let agent = chroot.start(agentInside);
    await expect.poll(() => events('agent.started')).toHaveLength(1);
    const status = await chroot.run('portcullis-agent', 'coverage', '--json');
    expect(JSON.parse(status)).not.toHaveLength(0);

    const made = softwareComes(chroot);
    await expect.poll(async () => (await events('software.installed')).length).toBeGreaterThan(0);
    await ended(agent, 'SIGTERM');
    await install(chroot, second);
    agent = chroot.start(agentInside);
    await expect.poll(() => events('agent.started')).toHaveLength(2);
    const expected = made.stop();
    const invented = async () => {
      const rows = await store.selectFrom('events').select('line').where('kind', '=', 'software.installed').execute();
      return new Set(rows.flatMap(({ line }) => /invented-\d+/.exec(line ?? '')?.[0] ?? [])).size;
    };
    await expect.poll(invented).toBe(expected);

    await ended(agent, 'SIGTERM');
    const computers = await store
      .selectFrom('computers')
      .select(['agent_version'])
      .where('state', '=', 'active')
      .execute();
    expect(computers).toEqual([{ agent_version: '1.1.0' }]);
    expect((await verifyStore(store, undefined, () => undefined)).holds).toBe(true);
    await chroot.run('dpkg', '--purge', 'portcullis-agent');
    expect(chroot.files().filter((file) => !before.includes(file))).toEqual([]);
  });

  it('holds one addon of a kind, no source and no types', () => {
    const names = execFileSync('dpkg-deb', ['--contents', first], { encoding: 'utf8' });
    const addons = [...names.matchAll(/[\w.-]+\.node$/gm)].map(([name]) => name);
    expect(addons.sort()).toEqual(['koffi.node', 'linux-x64.node', 'usb.linux-x64-gnu.node']);
    expect(names).not.toMatch(/\.(ts|map|cc|hh)$/m);
    expect(names).toContain('reflex-thread.linux.js');
  });

  it('is the same bytes when it is made again', async () => {
    const bytes = readFileSync(first);
    const again = readFileSync(await buildDeb(agentDeb('1.0.0'), building));
    expect(again.equals(bytes)).toBe(true);
  });

  it('is the same bytes as an archive, too', async () => {
    const tar = async () => readFileSync(await buildAgentTar('1.0.0', building));
    expect((await tar()).equals(await tar())).toBe(true);
  });
});

/** Adds a package to dpkg's own list, one after the other, as if somebody installed software all the time. */
function softwareComes({ path }: Chroot): { stop(): number } {
  const file = join(path, 'var/lib/dpkg/status');
  let made = 0;
  const timer = setInterval(() => {
    made += 1;
    const entry = `\nPackage: invented-${made}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: invented\n`;
    // dpkg writes this file too, by renaming; an entry that it overwrites was never there for it.
    writeFileSync(file, readFileSync(file, 'utf8') + entry);
  }, 250);
  return {
    stop() {
      clearInterval(timer);
      return new Set(readFileSync(file, 'utf8').match(/invented-\d+/g)).size;
    },
  };
}

describe.skipIf(why)(`the collector's package${why ? ` (skipped: ${why})` : ''}`, () => {
  it('installs with one command, runs as an account of its own, survives an upgrade, and is purged without a trace', async () => {
    const first = await buildDeb(collectorDeb('1.0.0'), building);
    const second = await buildDeb(collectorDeb('1.1.0'), building);
    await using chroot = debianChroot();
    const before = chroot.files();
    await install(chroot, first);
    const settings = readFileSync(join(chroot.path, 'var/lib/portcullis/collector/settings.json'), 'utf8');
    expect(JSON.parse(settings)).toMatchObject({ organisation: 'focus', profile: 'focus' });
    const key = readFileSync(join(chroot.path, 'var/lib/portcullis/collector/policy-key.pem'));

    const port = await freePort();
    const serve = [
      '/usr/bin/env',
      `PORTCULLIS_PORT=${port}`,
      '/usr/bin/portcullis-collector',
      'serve',
      '--host',
      '127.0.0.1',
    ];
    const collector = chroot.start(serve);
    await expect.poll(() => answers(port)).toBe(200);
    expect(await ownerOf(chroot, '/var/lib/portcullis/collector/store.sqlite')).toBe('portcullis');
    await ended(collector, 'SIGTERM');
    await install(chroot, second);
    expect(readFileSync(join(chroot.path, 'var/lib/portcullis/collector/policy-key.pem')).equals(key)).toBe(true);
    expect(await chroot.run('portcullis-collector', 'verify')).toContain('Every chain holds');
    // They run in threads and read files of their own, which a package may lack.
    for (const words of [
      ['report', 'state-of-security', '--out', '/tmp/report.pdf'],
      ['backup', '/tmp/backup'],
    ])
      await chroot.run('portcullis-collector', ...words);
    expect(readFileSync(join(chroot.path, 'tmp/report.pdf'), 'latin1')).toMatch(/^%PDF-1\.7/);

    await chroot.run('dpkg', '--purge', 'portcullis-collector');
    // What adduser keeps of its own lists before it changed them.
    const backups = ['./etc/gshadow-', './etc/shadow-'];
    const left = chroot.files().filter((file) => !before.includes(file) && !backups.includes(file));
    expect(left).toEqual([]);
    expect(existsSync(join(chroot.path, 'var/lib/portcullis'))).toBe(false);
    expect(readFileSync(join(chroot.path, 'etc/passwd'), 'utf8')).not.toContain('portcullis');
  });
});

async function ownerOf(chroot: Chroot, path: string): Promise<string> {
  return (await chroot.run('stat', '-c', '%U', path)).trim();
}

async function answers(port: number): Promise<number | undefined> {
  const asked = request({ port, path: '/healthz', rejectUnauthorized: false }).end();
  try {
    const [response] = await once(asked, 'response');
    response.resume();
    return response.statusCode;
  } catch {
    return undefined;
  }
}
