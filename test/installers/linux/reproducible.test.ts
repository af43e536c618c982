import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { buildDeb, type DebianPackage } from '../../../installers/linux/deb.ts';
import { packTar } from '../../../installers/linux/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-twice-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const usual = process.umask();
afterEach(() => void process.umask(usual));
const moment = 1_767_225_600;

/** The same two files, made in whatever order, at whatever time. */
function fill(root: string, names: readonly string[], seconds: number): void {
  for (const name of names) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, 'text'), name);
    utimesSync(join(root, name, 'text'), seconds, seconds);
  }
}

const ways = [
  { names: ['one', 'two'], seconds: 1000, umask: 0o022 },
  { names: ['two', 'one'], seconds: 2000, umask: 0o077 },
];

test('an archive of the same content is the same bytes', () => {
  const archives = ways.map(({ names, seconds, umask }, index) => {
    process.umask(umask);
    const root = join(folder, `tar-${index}`);
    fill(root, names, seconds);
    const file = join(folder, `${index}.tar.gz`);
    packTar(root, file, moment);
    return readFileSync(file);
  });
  expect(archives[0]?.equals(archives[1] ?? Buffer.alloc(0))).toBe(true);
});

const noDpkg = spawnSync('dpkg-deb', ['--version']).error !== undefined;
test.skipIf(noDpkg)(
  `a Debian package of the same content is the same bytes${noDpkg ? ' (skipped: no dpkg-deb)' : ''}`,
  async () => {
    const packages: Buffer[] = [];
    for (const [index, { names, seconds, umask }] of ways.entries()) {
      process.umask(umask);
      const pack: DebianPackage = {
        ...{ name: 'invented', version: '1.0.0', architecture: 'amd64', depends: ['libc6'] },
        description: ['invented', 'A package of a test.'],
        fill: async (root) => fill(root, names, seconds),
        files: { 'etc/default/invented': { text: 'A=1\n' } },
        scripts: { postinst: '#!/bin/sh\n' },
      };
      packages.push(readFileSync(await buildDeb(pack, { folder: join(folder, `deb-${index}`), moment, quick: true })));
    }
    expect(packages[0]?.equals(packages[1] ?? Buffer.alloc(0))).toBe(true);
  },
);
