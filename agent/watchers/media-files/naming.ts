import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import type { EventData } from '#shared/events/kinds.ts';
import { cleanText } from '#shared/text.ts';
import type { FilePath } from '../../platform/file-signals.ts';
import { nameHash } from '../name-hash.ts';

type Named = Pick<EventData<'media.file-deleted'>, 'nameHash' | 'extension' | 'name'>;

/** What an event says of a file's name. @param withNames the policy wants the name itself, too */
export function namedFile(key: Buffer, file: FilePath, withNames: boolean): Named {
  const name = posix.basename(file.path);
  const extension = /\.([a-z0-9]{1,16})$/i.exec(name)?.[1]?.toLowerCase();
  return {
    nameHash: nameHash(key, file),
    ...(extension !== undefined && { extension }),
    ...(withNames && { name: cleanText(name) }),
  };
}

const mostKnown = 20_000;

/** Which version of each file is known, so that one that was only opened for writing is not told as written. */
export interface Versions {
  isKnown(nameHash: string, stats: Stats): boolean;
  know(nameHash: string, stats: Stats): void;
  rename(from: string, to: string): void;
  forget(): void;
}

export function versions(): Versions {
  const known = new Map<string, string>();
  return {
    isKnown: (name, stats) => known.get(name) === versionOf(stats),
    know(name, stats) {
      known.delete(name);
      known.set(name, versionOf(stats));
      for (const oldest of known.keys()) {
        if (known.size <= mostKnown) break;
        known.delete(oldest);
      }
    },
    rename(from, to) {
      const version = known.get(from);
      known.delete(from);
      // A new name changes the file's own times on many file systems: only what was written is compared.
      if (version !== undefined) known.set(to, version);
    },
    forget: () => known.clear(),
  };
}

function versionOf({ mtimeMs, size, ino }: Stats): string {
  // Joined, because V8 keeps a template as a tree of its parts, in several times the memory.
  return [ino, mtimeMs, size].join(':');
}
