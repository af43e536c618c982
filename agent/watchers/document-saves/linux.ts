import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import type { WatcherFactory } from '../watcher.ts';
import { actorOf } from './actor.linux.ts';
import { coverageOnLinux } from './coverage.linux.ts';
import { watchByFanotify } from './fanotify.linux.ts';
import { type Fanotify, openFanotify } from './fanotify-calls.linux.ts';
import { type DocumentSavesOptions, documentSaves } from './index.ts';
import { type FolderWatch, watchFolders } from './inotify.linux.ts';
import { type Marks, markFilesystems, noMarks } from './marks.linux.ts';
import { documentExtension } from './names.ts';
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
        sink,
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
      const refreshing = everySoOften(async (all) => {
        if (!all && (await readMountText(options.proc)) === around.mountText) return;
        const before = marks.mountPoints.join('\n');
        await look();
        await cover(sink);
        forgetFolders();
        if (marks.mountPoints.join('\n') !== before) sink.coverageChanged();
      });
      return {
        async stop() {
          await refreshing.stop();
          fanotify?.close();
          fanotify = undefined;
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
