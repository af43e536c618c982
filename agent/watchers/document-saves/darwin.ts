import { lstatSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import type { Coverage } from '#shared/events/agent.ts';
import { type Account, readAccounts } from '../../platform/darwin/accounts.ts';
import { type Mount, parseMounts } from '../../platform/darwin/mounts.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import { neverOnAMac } from '../../platform/darwin/unproved.ts';
import { type FolderWatch, type WatchedFolder, watchFolders } from '../../platform/folder-watch.ts';
import { busyMeter } from '../../platform/load.ts';
import type { WatcherFactory } from '../watcher.ts';
import { type DocumentSavesOptions, documentSaves } from './index.ts';
import { documentExtension } from './names.ts';
import { type DarwinSurroundings, darwinHome, placeOnDarwin } from './places.darwin.ts';
import { isWithin, type MountKind } from './places.ts';
import type { SaveSink, SaveSource } from './source.ts';

/** Accounts, their folders and the mounts are read so often, in milliseconds. */
const refreshMilliseconds = 60_000;
/** FSEvents says when it lost signals, and Node does not pass that on. */
const rescanMilliseconds = 60 * 60_000;
const mostFolders = 500;

export function watchDocumentSavesOnDarwin(tools: Tools, options: DocumentSavesOptions): WatcherFactory {
  return (context) => documentSaves(darwinSaveSource(tools), options)(context);
}

/** Saves on macOS: by FSEvents of the folders of everybody's home, and of what people put beside the homes. */
export function darwinSaveSource(tools: Tools, shared = '/Users/Shared'): SaveSource {
  const isBusy = busyMeter();
  let accounts: readonly Account[] = [];
  let around: DarwinSurroundings = { homes: [], mounts: [] };
  let homes: readonly string[] = [];
  let folders: FolderWatch | undefined;
  let trouble: string | undefined;

  async function look(): Promise<void> {
    const [people, mounts] = [await readAccounts(tools), await tools.run('mount', [])];
    trouble = people.ok ? (mounts.ok ? undefined : mounts.error.says) : people.error.says;
    if (people.ok) accounts = people.seen;
    around = {
      homes: accounts.map(({ home }) => darwinHome(home)),
      mounts: mounts.ok ? kindsOf(parseMounts(mounts.seen)) : around.mounts,
    };
    const found = around.homes.map(({ path }) => path);
    if (found.join('\n') !== homes.join('\n')) homes = found;
  }

  async function refresh(sink: SaveSink): Promise<void> {
    const before = state();
    await look();
    folders?.cover(await foldersToWatch(homes, shared, sink.wants));
    if (state() !== before) sink.coverageChanged();
  }

  const state = () => `${folders?.count()} ${folders?.refusals().join()} ${trouble}`;

  return {
    placeOf: (path) => placeOnDarwin(path, around),
    homes: () => homes,
    roots: () => [...homes, shared],
    // A file that iCloud holds only elsewhere has a size, and takes no room.
    isPlaceholder: (path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      return stats !== undefined && stats.size > 0 && stats.blocks === 0;
    },
    ownerOf: ({ uid }) => {
      const user = accounts.find((account) => account.uid === uid)?.name;
      return { uid, ...(user !== undefined && { user }) };
    },
    isBusy: () => Promise.resolve(isBusy()),
    isOnBattery: async () => {
      const power = await tools.run('pmset', ['-g', 'ps']);
      return power.ok && power.seen.includes("'Battery Power'");
    },
    rescanEveryMilliseconds: () => rescanMilliseconds,
    coverage: () => [coverage(folders, trouble)],
    async listen(sink) {
      folders = watchFolders({ changed: (path, how) => void changed(path, how, sink), lost: sink.lost });
      await refresh(sink);
      const timer = setInterval(() => void refresh(sink).catch(() => undefined), refreshMilliseconds).unref();
      return {
        stop() {
          clearInterval(timer);
          folders?.stop();
          folders = undefined;
          return Promise.resolve();
        },
      };
    },
  };
}

/** Node calls everything `rename` that FSEvents does not call a change of content. A new name may be a folder's. */
async function changed(path: string, how: 'changed' | 'renamed', sink: SaveSink): Promise<void> {
  if (!sink.wants(path)) return;
  if (documentExtension(path.slice(path.lastIndexOf('/') + 1), sink.extensions()) !== null) {
    sink.saved({ path, how: how === 'renamed' ? 'appeared' : 'touched' });
  } else if (how === 'renamed') {
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory()) sink.folderMoved(path);
  }
}

const networkFilesystems: ReadonlySet<string> = new Set(['smbfs', 'afpfs', 'nfs', 'webdav', 'ftp', 'cifs']);

/** Deepest first. People's media are mounted below /Volumes; so are the disks of a Mac with several, which count as media. */
function kindsOf(mounts: readonly Mount[]): DarwinSurroundings['mounts'] {
  const kindOf = ({ mountPoint, filesystem, isLocal }: Mount): MountKind => {
    if (networkFilesystems.has(filesystem) || (!isLocal && filesystem !== 'autofs' && filesystem !== 'devfs'))
      return 'network';
    if (filesystem === 'devfs' || filesystem === 'autofs') return 'system';
    return mountPoint.startsWith('/Volumes/') ? 'removable' : 'disk';
  };
  return mounts
    .map((mount) => ({ mountPoint: mount.mountPoint, kind: kindOf(mount) }))
    .sort((one, other) => other.mountPoint.length - one.mountPoint.length);
}

/** A home is not watched as a whole, because its Library is written to without end: each folder at its top is. */
async function foldersToWatch(
  homes: readonly string[],
  shared: string,
  wants: (path: string) => boolean,
): Promise<WatchedFolder[]> {
  const found: WatchedFolder[] = [{ path: shared, recursive: true }];
  for (const home of homes) {
    found.push({ path: home, recursive: false });
    const entries = await readdir(home, { withFileTypes: true }).catch(() => []);
    const tops = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${home}/${name}`);
    const synced = darwinHome(home).synced;
    for (const path of [...tops, ...synced]) {
      const isOther = homes.some((one) => one !== home && isWithin(one, path));
      if (!isOther && wants(`${path}/-`) && (await isFolder(path))) found.push({ path, recursive: true });
    }
  }
  const there = await Promise.all(found.map(async (one) => ((await isFolder(one.path)) ? [one] : [])));
  return there.flat().slice(0, mostFolders);
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

function coverage(folders: FolderWatch | undefined, trouble: string | undefined): Coverage {
  const area = { watcher: 'document-saves', area: 'folders of people' } as const;
  const count = folders?.count() ?? 0;
  const limits = [
    neverOnAMac,
    ...(trouble === undefined ? [] : [trouble]),
    ...(folders?.refusals() ?? []).map((word) => `Some folders cannot be watched (${word}).`),
    'Without full disk access for the agent, macOS keeps desktops, documents and downloads from it.',
    'Who saved is taken from the owner of the file.',
    'A renamed document may count as saved.',
    'Of desktops and documents that iCloud keeps, the place is told as if they were only here.',
  ].slice(0, 8);
  const how = `changes of ${count} folders (FSEvents)`;
  return count === 0
    ? { ...area, state: 'failed', how: 'not watched', limits }
    : { ...area, state: 'degraded', how, limits };
}
