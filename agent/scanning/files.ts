import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';

const deepest = 64;

/** Every ordinary file below a folder; no link is followed. A folder or file that cannot be read is told as such. */
export async function* filesBelow(
  folder: string,
  depth = 0,
): AsyncGenerator<{ path: string; bytes: number } | 'unreadable'> {
  const list = depth > deepest ? undefined : await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!list) {
    yield 'unreadable';
    return;
  }
  for (const entry of list) yield* one(folder, entry, depth);
}

async function* one(folder: string, entry: Dirent, depth: number): ReturnType<typeof filesBelow> {
  const path = `${folder}/${entry.name}`;
  if (entry.isDirectory()) yield* filesBelow(path, depth + 1);
  if (!entry.isFile()) return;
  const state = await lstat(path).catch(() => undefined);
  yield state ? { path, bytes: state.size } : 'unreadable';
}
