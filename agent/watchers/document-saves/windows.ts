import { lstat, readdir } from 'node:fs/promises';
import type { Coverage } from '#shared/events/agent.ts';
import { type FolderWatch, type WatchedFolder, watchFolders } from '../../platform/folder-watch.ts';
import { busyMeter } from '../../platform/load.ts';
import { systemDrive } from '../../platform/media.windows.ts';
import { ownerReader } from '../../platform/owner.windows.ts';
import { isWithinOnWindows, plainPath } from '../../platform/windows/paths.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import type { DriveType } from '../../platform/windows/volumes.ts';
import type { WatcherFactory } from '../watcher.ts';
import { readHomes } from './homes.windows.ts';
import { type DocumentSavesOptions, documentSaves } from './index.ts';
import { documentExtension } from './names.ts';
import type { Home } from './places.ts';
import { placeOnWindows, type WindowsSurroundings } from './places.windows.ts';
import type { SaveSink, SaveSource } from './source.ts';

type System = Pick<WindowsSystem, 'registry' | 'volumes' | 'security' | 'sessions' | 'power' | 'host'>;
type Environment = Record<string, string | undefined>;

/** Profiles, their folders and the drives are read so often, in milliseconds, and when somebody signs in or out. */
const refreshMilliseconds = 60_000;
/** Windows says when it lost signals; this is for folders it gives none of, such as those of some network drives. */
const rescanMilliseconds = 60 * 60_000;
const mostFolders = 500;

export function watchDocumentSavesOnWindows(system: System, options: DocumentSavesOptions): WatcherFactory {
  return (context) => documentSaves(windowsSaveSource(system, process.env), options)(context);
}

/** Saves on Windows: by changes of the folders of every profile and of the fixed drives, but for those of programs. */
export function windowsSaveSource(system: System, environment: Environment): SaveSource {
  const { volumes, registry, power, host } = system;
  const owner = ownerReader(system);
  const isBusy = busyMeter();
  let around: WindowsSurroundings = { homes: [], drives: new Map(), systemDrive: systemDrive(environment) };
  let homes: readonly string[] = [];
  let folders: FolderWatch | undefined;

  function look(): void {
    around = { ...around, homes: readHomes(registry, environment), drives: readDrives(volumes) };
    const found = around.homes.map(({ path }) => path);
    if (found.join('\n') !== homes.join('\n')) homes = found;
  }

  async function refresh(sink: SaveSink): Promise<void> {
    const before = `${folders?.count()} ${folders?.refusals().join()}`;
    look();
    folders?.cover(await foldersToWatch(around, sink.wants));
    if (`${folders?.count()} ${folders?.refusals().join()}` !== before) sink.coverageChanged();
  }

  return {
    placeOf: (path) => placeOnWindows(path, around),
    homes: () => homes,
    roots: () => rootsOf(around),
    isWithin: isWithinOnWindows,
    isPlaceholder: (path) => volumes.isPlaceholder(path),
    ownerOf: (_stats, path) => owner(path),
    isBusy: () => Promise.resolve(isBusy()),
    isOnBattery: () => Promise.resolve(power().onBattery),
    rescanEveryMilliseconds: () => rescanMilliseconds,
    coverage: () => coverage(folders),
    async listen(sink) {
      folders = watchFolders({ changed: (path, how) => changed(path, how, sink), lost: sink.lost }, (name) =>
        name.replaceAll('\\', '/'),
      );
      const again = () => void refresh(sink).catch(() => undefined);
      await refresh(sink);
      const timer = setInterval(again, refreshMilliseconds).unref();
      const deafen = host.on('session', again);
      return {
        stop() {
          clearInterval(timer);
          deafen();
          folders?.stop();
          folders = undefined;
          return Promise.resolve();
        },
      };
    },
  };
}

