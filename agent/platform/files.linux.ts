import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import type { Clock } from '#shared/clock.ts';
import { errorCode } from '#shared/errors.ts';

/** Whether an error says that there is no such file, as opposed to one that could not be read. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}

/** What the promise gives, or undefined where there is no such file. Other errors pass through. */
export async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Differs whenever one of the files was written or replaced; undefined when none of them is there. */
export async function fileFingerprint(paths: readonly string[]): Promise<string | undefined> {
  const marks = await Promise.all(
    paths.map(async (path) => {
      const file = await ifThere(stat(path, { bigint: true }));
      return file ? [`${path}:${file.ino}:${file.size}:${file.mtimeNs}`] : [];
    }),
  );
  return marks.flat().join('\n') || undefined;
}

/**
 * The first bytes of an ordinary file in a folder that others may write to: no link is followed and no pipe or
 * device is waited for. Undefined when it is not an ordinary file.
 */
export async function readStart(path: string, bytes: number): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A package that is still half-way after this long is not waited for. */
const patienceMilliseconds = 10 * 60_000;

/**
 * Whether another process holds one of these lock files for writing, as package managers do while at work. A lock
 * that is never given back, as by a package manager's window left open, is heeded for ten minutes.
 */
export function workLock(paths: readonly string[], proc: string, clock: Clock): () => Promise<boolean> {
  let since: number | undefined;
  return async () => {
    const locked = parseWriteLocks(await readFile(`${proc}/locks`, 'utf8'));
    const files = await Promise.all(paths.map((path) => ifThere(stat(path))));
    const isLocked = files.some((file) => file !== undefined && locked.has(String(file.ino)));
    since = isLocked ? (since ?? clock.monotonic()) : undefined;
    return since !== undefined && clock.monotonic() - since < patienceMilliseconds;
  };
}

/**
 * Inode numbers under a POSIX write lock, see proc_locks(5). The device number beside them is left out: on Btrfs and
 * overlays it is not the one that stat(2) gives. A file of equal number elsewhere can therefore only cause waiting.
 */
export function parseWriteLocks(text: string): Set<string> {
  const lines = text.matchAll(/^\d+: POSIX +\S+ +WRITE +-?\d+ +[0-9a-f]+:[0-9a-f]+:(\d+) /gm);
  return new Set([...lines].flatMap(([, inode]) => inode ?? []));
}
