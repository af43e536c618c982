import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { debianPackage } from '../fakes/debian-package.ts';
import { freePort } from '../fakes/free-port.ts';
import { proves } from '../support/proofs.ts';

/*
 * `npm start` as a user types it, watching this computer for real: files, loop devices and a Debian package. Needs root
 * and Debian's tools; nothing here is simulated.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const missing = ['losetup', 'mkfs.ext4', 'cryptsetup', 'dpkg-deb', 'flock'].filter((tool) => !has(tool));
const isRoot = process.getuid?.() === 0;
const why = !isRoot ? 'needs root' : missing.length > 0 ? `needs ${missing.join(', ')}` : '';

/** Includes starting the command that looks, on a computer that is busy with other tests. */
const withinMilliseconds = 60_000;
const collectorPort = await freePort();

describe.skipIf(why !== '')(`npm start on this computer${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const work = mkdtempSync(join(tmpdir(), 'portcullis-start-'));
  const environment = { ...process.env, PORTCULLIS_HOME: join(work, 'home'), PORTCULLIS_PORT: String(collectorPort) };
  const documents = join('/root', 'Documents', `portcullis-test-${process.pid}`);
  const loops: string[] = [];
  const mounts: string[] = [];
  let program: ChildProcess;
  let said = '';

  const command = (args: string[]) =>
    spawnSync('npm', ['run', '--silent', 'collector', '--', ...args], {
      cwd: root,
      env: environment,
      encoding: 'utf8',
    });
  const events = () => JSON.parse(command(['events', '--json']).stdout) as PortcullisEvent[];
  const alerts = () => JSON.parse(command(['alerts', '--json']).stdout) as { rule: string; count: number }[];

  /** The events that pass, once there are any; fails when none is stored in time. */
  async function stored(matches: (event: PortcullisEvent) => boolean): Promise<PortcullisEvent[]> {
    return vi.waitFor(
      () => {
        const found = events().filter(matches);
        expect(found.length).toBeGreaterThan(0);
        return found;
      },
      { timeout: withinMilliseconds, interval: 300 },
    );
  }

  /** @returns where the agent says it is: the loop device and the number of the disk in it, so that no other test's counts */
  function attach(image: string): { node: string; port: string } {
    const node = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
    loops.push(node);
    const name = node.replace('/dev/', '');
    return { node, port: `${name}:${readFileSync(`/sys/block/${name}/diskseq`, 'utf8').trim()}` };
  }

  beforeAll(async () => {
    mkdirSync(documents, { recursive: true });
    program = spawn('npm', ['start'], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    program.stdout?.on('data', (text) => {
      said += text;
    });
    await vi.waitFor(() => expect(said).toContain('agent.coverage-changed'), { timeout: 100_000, interval: 200 });
  });

  afterAll(async () => {
    for (const place of mounts) spawnSync('umount', [place]);
    for (const device of loops) spawnSync('losetup', ['-d', device]);
    const ended = new Promise((resolve) => program.once('close', resolve));
    program.kill('SIGTERM');
    await ended;
    rmSync(work, { recursive: true, force: true });
    rmSync(documents, { recursive: true, force: true });
  });

  it('prints the address, the first sign-in, what is watched and what cannot be', () => {
    expect(said).toContain(`Console: https://127.0.0.1:${collectorPort}`);
    expect(said).toMatch(/First sign-in, shown this once: admin \/ \S{15,}/);
    expect(said).toMatch(/watched: document-saves/);
    if (!existsSync('/sys/bus/usb')) expect(said).toContain('This computer has no USB bus.');
  });

  it('sees report.docx saved in a home folder, once, with its alert', async ({ task }) => {
    proves(
      task,
      { os: 'linux', by: 'the system itself', capability: 'enrolment and reporting' },
      { os: 'linux', by: 'the system itself', capability: 'document-saves' },
    );

    proves(
      task,
      { os: 'linux', by: 'the system itself', capability: 'enrolment and reporting' },
      { os: 'linux', by: 'the system itself', capability: 'document-saves' },
    );

    writeFileSync(join(documents, 'report.docx'), 'a document');
    const saves = await stored(
      (event) => event.kind === 'document.saved' && event.data.place === 'documents' && event.data.sizeBytes === 10,
    );
    expect(saves).toHaveLength(1);
    expect(saves[0]).toMatchObject({ actor: { uid: 0 }, data: { extension: 'docx' } });
    expect(JSON.stringify(saves)).not.toContain('report');
    expect(alerts()).toContainEqual(expect.objectContaining({ rule: 'document-saved-locally' }));
  });

  it('sees an ext4 image on a loop device attached and mounted, as class other', async () => {
    const image = join(work, 'ext4.img');
    writeFileSync(image, '');
    truncateSync(image, 16 * 1024 * 1024);
    execFileSync('mkfs.ext4', ['-q', '-F', '-L', 'TESTDISK', image]);
    const { node, port } = attach(image);
    const of = (kind: string) => (event: PortcullisEvent) =>
      event.kind === kind && 'device' in event.data && event.data.device.port === port;
    const [attached, ...more] = await stored(of('media.attached'));
    expect(more).toEqual([]);
    expect(attached).toMatchObject({
      data: { device: { class: 'other', bus: 'virtual' } },
      decision: { ruleId: 'default-other', mode: 'report' },
    });

    const place = join(work, 'mounted');
    mkdirSync(place);
    execFileSync('mount', [node, place]);
    mounts.push(place);
    const mounted = await stored(of('media.mounted'));
    expect(mounted).toHaveLength(1);
    expect(mounted[0]).toMatchObject({
      data: { volume: { label: 'TESTDISK', filesystem: 'ext4', encryption: 'plain', mountPoint: place } },
    });
    expect(alerts().map(({ rule }) => rule)).toEqual(expect.arrayContaining(['media-inserted', 'media-unencrypted']));
  });

  it('tells a LUKS2 container from an unencrypted one', async () => {
    const image = join(work, 'luks.img');
    writeFileSync(image, '');
    truncateSync(image, 20 * 1024 * 1024);
    const fast = ['--type', 'luks2', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000', '-q'];
    execFileSync('cryptsetup', ['luksFormat', ...fast, image, '-'], { input: 'a test password' });
    const { port } = attach(image);
    const attached = await stored((event) => event.kind === 'media.attached' && event.data.device.port === port);
    expect(attached).toHaveLength(1);
    expect(attached[0]).toMatchObject({ data: { volumes: [{ encryption: 'locked', method: 'luks2' }] } });
  });

  it('sees a Debian package installed and removed, once each, with its alert', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'software', area: 'installed programs' });

    const made = debianPackage(`test-package-${process.pid}`, work);
    const of = (kind: string) => (event: PortcullisEvent) =>
      event.kind === kind &&
      'software' in event.data &&
      'name' in event.data.software &&
      event.data.software.name === made.name;
    try {
      made.install();
      const installed = await stored(of('software.installed'));
      expect(installed).toHaveLength(1);
      expect(installed[0]).toMatchObject({
        data: { approval: 'unapproved', software: { source: 'dpkg', version: '1.0' } },
      });
      expect(alerts().map(({ rule }) => rule)).toContain('software-unapproved');
    } finally {
      made.purge();
    }
    expect(await stored(of('software.removed'))).toHaveLength(1);
  });

  it('has a sequence without gaps, each event once, and a chain that verify proves', () => {
    const numbers = events().map(({ seq }) => seq);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
    const verified = command(['verify', '--json']);
    expect(verified.status).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ holds: true, computers: [{ holds: true, gaps: [] }] });
  });

  it('names no file, device or person in its logs', () => {
    const logs = ['collector/collector.log', 'agent/agent.log']
      .map((file) => readFileSync(join(work, 'home', file), 'utf8'))
      .join('');
    expect(logs).not.toMatch(/report|TESTDISK|Documents|loop\d/);
  });
});
