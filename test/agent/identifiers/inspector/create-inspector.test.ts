import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#shared/clock.ts';
import { defaultLimits } from '../../../../agent/identifiers/extraction/budget.ts';
import { createInspector, type InspectorOptions } from '../../../../agent/identifiers/inspector/create-inspector.ts';
import type { InspectionRequest, Inspector } from '../../../../agent/identifiers/inspector.ts';
import { currentSystem } from '../../../../agent/platform/current.ts';
import { nestedZips, xlsxOfStrings, zeros, zipWithPicture } from '../../../fakes/corpus/bombs.ts';
import { documents } from '../../../fakes/corpus/documents.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';

const people = {
  paragraphs: ['NHS numbers of people:'],
  rows: [['NHS No'], ['9993100005'], ['9993100269'], ['9993100501']],
};
/** Tests that need Linux are skipped elsewhere: they make its kinds of file, and look at the child in its /proc. */
const linux = currentSystem() === 'linux';

let folder: ReturnType<typeof tempFolder>;
let inspector: Inspector | undefined;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(async () => {
  await inspector?.close();
  inspector = undefined;
  folder[Symbol.dispose]();
});

function start(options: Partial<InspectorOptions> = {}): Inspector {
  inspector = createInspector({
    os: currentSystem(),
    clock: systemClock,
    detector: () => ({ drill: true }),
    cpuShare: () => 1,
    ...options,
  });
  return inspector;
}

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

const request = (path: string | Buffer, more: Partial<InspectionRequest> = {}): InspectionRequest => ({
  path,
  sizeBytes: 0,
  urgency: 'soon',
  ...more,
});

