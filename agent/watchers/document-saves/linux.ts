import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import { actorOf } from '../../platform/actor.linux.ts';
import { type Fanotify, openFanotify } from '../../platform/fanotify-calls.linux.ts';
import { type OpenSignals, openSignals } from '../../platform/fanotify-opens.linux.ts';
import { watchByFanotify } from '../../platform/file-signals.linux.ts';
import type { FileSink, NameFilter } from '../../platform/file-signals.ts';
import { isBusyOnLinux, isOnBatteryOnLinux } from '../../platform/load.linux.ts';
import type { WatcherFactory } from '../watcher.ts';
import { coverageOnLinux } from './coverage.linux.ts';
import { type DocumentSavesOptions, documentSaves } from './index.ts';
import { type FolderWatch, watchFolders } from './inotify.linux.ts';
import { type Marks, markFilesystems, noMarks } from './marks.linux.ts';
import { documentExtension, nameFilter } from './names.ts';
import { isWithin, placeOf } from './places.ts';
import type { SaveSink, SaveSource } from './source.ts';
import {
  type LinuxSurroundings,
  readMountText,
  readSurroundings,
  type SurroundingsRoots,
} from './surroundings.linux.ts';

export interface LinuxSaveOptions extends SurroundingsRoots {
  /** Opens the system calls; rejects where they cannot be had, and the watcher does without. */
  fanotify?: () => Promise<Fanotify>;
}

/** Mounts are compared so often, in milliseconds; every twelfth time users and their folders are read as well. */
const refreshMilliseconds = 5_000;
const refreshesToReadAll = 12;
const inotifyRescanMilliseconds = 15 * 60_000;

export function watchDocumentSavesOnLinux(options: DocumentSavesOptions & LinuxSaveOptions): WatcherFactory {
  return (context) => documentSaves(linuxSaveSource(options), options)(context);
}

/**
 * Saves on Linux: by fanotify where the agent may and the file system lets it, by inotify on the folders of homes
 * where not. Keeps up with file systems, users and folders that come and go.
 */