/** A new name may be that of a folder that came as a whole, which has no extension that is looked for. */
function changed(path: string, how: 'changed' | 'renamed', sink: SaveSink): void {
  if (!sink.wants(path)) return;
  if (documentExtension(path.slice(path.lastIndexOf('/') + 1), sink.extensions()) !== null) {
    sink.saved({ path, how: how === 'renamed' ? 'appeared' : 'touched' });
  } else if (how === 'renamed') {
    lstat(path).then(
      (stats) => stats.isDirectory() && sink.folderMoved(path),
      () => undefined,
    );
  }
}

function readDrives(volumes: WindowsSystem['volumes']): Map<string, DriveType> {
  return new Map(
    volumes.list().flatMap(({ name, type, descriptor }): [string, DriveType][] => {
      if (!/^[A-Z]:$/.test(name)) return [];
      // A hard disk on a cable is a fixed drive to Windows, and a medium to people.
      return [[name, type === 'fixed' && descriptor?.bus === 'usb' ? 'removable' : type]];
    }),
  );
}

function fixedDrives({ drives }: WindowsSurroundings): string[] {
  return [...drives].filter(([, type]) => type === 'fixed').map(([letter]) => `${letter}/`);
}

function ownFolders({ desktop, documents, downloads, synced }: Home): string[] {
  return [...desktop, ...documents, ...downloads, ...synced];
}

/** Fixed drives reach every place but folders that were redirected elsewhere. */
function rootsOf(around: WindowsSurroundings): string[] {
  const drives = fixedDrives(around);
  const redirected = around.homes
    .flatMap(ownFolders)
    .filter((folder) => !drives.some((drive) => isWithinOnWindows(folder, drive)));
  return [...new Set([...drives, ...redirected])];
}

/**
 * A home is not watched as a whole, because its programs write without end in it: what stands at its top alone, and each
 * folder in it with all below. The same of each fixed drive, and of redirected folders.
 */
async function foldersToWatch(around: WindowsSurroundings, wants: (path: string) => boolean): Promise<WatchedFolder[]> {
  const tops = [...around.homes.map(({ path }) => path), ...fixedDrives(around)];
  const found: WatchedFolder[] = [];
  for (const top of tops) {
    found.push({ path: top, recursive: false });
    for (const folder of await foldersIn(top)) {
      const isParent = around.homes.some(({ path }) => isWithinOnWindows(path, folder) && path !== folder);
      if (!isParent && !isHome(folder, around) && wants(`${folder}/-`)) found.push({ path: folder, recursive: true });
    }
  }
  const redirected = around.homes.flatMap(ownFolders).filter((folder) => wants(`${folder}/-`));
  for (const path of redirected) {
    const isCovered = found.some((one) => one.recursive && isWithinOnWindows(path, one.path));
    if (!isCovered && (await isFolder(path))) found.push({ path, recursive: true });
  }
  return [...new Map(found.map((folder) => [folder.path.toLowerCase(), folder])).values()].slice(0, mostFolders);
}

function isHome(folder: string, { homes }: WindowsSurroundings): boolean {
  return homes.some(({ path }) => path.toLowerCase() === folder.toLowerCase());
}

async function foldersIn(top: string): Promise<string[]> {
  const entries = await readdir(top, { withFileTypes: true }).catch(() => []);
  const start = top.endsWith('/') ? top : `${top}/`;
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => plainPath(start + name));
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

function coverage(folders: FolderWatch | undefined): Coverage[] {
  const area = { watcher: 'document-saves', area: 'folders of people and fixed drives' } as const;
  const count = folders?.count() ?? 0;
  const refusals = folders?.refusals() ?? [];
  const how = `changes of ${count} folders (ReadDirectoryChangesW)`;
  const limits = [
    ...refusals.map((word) => `Some folders cannot be watched (${word}).`),
    'Who saved is taken from the owner of the file.',
    'A renamed document may count as saved.',
    'Mapped network drives belong to the person who is signed in and are not seen by the agent.',
    'Of people who are not signed in, redirected folders are not known.',
  ].slice(0, 8);
  if (count === 0) return [{ ...area, state: 'failed', how: 'not watched', limits }];
  return [{ ...area, state: refusals.length > 0 ? 'degraded' : 'watching', how, limits }];
}
