import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import type { Random } from '../../fakes/random.ts';

const pageBytes = 4096;

/** Writes nonsense over a few pages of a database that nobody has open. @param from first page that may be hit, from 0 */
export function corruptPages(file: string, random: Random, { from = 0, most = 6 } = {}): void {
  const pages = Math.floor(statSync(file).size / pageBytes);
  const handle = openSync(file, 'r+');
  try {
    for (let count = 1 + random.below(most); count > 0; count -= 1) {
      const page = from + random.below(Math.max(1, pages - from));
      const length = random.oneOf([pageBytes, 512, 64]);
      const at = page * pageBytes + random.below(pageBytes - length + 1);
      writeSync(handle, Buffer.from(Array.from({ length }, () => random.below(256))), 0, length, at);
    }
  } finally {
    closeSync(handle);
  }
}
