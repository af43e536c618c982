import type { Actor } from '#shared/events/event.ts';
import { readActor } from './actor.linux.ts';
import type { Fanotify } from './fanotify-calls.linux.ts';
import { type FanotifyEvent, handleBytes, type NamedEntry, parseFanotifyEvents } from './fanotify-events.ts';
import type { FilePath, FileSink } from './file-signals.ts';

type FileEvent = Extract<FanotifyEvent, { what: 'written' | 'moved' | 'deleted' }>;

const bufferBytes = 64 * 1024;
/** After so many full buffers everything else gets its turn; the kernel wakes us again for the rest. */
const mostReadsInOneTurn = 16;
const mostFoldersKept = 4096;

export interface FanotifyWatch {
  fanotify: Fanotify;
  sink: FileSink;
  /** Where each marked file system is mounted, by file system id. */
  mountPointOf(filesystem: string): string | undefined;
  /** The path as people know it, if the one found is another way to the same place. */
  visible(path: string): string;
  users(): ReadonlyMap<number, string>;
}

/**
 * Turns the events of marked file systems into signals. The descriptor is polled by Node's own event loop: no thread
 * waits, nothing runs while nothing happens, and closing is at once.
 */
export function watchByFanotify({ fanotify, sink, mountPointOf, visible, users }: FanotifyWatch): {
  forgetFolders(): void;
} {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const folders = new Map<string, Buffer>();

  function readAll(): void {
    for (let reads = 0; reads < mostReadsInOneTurn; reads++) {
      const length = fanotify.read(buffer);
      if (length === 0) return;
      const actorOf = rememberedActors(users());
      for (const event of parseFanotifyEvents(buffer.subarray(0, length), sink.filter())) take(event, actorOf);
    }
  }

  function take(event: FanotifyEvent, actorOf: (pid: number) => Actor | undefined): void {
    if (event.what === 'lost') sink.lost();
    else if (event.what === 'folder-moved') takeFolder(event);
    else if (event.pid !== process.pid) takeFile(event, actorOf);
  }

  function takeFolder({ entry, from }: Extract<FanotifyEvent, { what: 'folder-moved' }>): void {
    // The paths of all folders below are others now.
    folders.clear();
    const to = pathOf(entry);
    if (to) sink.folderMoved(to.path, from && pathOf(from)?.path);
  }

  function takeFile(event: FileEvent, actorOf: (pid: number) => Actor | undefined): void {
    const place = pathOf(event.entry);
    if (!place || !sink.wants(place.path)) return;
    const from = event.from && pathOf(event.from);
    const actor = actorOf(event.pid);
    const locate = () => {
      folders.delete(event.entry.folder.key);
      return pathOf(event.entry);
    };
    sink.file({ ...place, how: event.what, locate, ...(from ? { from } : {}), ...(actor ? { actor } : {}) });
  }

  function pathOf({ folder, name }: NamedEntry): FilePath | undefined {
    const known = folders.get(folder.key);
    const mountPoint = known ? undefined : mountPointOf(folder.filesystem);
    const bytes = known ?? (mountPoint === undefined ? undefined : fanotify.folderOf(mountPoint, handleBytes(folder)));
    if (!bytes) return undefined;
    if (!known) keep(folder.key, bytes);
    const raw = Buffer.concat([bytes, Buffer.from(bytes.length === 1 ? '' : '/'), name]);
    const path = raw.toString();
    const id = `${folder.key}/${name.toString('latin1')}`;
    return path.includes('\uFFFD') ? { path, raw, id } : { path: visible(path), id };
  }

  function keep(key: string, path: Buffer): void {
    if (folders.size >= mostFoldersKept) folders.clear();
    folders.set(key, path);
  }

  fanotify.onReadable(readAll);
  return { forgetFolders: () => folders.clear() };
}

/** One program that saves many files is looked up once per buffer read. */
function rememberedActors(users: ReadonlyMap<number, string>): (pid: number) => Actor | undefined {
  let last: { pid: number; actor: Actor | undefined } | undefined;
  return (pid) => {
    if (last?.pid !== pid) last = { pid, actor: readActor(pid, users) };
    return last.actor;
  };
}
