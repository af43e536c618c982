import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Account } from '../../platform/accounts.linux.ts';
import { type Home, isWithin, plainHome } from './places.ts';

const mostHomes = 1000;
const mostFoldersInHome = 500;
/** Far above any real list; the file belongs to the user and may be anything. */
const longestUserDirs = 64 * 1024;
/** Syncthing and clients built on it put this into each folder they keep. */
const syncMarker = '.stfolder';

/**
 * The desktop, documents and downloads folder from the text of a user's `user-dirs.dirs`, so that `Schreibtisch` is
 * known for what it is. The user can write anything there: only folders inside the own home count, the home itself
 * (which means "none") does not, and the English names keep their meaning whatever it says.
 */
export function parseUserDirs(text: string, home: string): Home {
  const plain = plainHome(home);
  const named = (key: string) => {
    const value = new RegExp(`^\\s*${key}="([^"\\n\\0]{1,4096})"`, 'm').exec(text)?.[1];
    if (value === undefined) return [];
    const folder = posix.resolve(value.replace(/^\$HOME(?=\/|$)/, home).replace(/\\(.)/g, '$1'));
    return folder !== home && isWithin(folder, home) ? [folder] : [];
  };
  return {
    ...plain,
    desktop: [...plain.desktop, ...named('XDG_DESKTOP_DIR')],
    documents: [...plain.documents, ...named('XDG_DOCUMENTS_DIR')],
    downloads: [...plain.downloads, ...named('XDG_DOWNLOAD_DIR')],
  };
}

/** Homes of the accounts and every further folder of `/home`, whose owners may come from a directory service. */
export async function findHomes(accounts: readonly Account[], homeRoot = '/home'): Promise<string[]> {
  const entries = await readdir(homeRoot, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'lost+found');
  const all = new Set([
    ...accounts.map(({ home }) => home),
    ...folders.map(({ name }) => (homeRoot === '/' ? `/${name}` : `${homeRoot}/${name}`)),
  ]);
  return [...all].slice(0, mostHomes);
}

/** Never throws: of a home that cannot be read, the usual names are taken. */
export async function readHome(path: string): Promise<Home> {
  const text = await readBounded(`${path}/.config/user-dirs.dirs`);
  const home = parseUserDirs(text, path);
  const parents = [path, ...home.documents, ...home.desktop];
  return { ...home, synced: (await Promise.all(parents.map(foldersKept))).flat() };
}

/** The folders in `parent` that carry the marker of a synchronising client. */
async function foldersKept(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).slice(0, mostFoldersInHome);
  const kept = await Promise.all(
    folders.map(async ({ name }) => {
      const found = await lstat(`${parent}/${name}/${syncMarker}`).catch(() => undefined);
      return found ? [`${parent}/${name}`] : [];
    }),
  );
  return kept.flat();
}

/** A link, a pipe or a device in the place of the file must neither lead elsewhere nor hold the agent up. */
async function readBounded(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    await using file = await open(path, flags);
    if (!(await file.stat()).isFile()) return '';
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestUserDirs), 0, longestUserDirs, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  }
}
