import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import { Unread } from '../extraction/unread.ts';

/** A regular file, held open so that it stays the same file whatever becomes of its name. */
export interface OpenedFile {
  size: number;
  /** The bytes from `offset`: fewer where the file has become shorter. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Whether it was written to since it was opened. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

// Windows has neither links to be followed by a name's last part nor files that wait to be opened.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** @throws Unread when it is no regular file, too large, or may not be opened */
export async function openFile(path: string | Buffer, longest: number): Promise<OpenedFile> {
  try {
    // Before it is opened, because opening is what sets some devices in motion.
    if (!(await lstat(path)).isFile()) throw new Unread('not-inspectable', 'It is no regular file.');
    return await opened(await open(path, flags), longest);
  } catch (error) {
    throw refusal(error);
  }
}

async function opened(handle: FileHandle, longest: number): Promise<OpenedFile> {
  const before = await handle.stat({ bigint: true });
  const size = Number(before.size);
  const refused = !before.isFile()
    ? new Unread('not-inspectable', 'It is no regular file.')
    : size > longest && new Unread('too-large', `It is larger than ${Math.floor(longest / 1024 / 1024)} MiB.`);
  if (refused) {
    await handle.close();
    throw refused;
  }
  return {
    size,
    async read(offset, length) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    async changed() {
      const now = await handle.stat({ bigint: true });
      return now.size !== before.size || now.mtimeNs !== before.mtimeNs;
    },
    close: () => handle.close(),
  };
}

const refusals: Record<string, string> = {
  ENOENT: 'It is no longer there.',
  ENOTDIR: 'It is no longer there.',
  EACCES: 'This program may not read it.',
  EPERM: 'This program may not read it.',
  EBUSY: 'Another program keeps it locked.',
  EIO: 'The medium could not be read.',
};

function refusal(error: unknown): Unread {
  if (error instanceof Unread) return error;
  if (errorCode(error) === 'ELOOP') return new Unread('not-inspectable', 'It is no regular file.');
  return new Unread('failed', refusals[errorCode(error)] ?? 'It could not be opened.', error);
}
