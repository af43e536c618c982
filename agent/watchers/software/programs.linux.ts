import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import type { Clock } from '#shared/clock.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import { isMissing, readStart } from '../../platform/files.linux.ts';
import type { Homes } from '../../platform/homes.linux.ts';
import { executableKind, titleOf } from './program-title.ts';
import type { Reader } from './reader.ts';

/** Folders of a home in which people keep programs that no package manager knows, and how deep each is looked into. */
const places: Readonly<Record<string, number>> = {
  Downloads: 2,
  Desktop: 2,
  Documents: 3,
  Applications: 3,
  bin: 1,
  '.local/bin': 1,
};
/** Full of files that run and that nobody chose one by one. */
const passedOver: ReadonlySet<string> = new Set(['node_modules', '.git', '.cache']);
const mostEntries = 10_000;
const mostPrograms = 500;
/** No more than one scan in this time, however many signs there are; a policy asks for one a minute at most. */
const pauseMilliseconds = 60_000;

/**
 * AppImages and other programs that lie as files in the users' homes. What is given as name is only what the file is
 * called, and a version only what is written in it: both are chosen by whoever put the file there, two programs may
 * share a name, and a changed program of the same name is not noticed. Nothing is said about where it lies or whose
 * home it is.
 */
export function programsReader(homes: () => Promise<Homes>, clock: Clock): Reader {
  return {
    area: 'executables in user folders',
    sources: ['appimage', 'executable'],
    how: `Files that can be run in ${Object.keys(places).join(', ')} of each home, from time to time.`,
    limits: [
      'Scripts, programs for other systems and other folders of a home are not looked at.',
      'Programs that an administrator unpacked, for example in /opt, are not listed.',
    ],
    signs: [],
    fingerprint: () => Promise.resolve(`minute ${Math.floor(clock.monotonic() / pauseMilliseconds)}`),
    async read() {
      const { folders, limits } = await homes();
      const titles: Software[] = [];
      let cut = 0;
      for (const home of folders) {
        const scan = await scanHome(home);
        titles.push(...scan.titles);
        if (scan.left === 0) cut += 1;
      }
      const tooMany = `${cut} homes hold more than ${mostEntries} files or ${mostPrograms} programs here; the rest was left out.`;
      return { titles: distinct(titles), limits: cut > 0 ? [...limits, tooMany] : limits };
    },
  };
}

interface Scan {
  titles: Software[];
  /** How many more entries may be looked at. */
  left: number;
}

/** @throws when a folder could not be read for a reason that may pass, such as a failing disk */
async function scanHome(home: string): Promise<Scan> {
  const scan: Scan = { titles: [], left: mostEntries };
  for (const [place, depth] of Object.entries(places)) await scanFolder(`${home}/${place}`, depth, scan);
  return scan;
}

async function scanFolder(folder: string, depth: number, scan: Scan): Promise<void> {
  for (const entry of await listFolder(folder, scan)) {
    if (scan.titles.length === mostPrograms) return;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && depth > 1 && !passedOver.has(entry.name)) await scanFolder(path, depth - 1, scan);
    else if (entry.isFile()) {
      const kind = await kindOf(path);
      if (kind) scan.titles.push(titleOf(entry.name, kind));
      if (scan.titles.length === mostPrograms) scan.left = 0;
    }
  }
}

/** What is in a folder, none of it when the folder is a link, is not there or is closed to the agent. */
async function listFolder(folder: string, scan: Scan): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  try {
    if (scan.left === 0 || !(await lstat(folder)).isDirectory()) return [];
    for await (const entry of await opendir(folder)) {
      entries.push(entry);
      scan.left -= 1;
      if (scan.left === 0) break;
    }
  } catch (error) {
    if (!isPassable(error)) throw withoutPath(error);
  }
  return entries;
}

async function kindOf(path: string): Promise<'appimage' | 'executable' | undefined> {
  try {
    const { mode, size } = await lstat(path);
    if ((mode & 0o111) === 0 || size < 64 || /\.so(\.[0-9.]+)?$/.test(path)) return undefined;
    const start = await readStart(path, 20);
    return start && executableKind(start);
  } catch (error) {
    if (isPassable(error)) return undefined;
    throw withoutPath(error);
  }
}

function isPassable(error: unknown): boolean {
  return isMissing(error) || ['EACCES', 'EPERM', 'ELOOP', 'ENXIO', 'ETXTBSY'].includes(errorCode(error));
}

/** The message of Node's error holds the path, and with it the names of a person and of a file. */
function withoutPath(error: unknown): PortcullisError {
  return new PortcullisError(errorCode(error), `A user's folder could not be read (${errorCode(error)}).`);
}

function distinct(titles: readonly Software[]): Software[] {
  return [...new Map(titles.map((title) => [JSON.stringify(title), title])).values()];
}
