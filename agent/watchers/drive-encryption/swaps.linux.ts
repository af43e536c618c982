import { readFile } from 'node:fs/promises';
import { errorCode } from '#shared/errors.ts';
import { fromOctal } from '../../platform/mounts.linux.ts';
import { type Look, lookFailed } from '../watcher.ts';

/** One line of /proc/swaps. */
export interface Swap {
  /** `/dev/sda3` or `/swapfile`. */
  path: string;
  isFile: boolean;
  sizeBytes: number;
}

/** Active swap space. A kernel without swap has no such list, which means that there is none. */
export async function readSwaps(proc = '/proc'): Promise<Look<Swap[]>> {
  try {
    return { ok: true, seen: parseSwaps(await readFile(`${proc}/swaps`, 'utf8')) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { ok: true, seen: [] };
    return lookFailed(error, 'The list of swap space could not be read');
  }
}

export function parseSwaps(text: string): Swap[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path, type, kibibytes] = line.split(/\s+/);
      const sizeBytes = Number(kibibytes) * 1024;
      if (!path || !type || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return [];
      return [{ path: fromOctal(path), isFile: type === 'file', sizeBytes }];
    });
}