/** The reading processes that this process has started. */
function readers(): { pid: string; status: string; command: string }[] {
  const running = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return running.flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const isOurs = new RegExp(`^PPid:\\t${process.pid}$`, 'm').test(status) && !/^State:\tZ/m.test(status);
      return isOurs && command.includes('reading-process') ? [{ pid, status, command }] : [];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

describe('an inspector', () => {
  it('counts what is in a document, and hands over the digests of the people', async () => {
    const taken: string[] = [];
    const path = file('patients.xlsx', documents.xlsx(people));
    const inspection = await start().inspect(
      request(path, { people: { key: Buffer.from('a key'), take: (digests) => taken.push(...digests) } }),
    );
    expect(inspection).toMatchObject({ status: 'inspected', identifiers: { nhsNumber: { test: 3 } }, band: '1-9' });
    expect(taken).toHaveLength(3);
    expect(JSON.stringify(inspection)).not.toMatch(/999310/);
  });

  it('says what was not read of a document of which something was', async () => {
    const path = file('a.eml', documents.eml(people));
    expect((await start().inspect(request(path))).reason).toBeUndefined();
    const { reason } = await start().inspect(request(file('b.zip', zipWithPicture(documents.zip(people)))));
    expect(reason).toBe('Not read of what it holds: 1 of a format that is not read.');
  });

  it('reads a name that is not UTF-8', async () => {
    const path = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.csv')]);
    writeFileSync(path, documents.csv(people));
    expect(await start().inspect(request(path))).toMatchObject({ status: 'inspected', band: '1-9' });
  });

  it('takes small files before large ones, and what is urgent first', async () => {
    const done: string[] = [];
    const asked = start();
    const paths = ['first', 'large', 'small', 'urgent'].map((name) => file(`${name}.csv`, documents.csv(people)));
    const order = [
      { sizeBytes: 1, urgency: 'whenever' },
      { sizeBytes: 900, urgency: 'whenever' },
      { sizeBytes: 5, urgency: 'whenever' },
      { sizeBytes: 5_000, urgency: 'soon' },
    ] as const;
    const all = paths.map((path, index) =>
      asked.inspect(request(path, order[index])).then(() => done.push(path.replace(/.*\/(.*)\.csv/, '$1'))),
    );
    expect(asked.backlog()).toEqual({ files: 4, bytes: 5_906 });
    await Promise.all(all);
    expect(done.indexOf('urgent')).toBeLessThan(done.indexOf('small'));
    expect(done.indexOf('small')).toBeLessThan(done.indexOf('large'));
    expect(asked.backlog()).toEqual({ files: 0, bytes: 0 });
  });

  it('stops when it is closed, with a verdict on what was waiting', async () => {
    const asked = start({ cpuShare: () => 0.001 });
    const all = [1, 2, 3].map((number) => asked.inspect(request(file(`${number}.csv`, documents.csv(people)))));
    await asked.close();
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    expect(statuses).toContain('failed');
    expect(await asked.inspect(request(join(folder.path, '1.csv')))).toMatchObject({ status: 'failed' });
  });
});

describe('files that are no documents', () => {
  it.skipIf(!linux)('a pipe, a socket, a device and a link are told as such and not opened', async () => {
    const asked = start();
    const path = (name: string) => join(folder.path, name);
    execFileSync('mkfifo', [path('pipe.csv')]);
    symlinkSync(file('real.csv', documents.csv(people)), path('link.csv'));
    symlinkSync('loop.csv', path('loop.csv'));
    const server = createServer().listen(path('socket.csv'));
    mkdirSync(path('folder.csv'));
    for (const name of ['pipe.csv', 'link.csv', 'loop.csv', 'socket.csv', 'folder.csv'])
      expect(await asked.inspect(request(path(name)))).toMatchObject({ status: 'not-inspectable' });
    expect(await asked.inspect(request('/dev/zero'))).toMatchObject({ status: 'not-inspectable' });
    server.close();
  });

  it('a file that is gone, and one of two gigabytes of nothing', async () => {
    const asked = start();
    expect(await asked.inspect(request(join(folder.path, 'gone.csv')))).toMatchObject({ status: 'failed' });
    const sparse = file('sparse.csv', '');
    truncateSync(sparse, 2 * 1024 ** 3);
    expect(await asked.inspect(request(sparse))).toMatchObject({
      status: 'too-large',
      reason: expect.stringContaining('512 MiB'),
    });
  });

  it('a file that grows, shrinks or goes while it is read', async () => {
    const rows = Array.from({ length: 400_000 }, () => ['9993100005']);
    const content = documents.csv({ paragraphs: [], rows: [['NHS No'], ...rows] });
    for (const change of [
      (path: string) => appendFileSync(path, 'more'),
      (path: string) => truncateSync(path, 100),
      (path: string) => renameSync(path, `${path}.old`),
    ]) {
      const path = file('changing.csv', content);
      // Held back by the rest that a share demands, so that the change comes while it is read.
      const slow = start({ cpuShare: () => 0.2 });
      const inspecting = slow.inspect(request(path));
      await expect.poll(() => slow.backlog().files).toBe(1);
      change(path);
      expect(['inspected', 'failed']).toContain((await inspecting).status);
      await slow.close();
    }
  });
});

describe('a reading process', () => {
  it.skipIf(!linux)('is started with the first file, has no rights, and ends when there is nothing to do', async () => {
    const asked = start({ idleMilliseconds: 300 });
    // One of a test before may still be on its way out.
    await expect.poll(readers).toEqual([]);
    await asked.inspect(request(file('a.csv', documents.csv(people))));
    const [reader] = readers();
    expect(reader?.command).toContain('--permission');
    expect(reader?.command).not.toContain('--allow-fs-write');
    expect(readFileSync(`/proc/${reader?.pid}/environ`, 'utf8')).toBe('');
    expect(readFileSync(`/proc/${reader?.pid}/limits`, 'utf8')).toMatch(/Max file size +0 /);
    if (process.getuid?.() === 0) {
      expect(reader?.status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      expect(reader?.status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
      expect(reader?.status).toMatch(/^CapEff:\t0+$/m);
      expect(readFileSync(`/proc/${reader?.pid}/net/dev`, 'utf8')).not.toMatch(/eth|ens|enp/);
    }
    await expect.poll(readers).toEqual([]);
  });

  it('that takes too long is ended, and the next file is read', async () => {
    const asked = start({
      milliseconds: 10_000,
      limits: { ...defaultLimits, unpackedBytes: 1024 ** 4, textLength: 1024 ** 4, parts: 1e9 },
    });
    // Eighty gigabytes of nothing.
    const slow = file('slow.zip', nestedZips(4, 44));
    expect(await asked.inspect(request(slow))).toMatchObject({
      status: 'failed',
      reason: 'Reading it took longer than is allowed.',
    });
    expect(await asked.inspect(request(file('a.csv', documents.csv(people))))).toMatchObject({ status: 'inspected' });
  });

  it('that needs too much memory is ended, and the next file is read', async () => {
    const asked = start({
      child: { memoryBytes: 256 * 1024 * 1024 },
      limits: { ...defaultLimits, unpackedBytes: 1024 ** 4 },
    });
    const path = file('strings.xlsx', xlsxOfStrings(2_500_000));
    expect(await asked.inspect(request(path))).toMatchObject({
      status: 'too-large',
      reason: 'Reading it needs more memory than is allowed.',
    });
    expect(await asked.inspect(request(file('a.csv', documents.csv(people))))).toMatchObject({ status: 'inspected' });
  });

  it.skipIf(!linux)('that is killed costs one verdict, and no more', async () => {
    const asked = start();
    await asked.inspect(request(file('a.csv', documents.csv(people))));
    const inspecting = asked.inspect(request(file('b.zip', zeros(20))));
    for (const { pid } of readers()) process.kill(Number(pid), 'SIGSEGV');
    expect(['failed', 'too-large', 'inspected']).toContain((await inspecting).status);
    expect(await asked.inspect(request(join(folder.path, 'a.csv')))).toMatchObject({ status: 'inspected' });
  });
});
