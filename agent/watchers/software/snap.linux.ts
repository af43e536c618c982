import { readdir, readlink } from 'node:fs/promises';
import { PortcullisError } from '#shared/errors.ts';
import type { Software } from '#shared/events/software.ts';
import { cleanText } from '#shared/text.ts';
import { ifThere, readStart } from '../../platform/files.linux.ts';
import type { Reader } from './reader.ts';

const longestDescription = 256 * 1024;

/**
 * Snaps, from the folder they are mounted in: `NAME/current` points to the revision in use, whose `meta/snap.yaml`
 * says the version. That needs neither the service nor the command of snap.
 * @param mounts where snaps appear; `/snap`, on some systems `/var/lib/snapd/snap`
 * @param store where the downloaded snaps lie; a new file there is the first sign of a change
 */
export function snapReader(mounts: readonly string[], store: string): Reader {
  return {
    area: 'snap',
    sources: ['snap'],
    how: 'The snaps in use, at each change in the folder of snaps.',
    limits: ['A disabled snap counts as removed.'],
    signs: [{ folder: store }, ...mounts.map((folder) => ({ folder }))],
    async fingerprint() {
      const snaps = await snapsInUse(mounts);
      return snaps && `snaps ${snaps.map(({ folder, revision }) => `${folder}:${revision}`).join('\n')}`;
    },
    async read() {
      const snaps = (await snapsInUse(mounts)) ?? [];
      return { titles: await Promise.all(snaps.map(readSnap)), limits: [] };
    },
  };
}

interface SnapInUse {
  name: string;
  folder: string;
  revision: string;
}

/** Undefined when there is no folder of snaps. */
async function snapsInUse(mounts: readonly string[]): Promise<SnapInUse[] | undefined> {
  for (const mount of mounts) {
    const names = await ifThere(readdir(mount));
    if (!names) continue;
    const snaps = await Promise.all(
      names.sort().map(async (name) => {
        const folder = `${mount}/${name}`;
        const revision = await ifThere(readlink(`${folder}/current`));
        return revision === undefined ? [] : [{ name, folder, revision }];
      }),
    );
    return snaps.flat();
  }
  return undefined;
}

async function readSnap({ name, folder, revision }: SnapInUse): Promise<Software> {
  const description = await readStart(`${folder}/${revision}/meta/snap.yaml`, longestDescription);
  if (!description) throw new PortcullisError('unreadable', 'The description of a snap is not a file.');
  const version = parseSnapVersion(description.toString('utf8'));
  return { source: 'snap', name: cleanText(name), version: cleanText(version ?? `revision ${revision}`) };
}

/** The top-level `version` of a snap.yaml, with or without quotes. */
export function parseSnapVersion(yaml: string): string | undefined {
  const value = /^version:[ \t]*(\S.*)$/m.exec(yaml)?.[1]?.trim();
  return value === undefined ? undefined : (/^(['"])(.*)\1$/.exec(value)?.[2] ?? value);
}
