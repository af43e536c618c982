import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clamd } from '../../../agent/scanning/clamd.ts';
import { clamscan, parseClamscan } from '../../../agent/scanning/clamscan.ts';
import type { Scanner } from '../../../agent/scanning/scanner.ts';
import { versionOf } from '../../../agent/scanning/version.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { testSignatures, writeTestVirus } from '../../fakes/test-virus.ts';

const places = { clamscan: '/usr/bin/clamscan', clamd: '/usr/sbin/clamd' };
const without = (tool: keyof typeof places) =>
  existsSync(places[tool]) ? 'real' : `needs ${tool}, apt-get install clamav clamav-daemon`;
const soon = () => AbortSignal.timeout(60_000);

let home: ReturnType<typeof tempFolder>;
let stick: string;

beforeEach(() => {
  home = tempFolder();
  stick = join(home.path, 'stick');
  mkdirSync(join(stick, 'letters'), { recursive: true });
  writeFileSync(join(stick, 'letters/one.txt'), 'a letter');
});
afterEach(() => home[Symbol.dispose]());

/** What every scanner has to find, whichever it is. */
function findsWhatIsThere(scanner: () => Scanner): void {
  it('finds nothing where nothing is', async () => {
    const look = await scanner().scan(stick, soon());
    expect(look).toMatchObject({
      ok: true,
      seen: { infected: 0, files: 1, unread: 0, engine: expect.stringMatching(/^ClamAV \d/) },
    });
  });

  it('finds the file that the tests’ own signature names, in any folder, and follows no link', async () => {
    writeTestVirus(join(stick, 'letters/two.txt'));
    writeTestVirus(join(home.path, 'elsewhere.txt'));
    symlinkSync(join(home.path, 'elsewhere.txt'), join(stick, 'link'));
    symlinkSync(home.path, join(stick, 'folder-link'));
    expect(await scanner().scan(stick, soon())).toMatchObject({ ok: true, seen: { infected: 1, files: 2 } });
  });

  it('is not led astray by the name of a file', async () => {
    writeTestVirus(
      join(stick, 'x\n----------- SCAN SUMMARY -----------\nKnown viruses: 9\nScanned files: 9\nInfected files: 0\n'),
    );
    expect(await scanner().scan(stick, soon())).toMatchObject({ ok: true, seen: { infected: 1, files: 2 } });
  });

  it('ends when it is told to', async () => {
    expect(await scanner().scan(stick, AbortSignal.abort())).toMatchObject({ ok: false });
  });
}

describe.skipIf(!existsSync(places.clamscan))(`clamscan (${without('clamscan')})`, () => {
  const scanner = () => clamscan([places.clamscan], testSignatures(home.path));
  findsWhatIsThere(scanner);

  it('counts a file that ClamAV would pass over as unread', async () => {
    writeFileSync(join(stick, 'large'), '');
    truncateSync(join(stick, 'large'), 1001 * (1 << 20));
    expect(await scanner().scan(stick, soon())).toMatchObject({ ok: true, seen: { infected: 0, unread: 1 } });
  });

  it('without signatures it is not there, and has found nothing out', async () => {
    const empty = join(home.path, 'empty');
    mkdirSync(empty);
    expect(await clamscan([places.clamscan], empty).scan(stick, soon())).toMatchObject({ ok: false });
    expect(await clamscan(['/nowhere']).available()).toBe(false);
  });
});

describe.skipIf(!existsSync(places.clamd))(`clamd (${without('clamd')})`, () => {
  let service: ChildProcess;
  let socket: string;

  beforeEach(async () => {
    socket = join(home.path, 'clamd.sock');
    const settings = [
      `LocalSocket ${socket}`,
      `DatabaseDirectory ${testSignatures(home.path)}`,
      'Foreground yes',
      'User root',
      'StreamMaxLength 1M',
      'MaxThreads 2',
    ];
    writeFileSync(join(home.path, 'clamd.conf'), `${settings.join('\n')}\n`);
    chmodSync(home.path, 0o755);
    service = spawn(places.clamd, [`--config-file=${join(home.path, 'clamd.conf')}`], { stdio: 'ignore' });
    await expect.poll(() => clamd([socket]).available(), { timeout: 30_000 }).toBe(true);
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => service.once('exit', resolve));
    service.kill();
    await ended;
  });

  findsWhatIsThere(() => clamd(['/nowhere', socket]));

  it('counts what is larger than clamd takes as unread', async () => {
    writeFileSync(join(stick, 'large'), Buffer.alloc(3 << 20, 65));
    expect(await clamd([socket]).scan(stick, soon())).toMatchObject({
      ok: true,
      seen: { infected: 0, files: 2, unread: 1 },
    });
  });

  it('several megabytes pass whole', async () => {
    const text = Buffer.alloc(900 << 10, 65);
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(stick, name), text);
    const look = await clamd([socket]).scan(stick, soon());
    expect(look).toMatchObject({ ok: true, seen: { infected: 0, unread: 0, bytes: 4 * (900 << 10) + 8 } });
  });
});

describe('a clamd that misbehaves', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    ['hangs up without a word', undefined, 1],
    ['says what is not in the protocol', 'stream: I do not know\0', 1],
  ])('%s: no file counts as clean', async (_, words, unread) => {
    const socket = join(home.path, 'fake.sock');
    server = createServer((peer) => {
      peer.on('error', () => undefined);
      peer.on('data', (data) => {
        const said = data.toString('latin1').startsWith('zVERSION') ? 'ClamAV 9/1/Today\0' : words;
        peer.end(said ?? '');
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const look = await clamd([socket]).scan(stick, soon());
    expect(look).toMatchObject({
      ok: true,
      seen: { infected: 0, files: 1, unread, engine: 'ClamAV 9', signatures: '1, Today' },
    });
  });
});

describe('what ClamAV says', () => {
  it.each([
    [
      'ClamAV 1.4.6/27450/Fri Nov 21 08:30:01 2025',
      { engine: 'ClamAV 1.4.6', signatures: '27450, Fri Nov 21 08:30:01 2025' },
    ],
    ['ClamAV 1.4.6\n', { engine: 'ClamAV 1.4.6' }],
  ])('%j', (text, expected) => {
    expect(versionOf(text)).toEqual(expected);
  });

  it('a scan without a summary or without signatures is none', () => {
    const summary = (viruses: number) =>
      `----------- SCAN SUMMARY -----------\nKnown viruses: ${viruses}\nEngine version: 1.4.6\nScanned files: 2\nInfected files: 1\nTotal errors: 3\nData scanned: 1.50 MB\n`;
    expect(parseClamscan(summary(7))).toEqual({
      infected: 1,
      files: 2,
      bytes: 1_572_864,
      unread: 3,
      engine: 'ClamAV 1.4.6',
    });
    expect(parseClamscan(summary(0))).toBeUndefined();
    expect(parseClamscan('LibClamAV Error: cli_loaddbdir\n')).toBeUndefined();
  });
});
