import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePasswd } from '../../../../agent/platform/accounts.linux.ts';
import { parseWriteLocks } from '../../../../agent/platform/files.linux.ts';
import { parseStanza, stanzas } from '../../../../agent/watchers/software/dpkg.linux.ts';
import { parseReleaseVersion } from '../../../../agent/watchers/software/flatpak.linux.ts';
import { executableKind, titleOf } from '../../../../agent/watchers/software/program-title.ts';
import { parseRpmList } from '../../../../agent/watchers/software/rpm.linux.ts';
import { parseSnapVersion } from '../../../../agent/watchers/software/snap.linux.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/software/${name}`, import.meta.url), 'utf8');

async function collect(pieces: Iterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const stanza of stanzas(Readable.from(pieces))) found.push(stanza);
  return found;
}

describe('the status file of dpkg', () => {
  const status = fixture('dpkg-status.txt');

  it('gives each package and its state', async () => {
    const entries = (await collect([status])).map(parseStanza);
    expect(entries).toHaveLength(21);
    expect(entries.map((entry) => entry && `${entry.software.name} ${entry.state}`)).toEqual(
      expect.arrayContaining([
        'apt installed',
        'portcullis-badpost half-configured',
        'portcullis-badpre not-installed',
        'portcullis-badrm half-installed',
        'portcullis-conf unpacked',
        'portcullis-left config-files',
      ]),
    );
    expect(entries[0]?.software).toEqual({
      source: 'dpkg',
      name: 'apt',
      version: '2.6.1',
      publisher: 'APT Development Team',
      architecture: 'amd64',
    });
  });

  it('is read the same wherever the pieces are cut', async () => {
    const whole = await collect([status]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 700 }), async (size) => {
        const pieces = status.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        expect(await collect(pieces)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('is refused when it never comes to an end', async () => {
    const endless = Array.from({ length: 200 }, () => 'x'.repeat(10_000));
    await expect(collect(endless)).rejects.toThrow('not a status file');
  });

  it('cannot be led astray by a description that looks like a field', () => {
    const entry = parseStanza(
      'Package: a\nStatus: install ok installed\nDescription: x\n Package: b\n Version: 9\nVersion: 1',
    );
    expect(entry?.software).toEqual({ source: 'dpkg', name: 'a', version: '1' });
  });

  it.each([
    ['', 'Package: a'],
    ['no package', 'Status: install ok installed'],
    ['neither', 'x'],
  ])('passes over %s', (_, stanza) => {
    expect(parseStanza(stanza)).toBeUndefined();
  });

  it('makes hostile fields harmless', () => {
    const entry = parseStanza(`Package: a\u202Eb\nStatus: install ok installed\nVersion: ${'9'.repeat(5000)}`);
    expect(entry?.software.name).toBe('a\uFFFDb');
    expect(entry?.software.version).toHaveLength(255);
  });
});

describe('the list of rpm', () => {
  it('gives packages without the keys among them', () => {
    expect(parseRpmList(fixture('rpm-list.txt'))).toEqual([
      { source: 'rpm', name: 'plain-portcullis', version: '1.2-3', architecture: 'noarch' },
      {
        source: 'rpm',
        name: 'hello-portcullis',
        version: '1:1.2-3',
        publisher: 'Example Vendor',
        architecture: 'noarch',
      },
      {
        source: 'rpm',
        name: 'kernel-core',
        version: '6.12.9-200.fc41',
        publisher: 'Fedora Project',
        architecture: 'x86_64',
      },
      {
        source: 'rpm',
        name: 'kernel-core',
        version: '6.12.11-200.fc41',
        publisher: 'Fedora Project',
        architecture: 'x86_64',
      },
    ]);
  });
});

describe('the version of a snap', () => {
  it.each([
    [fixture('snap.yaml'), '132.0-1'],
    ['version: 1.5\n', '1.5'],
    ["version: '2.0 beta'\r\n", '2.0 beta'],
    ['name: x\n  version: 3\n', undefined],
    ['version:\n', undefined],
  ])('is read', (yaml, expected) => {
    expect(parseSnapVersion(yaml)).toBe(expected);
  });
});

describe('the version of a flatpak', () => {
  it.each([
    [fixture('metainfo.xml'), '4.2.1'],
    ["<releases><release version='7'/></releases>", '7'],
    ['<releases><release date="2026-01-01"/></releases>', undefined],
    ['<component/>', undefined],
  ])('is that of the newest release', (xml, expected) => {
    expect(parseReleaseVersion(xml)).toBe(expected);
  });
});

it('only POSIX write locks that are held count as a package manager at work', () => {
  expect(parseWriteLocks(fixture('locks.txt'))).toEqual(new Set(['2147063', '2147062']));
});

it('homes are those of root and of people, not of services', () => {
  const passwd =
    'root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/usr/sbin:\npat:x:1000:1000::/home/pat:/bin/sh\nnobody:x:65534:65534::/nonexistent:\nodd:x:1001\n\n';
  expect(parsePasswd(passwd).map(({ home }) => home)).toEqual(['/root', '/home/pat']);
});

describe('the start of a program', () => {
  const elf = (type: number, mark: number[] = [0, 0, 0]) =>
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, ...mark, 0, 0, 0, 0, 0, type, 0, 0, 0]);

  it.each([
    ['a program', elf(2), 'executable'],
    ['a program for any address', elf(3), 'executable'],
    ['an AppImage', elf(2, [0x41, 0x49, 2]), 'appimage'],
    ['a core dump', elf(4), undefined],
    ['a script', Buffer.from('#!/bin/sh\necho hello world\n'), undefined],
    ['something short', Buffer.from([0x7f, 0x45]), undefined],
  ])('tells %s', (_, start, expected) => {
    expect(executableKind(start)).toBe(expected);
  });
});

describe('the name of a program in a home', () => {
  it.each([
    ['Editor-1.2.3-x86_64.AppImage', { name: 'Editor', version: '1.2.3', architecture: 'x86_64' }],
    ['Obsidian-1.5.3.AppImage', { name: 'Obsidian', version: '1.5.3' }],
    ['My Tool v2.0.appimage', { name: 'My Tool', version: '2.0' }],
    ['Editor-1.2.3 (1).AppImage', { name: 'Editor', version: '1.2.3' }],
    ['nvim.appimage', { name: 'nvim', version: '' }],
    ['-1.2.AppImage', { name: '-1.2', version: '1.2' }],
  ])('of %j', (file, expected) => {
    expect(titleOf(file, 'appimage')).toEqual({ source: 'appimage', ...expected });
  });

  it('is the file name for what is no AppImage, made harmless', () => {
    expect(titleOf('tool-1.2\u202Efdp', 'executable')).toEqual({
      source: 'executable',
      name: 'tool-1.2\uFFFDfdp',
      version: '',
    });
  });

  it('is always found quickly', () => {
    const start = performance.now();
    for (let round = 0; round < 1000; round += 1) titleOf(`${'-1.1'.repeat(61)} _.AppImage`, 'appimage');
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
