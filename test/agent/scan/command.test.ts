import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compoundFile } from '../../fakes/corpus/compound-file.ts';
import { documents } from '../../fakes/corpus/documents.ts';
import { fillWithDocuments } from '../../fakes/corpus/folder.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

const program = fileURLToPath(new URL('../../../agent/portcullis-agent.cjs', import.meta.url));
const zero = { high: 0, medium: 0, low: 0, test: 0 };
const people = {
  paragraphs: [],
  rows: [
    ['Name', 'NHS No'],
    ['Ann', '9993100005'],
    ['Bob', '9993100269'],
  ],
};

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'scan', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

let folder: ReturnType<typeof tempFolder>;
beforeAll(() => {
  folder = tempFolder();
  const path = (name: string) => join(folder.path, name);
  mkdirSync(path('sub'));
  writeFileSync(path('a.xlsx'), documents.xlsx(people));
  writeFileSync(path('b.txt'), 'Minutes of the meeting.');
  writeFileSync(path('locked.docx'), compoundFile({ EncryptedPackage: Buffer.alloc(8) }));
  writeFileSync(path('sub/c.csv'), documents.csv(people));
  writeFileSync(
    Buffer.concat([Buffer.from(path('sub/')), Buffer.from([0xff]), Buffer.from('.csv')]),
    documents.csv(people),
  );
  writeFileSync(path('sparse.csv'), '');
  truncateSync(path('sparse.csv'), 2 * 1024 ** 3);
  symlinkSync('..', path('sub/up'));
  execFileSync('mkfifo', [path('pipe')]);
});
afterAll(() => folder[Symbol.dispose]());

describe('portcullis-agent scan', () => {
  it('tells every file with all kinds, in the order of the names, and what that comes to', () => {
    const { status, stdout, stderr } = run(folder.path, '--json', '--drill');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { detector, files, totals } = JSON.parse(stdout);
    expect(detector).toMatch(/^portcullis-\d+$/);
    const told = files.map(({ path, ...file }: { path: string }) => ({
      path: path.slice(folder.path.length + 1),
      ...file,
    }));
    expect(told.map(({ path, status: verdict, band }: Record<string, string>) => [path, verdict, band])).toEqual([
      ['a.xlsx', 'inspected', '1-9'],
      ['b.txt', 'inspected', 'none'],
      ['locked.docx', 'encrypted', 'none'],
      ['pipe', 'not-inspectable', 'none'],
      ['sparse.csv', 'too-large', 'none'],
      ['sub/c.csv', 'inspected', '1-9'],
      ['sub/up', 'not-inspectable', 'none'],
      ['sub/\ufffd.csv', 'inspected', '1-9'],
    ]);
    expect(told[1]).toEqual({
      path: 'b.txt',
      status: 'inspected',
      bytes: 23,
      identifiers: { nhsNumber: zero, chi: zero, hscNumber: zero, niNumber: zero, postcode: zero, dateOfBirth: zero },
      band: 'none',
      ms: expect.any(Number),
    });
    expect(told[0].identifiers.nhsNumber).toEqual({ ...zero, test: 2 });
    expect(told[2].reason).toContain('password');
    expect(totals).toMatchObject({
      files: 8,
      statuses: { inspected: 4, encrypted: 1, 'not-inspectable': 2, 'too-large': 1, failed: 0 },
      identifiers: { nhsNumber: { test: 6 } },
      bands: { none: 1, '1-9': 3 },
    });
  });

  it('exit status 1: a number that may be of a person is in it', () => {
    // Ofcom keeps this telephone number for films. As an NHS number it would be of the range that is issued.
    writeFileSync(join(folder.path, 'person.txt'), 'NHS number: 770 090 0000');
    const { status, stdout } = run(join(folder.path, 'person.txt'), '--profile', 'ccg');
    expect(stdout).toContain('nhsNumber 1 high');
    expect(stdout).toContain('1 files: 1 inspected.');
    expect(status).toBe(1);
  });

  it.each([
    [['/nowhere/at/all'], 'There is no file or folder "/nowhere/at/all".'],
    [[], 'missing required argument'],
    [['.', '--profile', 'other'], 'Allowed choices are focus, ccg'],
  ])('exit status 2 for %j', (args, says) => {
    const { status, stderr } = run(...args);
    expect(stderr).toContain(says);
    expect(status).toBe(2);
  });

  it('goes through a folder of Office and PDF files', () => {
    using many = tempFolder();
    fillWithDocuments(many.path, 33);
    const { totals } = JSON.parse(run(many.path, '--json', '--drill').stdout);
    expect(totals.statuses).toMatchObject({ inspected: 33 });
    expect(totals.identifiers.nhsNumber.test).toBeGreaterThan(20);
  });
});
