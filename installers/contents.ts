import { hash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentsFile } from '#shared/bundle.ts';
import { protocolVersion } from '#shared/protocol/protocol.ts';
import type { ReleaseContents, releaseArchs, releasePlatforms } from '#shared/protocol/release.ts';
import type { Target } from './program.ts';

/**
 * Writes the list of a program's files beside them, when all of them are there: the agent holds itself against it, and a
 * release is made of it.
 */
export function writeContents(folder: string, target: Target, version: string): ReleaseContents {
  const [system, arch] = target.split('-') as [string, (typeof releaseArchs)[number]];
  const platform = (system === 'win32' ? 'windows' : system) as (typeof releasePlatforms)[number];
  const files = filesIn(folder).map((path) => {
    const bytes = readFileSync(join(folder, path));
    return { path, bytes: bytes.length, sha256: hash('sha256', bytes) };
  });
  const contents = { version, platform, arch, minimumProtocol: protocolVersion, files };
  writeFileSync(join(folder, contentsFile), `${JSON.stringify(contents)}\n`);
  return contents;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== contentsFile)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
