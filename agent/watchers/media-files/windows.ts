import { lstat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Coverage } from '#shared/events/agent.ts';
import { type FolderWatch, watchFolders } from '../../platform/folder-watch.windows.ts';
import { ownerReader } from '../../platform/owner.windows.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import { isWithinOnWindows, plainPath } from '../document-saves/places.windows.ts';
import type { Attached, WatcherFactory } from '../watcher.ts';
import { type MediaFilesOptions, mediaFiles } from './index.ts';
import type { MediaFileSink, MediaFileSource, Medium } from './source.ts';

type System = Pick<WindowsSystem, 'security' | 'sessions'>;

/** Files on removable media by changes of the whole volume of each. */
export function watchMediaFilesOnWindows(system: System, options: MediaFilesOptions): WatcherFactory {
  return (context) => mediaFiles(windowsMediaFileSource(system), options)(context);
}

export function windowsMediaFileSource(system: System): MediaFileSource {
  const owner = ownerReader(system);
  let media: readonly Medium[] = [];
  let folders: FolderWatch | undefined;
  let coverageChanged: () => void = () => undefined;

  return {
    mediumOf: (path) => media.find(({ root }) => isWithinOnWindows(path, root)),
    media: () => media,
    ownerOf: (_stats, path) => owner(path),
    listen(sink) {
      coverageChanged = sink.coverageChanged;
      folders = watchFolders({ changed: (path) => changed(path, sink), lost: sink.lost });
      return Promise.resolve({
        stop() {
          folders?.stop();
          folders = undefined;
          media = [];
          return Promise.resolve();
        },
      });
    },
    cover(attached) {
      const inUse = mediaInUse(attached);
      const fresh = inUse.filter((medium) => !media.some((one) => isSameMedium(one, medium)));
      const isNews = fresh.length > 0 || inUse.length !== media.length;
      media = inUse;
      folders?.cover(inUse.map(({ root }) => ({ path: root, recursive: true })));
      if (isNews) coverageChanged();
      return Promise.resolve(fresh);
    },
    coverage: () => [coverage(media.length, folders?.refusals() ?? [])],
  };
}

/** Windows tells that a name came or went, and not which: the disk says. */
function changed(path: string, sink: MediaFileSink): void {
  const locate = () => undefined;
  lstat(path).then(
    (stats) => stats.isFile() && sink.file({ path, how: 'written', locate }),
    () => sink.file({ path, how: 'deleted', locate }),
  );
}

function mediaInUse(attached: readonly Attached[]): Medium[] {
  return attached.flatMap(({ device, volumes }) =>
    volumes.flatMap((volume) =>
      volume.mountPoint === undefined || volume.readOnly
        ? []
        : [{ device, volume, root: plainPath(volume.mountPoint) }],
    ),
  );
}

function isSameMedium(one: Medium, other: Medium): boolean {
  return one.root === other.root && isDeepStrictEqual(one.device, other.device);
}

function coverage(count: number, refusals: readonly string[]): Coverage {
  const limits = [
    ...refusals.map((word) => `A medium cannot be watched (${word}).`),
    'A renamed file counts as deleted and written.',
    'Files copied to a phone are not seen: it has no drive letter.',
  ];
  const how = `changes of the whole volume on ${count} medi${count === 1 ? 'um' : 'a'} (ReadDirectoryChangesW)`;
  const state = refusals.length > 0 ? 'degraded' : 'watching';
  return { watcher: 'media-files', area: 'files on media in use', state, how, limits };
}