export function linuxSaveSource(options: LinuxSaveOptions = {}): SaveSource {
  let around: LinuxSurroundings = { homes: [], mounts: [], users: new Map(), mountText: '' };
  let homes: readonly string[] = [];
  let marks: Marks = noMarks;
  let fanotify: Fanotify | undefined;
  let trouble: string | undefined;
  let folders: FolderWatch | undefined;
  let opens: OpenSignals | undefined;
  let shared = '';
  let leftOver: readonly string[] = [];
  let unreadable = 0;

  async function look(): Promise<void> {
    around = await readSurroundings(options);
    const found = around.homes.map(({ path }) => path);
    if (found.join('\n') !== homes.join('\n')) homes = found;
  }

  async function open(sink: SaveSink): Promise<{ forgetFolders(): void }> {
    try {
      fanotify = await (options.fanotify ?? openFanotify)();
      return watchByFanotify({
        fanotify,
        sink: fileSink(sink),
        mountPointOf: (filesystem) => marks.mountPointOf(filesystem),
        visible: (path) => marks.visible(path),
        users: () => around.users,
      });
    } catch (error) {
      const code = errorCode(error);
      trouble = code === 'EPERM' ? 'The agent does not run as root.' : `fanotify cannot be used (${code}).`;
      return { forgetFolders: () => undefined };
    }
  }

  /** Listens to what is opened on shared drives; one that came a moment ago may have been used before. */
  function coverShared(sink: SaveSink): void {
    const places = around.mounts
      .filter(({ kind, mountPoint }) => kind === 'network' && placeOf(`${mountPoint}/-`, around) === 'shared')
      .map(({ mountPoint }) => mountPoint);
    if (places.join('\n') === shared) return;
    shared = places.join('\n');
    try {
      for (const place of places) opens?.mark(place);
      sink.sharedMissed(opens !== undefined);
    } catch {
      sink.sharedMissed(false);
    }
  }

  async function openShared(sink: SaveSink): Promise<void> {
    const lost = () => sink.sharedMissed(true);
    opens = await openSignals({ closed: sink.sharedSeen, lost }).catch(() => undefined);
    sink.sharedMissed(opens !== undefined);
    coverShared(sink);
  }

  /** Marks what can be marked and watches the folders of the homes that are left over. */
  async function cover(sink: SaveSink): Promise<void> {
    if (fanotify) marks = markFilesystems(fanotify, around, sink.wants);
    const uncovered = homes.filter((home) => !marks.covers(home) && sink.wants(`${home}/Documents/-`));
    const readable = await readableOf(uncovered);
    leftOver = readable.paths;
    unreadable = readable.refused;
    if (leftOver.length === 0) return;
    folders ??= watchFolders({ sink, enters: entersLeftOver, isDocument: (name) => isDocument(name, sink) });
    await folders.addRoots(leftOver);
  }

  function entersLeftOver(folder: string): boolean {
    return leftOver.some((home) => isWithin(folder, home)) && placeOf(`${folder}/-`, around) !== null;
  }

  return {
    placeOf: (path) => placeOf(path, around),
    homes: () => homes,
    roots: () => [...new Set(fanotify ? [...marks.mountPoints, ...homes] : leftOver)],
    ownerOf: (stats) => actorOf(stats.uid, around.users),
    isBusy: () => isBusyOnLinux(options.proc),
    isOnBattery: () => isOnBatteryOnLinux(),
    rescanEveryMilliseconds: () => (fanotify ? null : inotifyRescanMilliseconds),
    coverage: () =>
      coverageOnLinux({
        trouble,
        failed: marks.failed,
        markedFilesystems: marks.mountPoints.length,
        unreadableHomes: unreadable,
        tellsOldNames: fanotify?.tellsOldNames() ?? false,
        folders: folders && { homes: leftOver.length, count: folders.count(), limit: folders.limit() },
      }),
    async listen(sink) {
      await look();
      const { forgetFolders } = await open(sink);
      await cover(sink);
      if (fanotify) await openShared(sink);
      const refreshing = everySoOften(async (all) => {
        if (!all && (await readMountText(options.proc)) === around.mountText) return;
        const before = marks.mountPoints.join('\n');
        await look();
        await cover(sink);
        coverShared(sink);
        forgetFolders();
        if (marks.mountPoints.join('\n') !== before) sink.coverageChanged();
      });
      return {
        async stop() {
          await refreshing.stop();
          fanotify?.close();
          fanotify = undefined;
          opens?.close();
          opens = undefined;
          await folders?.stop();
          folders = undefined;
        },
      };
    },
  };
}

/** Calls `refresh`, one at a time; a refresh that fails is made good by the next. */
function everySoOften(refresh: (all: boolean) => Promise<void>): { stop(): Promise<void> } {
  let count = 0;
  let current: Promise<void> | undefined;
  const timer = setInterval(() => {
    count++;
    current ??= refresh(count % refreshesToReadAll === 0)
      .catch(() => undefined)
      .finally(() => {
        current = undefined;
      });
  }, refreshMilliseconds).unref();
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}

/** Homes that may be looked into; those that do not exist are neither readable nor refused. */
async function readableOf(paths: readonly string[]): Promise<{ paths: string[]; refused: number }> {
  const answers = await Promise.all(
    paths.map((path) =>
      access(path, constants.R_OK | constants.X_OK).then(
        () => 'readable',
        (error: unknown) => errorCode(error),
      ),
    ),
  );
  return {
    paths: paths.filter((_, index) => answers[index] === 'readable'),
    refused: answers.filter((answer) => answer === 'EACCES').length,
  };
}

function isDocument(name: string, sink: SaveSink): boolean {
  return documentExtension(name, sink.extensions()) !== null;
}

/** Only names of documents are let through. */
function fileSink(sink: SaveSink): FileSink {
  let current: { extensions: ReadonlySet<string>; accepts: NameFilter } | undefined;
  return {
    filter() {
      const extensions = sink.extensions();
      if (current?.extensions !== extensions) current = { extensions, accepts: nameFilter(extensions) };
      return current.accepts;
    },
    wants: sink.wants,
    file(signal) {
      if (signal.how !== 'deleted') sink.saved({ ...signal, how: signal.how });
    },
    folderMoved: sink.folderMoved,
    lost: sink.lost,
  };
}
