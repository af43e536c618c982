import { opendir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Bounds and pace of a walk: about half of one core at most, and never endless. */
export interface RescanLimits {
  mostFolders: number;
  deepest: number;
  /** After so many milliseconds of work the walk rests for as many. */
  workMilliseconds: number;
}
export const usualRescan: RescanLimits = { mostFolders: 200_000, deepest: 64, workMilliseconds: 20 };

export interface Rescan {
  roots: readonly string[];
  /** Whether to look into a folder, asked once of each. */
  enters(folder: string): boolean;
  /** Whether files of this name are looked for. */
  isWanted(name: string): boolean;
  /** Takes the path of a file found. */
  found(path: string): void | Promise<void>;
  /** Takes each folder entered, before its content is read. */
  folder?(path: string): void;
  signal: AbortSignal;
}

/** Walks folders for files, without following links. False when bounds cut it short. */
export async function rescan(walk: Rescan, limits: RescanLimits = usualRescan): Promise<boolean> {
  // A root below another is walked on its own account.
  const roots = new Set(walk.roots);
  const todo = walk.roots.map((path) => ({ path, depth: 0 }));
  let complete = true;
  let worked = performance.now();
  for (let folders = 0; todo.length > 0 && !walk.signal.aborted; folders++) {
    const next = todo.pop();
    if (!next) break;
    if (folders >= limits.mostFolders) return false;
    walk.folder?.(next.path);
    for (const name of await readFolder(next.path, walk)) {
      const path = join(next.path, name);
      if (roots.has(path) || !walk.enters(path)) continue;
      if (next.depth < limits.deepest) todo.push({ path, depth: next.depth + 1 });
      else complete = false;
    }
    if (performance.now() - worked >= limits.workMilliseconds) {
      await pause(limits.workMilliseconds);
      worked = performance.now();
    }
  }
  return complete && !walk.signal.aborted;
}

/** Hands out the files of one folder and answers the names of the folders in it. Unreadable ones are empty. */
async function readFolder(path: string, walk: Rescan): Promise<string[]> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(path, { bufferSize: 256 })) {
      if (entry.isDirectory()) folders.push(entry.name);
      else if (entry.isFile() && walk.isWanted(entry.name)) await walk.found(join(path, entry.name));
      if (walk.signal.aborted) break;
    }
  } catch {
    // Gone meanwhile, or not ours to read: what stands in it escapes the rescan, not the watching.
  }
  return folders;
}

export function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`;
}
