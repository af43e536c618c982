import { type FSWatcher, watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import { join, rescan } from '../rescan.ts';
import { isWithin } from './places.ts';
import type { SaveSink } from './source.ts';

/** What must be decided about folders and names, for a walk that may not go everywhere. */
export interface FolderWatchOptions {
  sink: SaveSink;
  /** Whether documents can lie in this folder or below. */
  enters(folder: string): boolean;
  isDocument(name: string): boolean;
  /** More folders than this are not watched; each costs a kernel watch of the user's and some memory. */
  mostFolders?: number;
}
export interface FolderWatch {
  /** Watches these folders and all below; what is watched already stays. Resolves when watches are set. */
  addRoots(roots: readonly string[]): Promise<void>;
  /** Folders watched now. */
  count(): number;
  /** Why folders are missing, as a sentence; undefined when none is known to be. */
  limit(): string | undefined;
  stop(): Promise<void>;
}

const usualMostFolders = 8192;
const deepest = 64;

/**
 * Watches folders one by one through inotify, for agents without the right to fanotify and for file systems that it
 * cannot mark. A new folder is watched first and looked through then, so that what was saved in it meanwhile is seen.
 */
export function watchFolders(options: FolderWatchOptions): FolderWatch {
  const { sink, enters, isDocument, mostFolders = usualMostFolders } = options;
  const watchers = new Map<string, FSWatcher>();
  const stopping = new AbortController();
  /** Names that came or went and were not looked at yet. */
  const news = new Set<string>();
  let limit: string | undefined;
  let looking = false;
  let working = Promise.resolve();

  function limited(says: string): void {
    if (limit === says) return;
    limit = says;
    sink.coverageChanged();
  }

  function watchOne(folder: string): void {
    if (watchers.has(folder) || stopping.signal.aborted) return;
    if (watchers.size >= mostFolders) {
      limited(`Only ${mostFolders} folders are watched; there are more.`);
      return;
    }
    try {
      const watcher = watch(folder, (kind, name) => changed(folder, kind, name));
      watcher.on('error', () => forget(folder));
      watchers.set(folder, watcher);
    } catch (error) {
      if (!['ENOSPC', 'EMFILE'].includes(errorCode(error))) return;
      limited('The system gives no more folder watches (fs.inotify.max_user_watches or max_user_instances).');
    }
  }

  /** Node says `rename` when a name came or went, whichever, and `change` for content and attributes. */
  function changed(folder: string, kind: string, name: string | null): void {
    if (name === null) return;
    const path = join(folder, name);
    if (isDocument(name) && sink.wants(path)) sink.saved({ path, how: kind === 'rename' ? 'appeared' : 'touched' });
    else if (kind === 'rename' && (watchers.has(path) || enters(path))) lookLater(path);
  }

  function lookLater(path: string): void {
    news.add(path);
    if (looking) return;
    looking = true;
    next(async () => {
      for (const one of news) {
        news.delete(one);
        await lookAt(one);
      }
      looking = false;
    });
  }

  async function lookAt(path: string): Promise<void> {
    // A watch that bears this name may be that of a folder that was here before.
    forget(path);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory()) await enter([path], true);
  }

  async function enter(roots: readonly string[], isNew: boolean): Promise<void> {
    const found = (path: string) => {
      if (isNew && sink.wants(path)) sink.saved({ path, how: 'touched' });
    };
    const walk = { roots, enters, isWanted: isDocument, found, folder: watchOne, signal: stopping.signal };
    await rescan(walk, { mostFolders: mostFolders * 2, deepest, workMilliseconds: 20 });
  }

  /** A folder that is gone, or goes by another name, takes all below with it. */
  function forget(folder: string): void {
    if (!watchers.has(folder)) return;
    for (const [path, watcher] of watchers) {
      if (!isWithin(path, folder)) continue;
      watcher.close();
      watchers.delete(path);
    }
  }

  /** One piece of work at a time. */
  function next(work: () => Promise<void>): void {
    working = working.then(work).catch(() => undefined);
  }

  return {
    async addRoots(roots) {
      const fresh = roots.filter((root) => !watchers.has(root));
      next(() => enter(fresh, false));
      await working;
    },
    count: () => watchers.size,
    limit: () => limit,
    async stop() {
      stopping.abort();
      await working;
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
