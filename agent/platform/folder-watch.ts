import { type FSWatcher, watch } from 'node:fs';
import { errorCode } from '#shared/errors.ts';
import { join } from '../watchers/rescan.ts';

/** A folder to watch, with all below it or alone. */
export interface WatchedFolder {
  path: string;
  recursive: boolean;
}

export interface FolderSink {
  /** Something below a watched folder came, went, was renamed or changed. */
  changed(path: string, how: 'changed' | 'renamed'): void;
  /** The system had more to tell than it could keep. */
  lost(path: string): void;
}

export interface FolderWatch {
  /** Watches these folders and no others. */
  cover(folders: readonly WatchedFolder[]): void;
  count(): number;
  /** Machine words of what kept folders from being watched. */
  refusals(): string[];
  stop(): void;
}

/**
 * Watches folders through Node, which has signals for all below a folder on Windows (ReadDirectoryChangesW, one handle
 * each) and on macOS (FSEvents).
 * @param plain makes a name that the system gives one with slashes
 */
export function watchFolders(sink: FolderSink, plain: (name: string) => string = (name) => name): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  const refused = new Map<string, string>();

  function open({ path, recursive }: WatchedFolder): void {
    try {
      const watcher = watch(path, { recursive, persistent: false }, (kind, name) => {
        // What did not fit into the buffer comes without a name.
        if (name === null) sink.lost(path);
        else sink.changed(join(path, plain(name)), kind === 'change' ? 'changed' : 'renamed');
      });
      watcher.on('error', (error) => {
        refused.set(path, errorCode(error));
        close(path);
        sink.lost(path);
      });
      watchers.set(path, watcher);
      refused.delete(path);
    } catch (error) {
      refused.set(path, errorCode(error));
    }
  }

  function close(path: string): void {
    watchers.get(path)?.close();
    watchers.delete(path);
  }

  return {
    cover(folders) {
      const wanted = new Set(folders.map(({ path }) => path));
      for (const path of [...watchers.keys()]) if (!wanted.has(path)) close(path);
      for (const path of [...refused.keys()]) if (!wanted.has(path)) refused.delete(path);
      for (const folder of folders) if (!watchers.has(folder.path)) open(folder);
    },
    count: () => watchers.size,
    refusals: () => [...new Set(refused.values())],
    stop() {
      for (const path of [...watchers.keys()]) close(path);
    },
  };
}
