import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Type from 'typebox';
import { contentsFile } from '#shared/bundle.ts';
import { errorCode } from '#shared/errors.ts';
import { ReleaseContents } from '#shared/protocol/release.ts';
import { checker, exactObject, Sha256Hex, Text } from '#shared/schema.ts';
import type { Memory } from '../spool/spool.ts';
import type { Change } from '../watchers/watcher.ts';

/** How the program on the disk differs from its release. Paths within it. */
export interface OwnFiles {
  version: string;
  /** SHA-256 of the list itself. */
  list: string;
  changed: string[];
  missing: string[];
  added: string[];
}

/**
 * Compares the program's files with the list that lies beside them. Undefined where there is none: a checkout.
 * @throws when it cannot be read, or is no such list
 */
export async function lookAtOwnFiles(folder: string): Promise<OwnFiles | undefined> {
  const text = await readFile(join(folder, contentsFile), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { version, files } = checker(ReleaseContents).parse(JSON.parse(text), 'The list of files');
  const changed: string[] = [];
  const missing: string[] = [];
  for (const { path, sha256 } of files) {
    const found = await sha256Of(join(folder, path));
    if (found === undefined) missing.push(path);
    else if (found !== sha256) changed.push(path);
  }
  const known = new Set([contentsFile, ...files.map(({ path }) => path)]);
  const added = (await filesIn(folder)).filter((path) => !known.has(path));
  return { version, list: hash('sha256', text), changed, missing, added };
}

/** @returns undefined when there is no such file */
async function sha256Of(file: string): Promise<string | undefined> {
  const digest = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), digest);
    return digest.digest('hex');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}

const Known = exactObject({ version: Text, list: Sha256Hex, told: Type.Union([Sha256Hex, Type.Null()]) });
type Known = Type.Static<typeof Known>;
const name = 'own-files';

export interface OwnFilesParts {
  recall(name: string): unknown;
  record(changes: readonly Change[], memory: Memory): void;
}

/**
 * Tells of files that are not those of the release, and of a list that is another than the same version had before. Each
 * finding once, until it is another. What is compared lies beside what compares: whoever changes both, and the memory of the
 * spool, is not noticed.
 */
export function judgeOwnFiles(found: OwnFiles, { recall, record }: OwnFilesParts): void {
  const remembered = recall(name);
  const before = checker(Known).check(remembered) ? remembered : undefined;
  const isOther = before?.version === found.version && before.list !== found.list;
  const words = wordsOf(found, isOther);
  const told = words === undefined ? null : hash('sha256', JSON.stringify(found));
  const list = isOther ? before.list : found.list;
  const now: Known = { version: found.version, list, told };
  if (words !== undefined && told !== before?.told) {
    record([{ kind: 'agent.tampered', data: { what: 'agent-files', because: words } }], { name, value: now });
  } else if (JSON.stringify(before) !== JSON.stringify(now)) record([], { name, value: now });
}

function wordsOf({ version, changed, missing, added }: OwnFiles, isOther: boolean): string | undefined {
  const parts = [
    ...(isOther ? ['the list of its files is another'] : []),
    ...named('changed', changed),
    ...named('missing', missing),
    ...named('added', added),
  ];
  return parts.length === 0 ? undefined : `Not as version ${version} was installed: ${parts.join('; ')}.`.slice(0, 250);
}

function named(what: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
  return [`${what} ${paths.slice(0, 3).join(', ')}${more}`];
}
