import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Bundle, contentsFile, openBundle } from '#shared/bundle.ts';
import { syncFolder } from '#shared/files.ts';
import type { ReleaseManifest } from '#shared/protocol/release.ts';
import { UpdateError } from './update-error.ts';

/** What has to be in a program so that it can be started. */
export const needed = ['bin/node', 'agent/portcullis-agent.cjs', 'package.json'] as const;

/**
 * Lays a bundle out in its folder, every file held against the list. The folder is there whole or not at all. Others may read
 * it, as they may what a package installs: the process that reads documents is not root.
 * @throws UpdateError `damaged` · `not-stored`
 */
export async function unpack(file: string, manifest: ReleaseManifest, folder: string): Promise<void> {
  const fresh = `${folder}.new`;
  try {
    await rm(fresh, { recursive: true, force: true });
    await mkdir(fresh, { recursive: true, mode: 0o755 });
    const bundle = await openBundle(file);
    try {
      checkContents(bundle, manifest);
      for (const listed of bundle.contents.files) await layOut(bundle, listed, fresh);
      await writeFile(join(fresh, contentsFile), bundle.contentsText, { mode: 0o644, flush: true });
    } finally {
      bundle.close();
    }
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    syncFolder(dirname(folder));
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    if (cause instanceof UpdateError) throw cause;
    const isOurs = cause instanceof Error && 'code' in cause && /^E[A-Z]+$/.test(String(cause.code));
    if (isOurs) throw new UpdateError('not-stored', 'The bundle could not be laid out.', { retry: true, cause });
    throw new UpdateError('damaged', 'The bundle could not be unpacked.', { cause });
  }
}

function checkContents({ contents }: Bundle, { version, platform, arch }: ReleaseManifest): void {
  if (contents.version !== version || contents.platform !== platform || contents.arch !== arch)
    throw new UpdateError('damaged', 'What is in the bundle is not what its release says.');
  const paths = new Set(contents.files.map(({ path }) => path));
  const missing = needed.filter((path) => !paths.has(path));
  if (missing.length > 0) throw new UpdateError('damaged', `The bundle lacks ${missing.join(', ')}.`);
}

async function layOut(bundle: Bundle, listed: Bundle['contents']['files'][number], folder: string): Promise<void> {
  const { path, sha256 } = listed;
  const to = join(folder, path);
  await mkdir(dirname(to), { recursive: true, mode: 0o755 });
  const digest = createHash('sha256');
  async function* measured(parts: AsyncIterable<Buffer>) {
    for await (const part of parts) {
      digest.update(part);
      yield part;
    }
  }
  const mode = path.startsWith('bin/') ? 0o755 : 0o644;
  await pipeline(await bundle.read(path), measured, createWriteStream(to, { mode, flush: true }));
  if (digest.digest('hex') !== sha256) throw new UpdateError('damaged', `${path} is not what the list says.`);
}
