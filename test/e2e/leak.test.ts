import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../fakes/free-port.ts';
import { imageFolder, noLoopDevices, run } from '../fakes/loop-device.ts';
import { patientLetter, patientSheet, spaced, testNumbers } from '../fakes/patients.ts';
import { recordingProxy } from '../fakes/recording-proxy.ts';
import { allFiles, findTraces, tracesOf } from '../fakes/traces.ts';
import { patient, type Site, setUpMilliseconds, site } from './site.ts';

/*
 * Nothing found leaks: after a real run over documents of several formats, no form of any identifier is in anything
 * that agent and collector keep, nor in anything that went between them.
 */
const why = noLoopDevices ?? '';
const port = await freePort();

describe.skipIf(why !== '')(`nothing that was found${why === '' ? '' : ` (skipped: ${why})`}`, () => {
  const numbers = testNumbers(80, 1000);
  const [fileNumber = ''] = testNumbers(1, 5000);
  const planted = [...numbers, fileNumber];
  const images = imageFolder();
  const records = mkdtempSync(join(tmpdir(), 'portcullis-records-'));
  const frames = join(records, 'frames');
  const home = `/home/portcullis-leak-${process.pid}`;
  let proxy: Awaited<ReturnType<typeof recordingProxy>>;
  let here: Site;
  let place = '';
  // The agent sees all of this computer, also what other tests do on it.
  const isMine = ({ data }: { data: { volume: { mountPoint?: string } } }) => data.volume.mountPoint === place;

  /** The same people in several formats; the name of one file is a number itself. */
  const documents: [name: string, content: Buffer | string][] = [
    ['caseload.xlsx', patientSheet(numbers.slice(0, 60))],
    ['letter.docx', patientLetter(numbers.slice(60, 70))],
    ['list.csv', `NHS Number,Name\n${numbers.map((number) => `${number},Example Person`).join('\n')}\n`],
    [`${fileNumber}.txt`, `NHS number ${spaced(fileNumber)}\n`],
    ['page.html', `<p>NHS number: <b>${spaced(numbers[71] ?? '')}</b></p>`],
    ['mail.eml', mail(`NHS number ${numbers[72]}`)],
    ['wide.csv', Buffer.from(`NHS number\n${numbers[73]}\n`, 'utf16le')],
  ];

  beforeAll(async () => {
    proxy = await recordingProxy(port, join(records, 'network'));
    const recorder = fileURLToPath(new URL('../fakes/record-frames.ts', import.meta.url));
    const agentEnv = { NODE_OPTIONS: `--import=${recorder}`, PORTCULLIS_TEST_FRAMES: frames };
    here = await site({ port, agentPort: proxy.port, agentEnv });
    const extensions = ['xlsx', 'docx', 'csv', 'txt', 'html', 'eml'];
    await here.publish({ 'identifiers.drill': true, 'documents.extensions': extensions });
    const image = images.image('stick.img', 64 * 1024 * 1024);
    run('mkfs.ext4', '-q', image);
    const loop = images.attach(image);
    const mounted = images.mount(loop.device);
    place = mounted.place;
    await vi.waitFor(async () => expect((await here.events('media.mounted')).some(isMine)).toBe(true), patient);

    mkdirSync(join(home, 'Documents'), { recursive: true });
    for (const [name, content] of documents) {
      writeFileSync(join(home, 'Documents', name), content);
      copyFileSync(join(home, 'Documents', name), join(place, name));
    }
    const count = documents.length;
    await vi.waitFor(
      async () => expect((await here.events('media.file-inspected')).filter(isMine)).toHaveLength(count),
      patient,
    );
    await vi.waitFor(
      async () => expect((await here.events('document.inspected')).length).toBeGreaterThanOrEqual(count),
      patient,
    );
    // Killed, so that what is only on the way to its place is looked at, too.
    await here.kill('agent');
    here.start('agent');
    await vi.waitFor(async () => expect(await here.events('agent.started')).toHaveLength(2), patient);
    mounted.unmount();
    loop.detach();
    await vi.waitFor(
      async () => expect((await here.events('media.session')).some(({ data }) => data.written >= count)).toBe(true),
      patient,
    );
  }, setUpMilliseconds);

  afterAll(async () => {
    await here?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
    images[Symbol.dispose]();
    rmSync(records, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  });

  it('was overlooked: people were found in every document', async () => {
    const bands = (await here.events('media.file-inspected')).filter(isMine).map(({ data }) => data.inspection.band);
    expect(bands.filter((band) => band === undefined || band === 'none')).toEqual([]);
    expect((await here.events('identifiers.bulk-reached')).length).toBeGreaterThan(0);
  });

  it('is in what agent and collector keep: databases, logs, status, policy', () => {
    const kept = allFiles(here.home);
    for (const name of [
      'store.sqlite',
      'store.sqlite-wal',
      'spool.sqlite',
      'inspections.sqlite',
      'agent.log',
      'status.json',
    ]) {
      expect(
        [...kept.keys()].some((file) => file.endsWith(`/${name}`)),
        name,
      ).toBe(true);
    }
    expect(findTraces(planted, kept)).toEqual([]);
  });

  it('went between them, encrypted or before it was', () => {
    const said = readFileSync(frames);
    expect(said.includes('media.file-inspected')).toBe(true);
    const network = readFileSync(join(records, 'network'));
    expect(network.length).toBeGreaterThan(said.length / 2);
    const between = new Map([
      ['network', network],
      ['frames', said],
    ]);
    expect(findTraces(planted, between)).toEqual([]);
  });

  it('is in what the collector tells people', async () => {
    const answers = ['events', 'alerts', 'computers'].map((what) => here.type('collector', what, '--json'));
    const told = (await Promise.all(answers)).join('\n');
    expect(findTraces(planted, new Map([['answers', Buffer.from(told)]]))).toEqual([]);
  });

  it('could hide: every form of a number that is planted in a log is found', () => {
    const [number = ''] = numbers;
    const traces = tracesOf(number);
    expect(traces.length).toBeGreaterThan(80);
    const unfound = traces.filter(({ bytes }) => {
      const log = Buffer.concat([Buffer.from('{"level":30,"msg":"'), bytes, Buffer.from('"}\n')]);
      return findTraces([number], new Map([['log', log]])).length === 0;
    });
    expect(unfound).toEqual([]);
    for (const before of ['', '1', '12']) {
      const encoded = Buffer.from(`${before}${number}, and more`).toString('base64');
      expect(findTraces([number], new Map([['log', Buffer.from(encoded)]]))).toHaveLength(1);
    }
  });
});

function mail(text: string): string {
  const body = Buffer.from(text).toString('base64');
  const head = ['From: a@example.org', 'To: b@example.org', 'Subject: Clinic', 'MIME-Version: 1.0'];
  return [...head, 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', body, ''].join(
    '\r\n',
  );
}
