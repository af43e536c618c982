import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePasswd } from '../../../../agent/platform/accounts.linux.ts';
import { findHomes, parseUserDirs, readHome } from '../../../../agent/watchers/document-saves/homes.linux.ts';

const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
anna:x:1000:1000:Anna Example,,,:/home/anna:/bin/bash
bert:x:1001:1001::/home/../home/bert/:/bin/bash
strange:x:1002:1002::relative:/bin/sh
whole:x:1003:1003::/:/bin/sh
broken line
:x:1004:1004::/home/x:/bin/sh
`;

describe('the user database', () => {
  it('gives the homes of people and of root', () => {
    expect(parsePasswd(passwd)).toEqual([
      { name: 'root', uid: 0, home: '/root' },
      { name: 'anna', uid: 1000, home: '/home/anna' },
      { name: 'bert', uid: 1001, home: '/home/bert' },
    ]);
  });
});

describe('the list of a user’s folders', () => {
  const german = `# Kommentar
XDG_DESKTOP_DIR="$HOME/Schreibtisch"
XDG_DOWNLOAD_DIR="$HOME/Downloads"
XDG_DOCUMENTS_DIR="/home/anna/Eigene \\"Akten\\""
`;

  it('is read in any language, and the English names stay', () => {
    expect(parseUserDirs(german, '/home/anna')).toMatchObject({
      desktop: ['/home/anna/Desktop', '/home/anna/Schreibtisch'],
      downloads: ['/home/anna/Downloads', '/home/anna/Downloads'],
    });
  });

  it.each([
    ['the home itself', 'XDG_DESKTOP_DIR="$HOME/"'],
    ['a folder above', 'XDG_DESKTOP_DIR="$HOME/../bert"'],
    ['another home', 'XDG_DESKTOP_DIR="/home/bert/Desktop"'],
    ['the whole disk', 'XDG_DESKTOP_DIR="/"'],
    ['a name that begins alike', 'XDG_DESKTOP_DIR="$HOMEX/Desk"'],
    ['an endless value', `XDG_DESKTOP_DIR="$HOME/${'x'.repeat(10_000)}"`],
    ['no end', 'XDG_DESKTOP_DIR="$HOME/Desk'],
    ['nothing', ''],
  ])('is not believed when it names %s', (_what, text) => {
    expect(parseUserDirs(text, '/home/anna').desktop).toEqual(['/home/anna/Desktop']);
  });
});

describe('reading homes', () => {
  let folder: string;
  let home: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-homes-'));
    home = join(folder, 'anna');
    mkdirSync(join(home, '.config'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const userDirs = () => join(home, '.config/user-dirs.dirs');

  it('finds the folders of users that are in no database', async () => {
    mkdirSync(join(folder, 'lost+found'));
    writeFileSync(join(folder, 'file'), '');
    expect(await findHomes([{ name: 'root', uid: 0, home: '/root' }], folder)).toEqual(['/root', home]);
  });

  it('knows the desktop by its own name', async () => {
    writeFileSync(userDirs(), 'XDG_DESKTOP_DIR="$HOME/Bureau"\n');
    expect((await readHome(home)).desktop).toContain(join(home, 'Bureau'));
  });

  it('knows a folder that carries the marker of a synchronising client', async () => {
    mkdirSync(join(home, 'Team/.stfolder'), { recursive: true });
    mkdirSync(join(home, 'Documents/Shared/.stfolder'), { recursive: true });
    expect((await readHome(home)).synced).toEqual([join(home, 'Team'), join(home, 'Documents/Shared')]);
  });

  it.each([
    ['a pipe', () => execFileSync('mkfifo', [userDirs()])],
    ['a link to an endless device', () => symlinkSync('/dev/zero', userDirs())],
    ['a folder', () => mkdirSync(userDirs())],
    ['a huge file', () => writeFileSync(userDirs(), Buffer.alloc(1_000_000, 'x'))],
  ])('is not held up by %s in the place of the list', async (_what, make) => {
    make();
    expect((await readHome(home)).desktop).toEqual([join(home, 'Desktop')]);
  });
});
