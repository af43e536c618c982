import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '#shared/errors.ts';
import type { FileSettings } from '../settings.ts';
import { asSendError, type Channel, type Outgoing } from './channel.ts';

const usualRotateAt = 64 * 1024 * 1024;
const usualKeep = 7;

/** Lines at the end of a file that only the collector's account can read, on the disk before the batch counts as taken. @param path whole */
export function fileChannel({ rotateAt = usualRotateAt, keep = usualKeep }: FileSettings, path: string): Channel {
  async function send(batch: readonly Outgoing[]): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if ((await sizeOf(path)) >= rotateAt) await rotate(path, keep);
    const file = await open(path, 'a+', 0o600);
    try {
      const text = batch.map(({ line }) => `${line}\n`).join('');
      await file.writeFile((await endsWithin(file)) ? `\n${text}` : text);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  return {
    send: (batch) =>
      send(batch).catch((error: unknown) => {
        throw asSendError(error, errorCode(error));
      }),
  };
}

/** Whether the last write was torn by a crash, so that the file ends within a line. */
async function endsWithin(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** `records.jsonl` becomes `records.jsonl.1`, that `.2` and so on; the oldest goes. */
async function rotate(path: string, keep: number): Promise<void> {
  await rm(`${path}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 1; number -= 1)
    await renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
  await renameIfThere(path, `${path}.1`);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
