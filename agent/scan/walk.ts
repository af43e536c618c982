import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { UsageError } from '#shared/errors.ts';

/** Something that is no folder, or a folder that could not be listed. */
export type Found = { path: Buffer; bytes: number } | { path: Buffer; unlisted: true };

const deepest = 64;

/**
 * Everything at or below the paths, in the order of its names. A link is told as such and not followed, unless it is one
 * of the paths. Names are bytes, because not every name is UTF-8.
 */
export async function* walk(paths: readonly string[]): AsyncGenerator<Found> {
  for (const path of paths) {
    const start = Buffer.from(path);
    if ((await stat(path).catch(() => undefined))?.isDirectory()) yield* below(start, 0);
    else yield await file(start);
  }
}

/** @throws UsageError that names the first path there is nothing at */
export async function checkPaths(paths: readonly string[]): Promise<void> {
  for (const path of paths)
    if (!(await lstat(path).catch(() => undefined))) throw new UsageError(`There is no file or folder "${path}".`);
}

async function* below(folder: Buffer, depth: number): AsyncGenerator<Found> {
  const entries = depth > deepest ? undefined : await list(folder);
  if (!entries) {
    yield { path: folder, unlisted: true };
    return;
  }
  for (const entry of entries) {
    const path = Buffer.concat([folder, separator, entry.name]);
    if (entry.isDirectory()) yield* below(path, depth + 1);
    else yield await file(path);
  }
}

const separator = Buffer.from('/');

async function list(folder: Buffer): Promise<Dirent<Buffer>[] | undefined> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(() => undefined);
  return entries?.sort((one, other) => Buffer.compare(one.name, other.name));
}

async function file(path: Buffer): Promise<Found> {
  return { path, bytes: (await lstat(path).catch(() => undefined))?.size ?? 0 };
}
