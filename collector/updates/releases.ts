import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openBundle } from '#shared/bundle.ts';
import { InvalidError, PortcullisError } from '#shared/errors.ts';
import { syncFile, syncFolder } from '#shared/files.ts';
import type { Signer } from '#shared/identity.ts';
import { bundleLimits, ReleaseManifest, releaseContext } from '#shared/protocol/release.ts';
import { checker } from '#shared/schema.ts';
import { cleanText } from '#shared/text.ts';
import { uuidv7 } from '#shared/uuid.ts';
import { recordAudit } from '../accounts/audit.ts';
import type { ReleasesTable } from '../store/self-care-tables.ts';
import type { Store } from '../store/tables.ts';

/** Releases of the agent: bundles in a folder of the collector's home, each under its own hash, and what was signed of them. */
export function releaseFolder(home: string): string {
  return join(home, 'releases');
}

export function releaseFile(home: string, sha256: string): string {
  return join(releaseFolder(home), `${sha256}.zip`);
}

export interface NewRelease {
  file: string;
  notes: string;
  /** It may take the place of a newer one. */
  rollBack: boolean;
  /** Seconds in which an agent has to have reported after it took it. */
  reportWithin: number;
  by: string;
  accountId: string | null;
  now: number;
}

interface ReleaseParts {
  store: Store;
  home: string;
  organisation: string;
  signer: Signer;
}

/**
 * Takes a bundle into the home, and signs what it is. Nothing is offered to anybody by that.
 * @throws InvalidError when the file is no bundle. @throws PortcullisError `noSuchFile` · `releaseKnown`
 */
export async function addRelease(parts: ReleaseParts, given: NewRelease): Promise<ReleasesTable> {
  const { store, home, organisation, signer } = parts;
  const { size, sha256 } = await measure(given.file);
  const { version, platform, arch, minimumProtocol } = await contentsOf(given.file);
  const { rollBack, reportWithin } = given;
  const notes = cleanText(given.notes);
  const what = { organisation, version, platform, arch, minimumProtocol, size, sha256, rollBack, reportWithin, notes };
  const manifest = JSON.stringify(checker(ReleaseManifest).parse(what, 'The release'));
  const row: ReleasesTable = {
    id: uuidv7(given.now),
    ...{ version, platform, arch, size, sha256, notes, manifest },
    roll_back: Number(rollBack),
    signature: signer.sign(releaseContext, manifest),
    added_at: given.now,
    added_by: given.by,
  };
  await keep(given.file, releaseFile(home, sha256));
  await store.transaction().execute(async (tx) => {
    const known = await tx.selectFrom('releases').select('version').where('sha256', '=', sha256).executeTakeFirst();
    if (known) throw new PortcullisError('releaseKnown', `This file is the release ${known.version} already.`);
    await tx.insertInto('releases').values(row).execute();
    const { accountId, now: at, by } = given;
    await recordAudit(tx, {
      at,
      accountId,
      action: 'release.added',
      object: row.id,
      detail: `${version} ${platform} ${by}`,
    });
  });
  return row;
}

async function measure(file: string): Promise<{ size: number; sha256: string }> {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new PortcullisError('noSuchFile', `There is no file ${file}.`);
  if (size > bundleLimits.bytes) throw new InvalidError(`A bundle has ${bundleLimits.bytes} bytes at most.`);
  const digest = createHash('sha256');
  await pipeline(createReadStream(file), digest);
  return { size, sha256: digest.digest('hex') };
}

async function contentsOf(file: string) {
  const bundle = await openBundle(file);
  try {
    return bundle.contents;
  } finally {
    bundle.close();
  }
}

async function keep(from: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  const folder = join(to, '..');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = `${to}.new`;
  try {
    await pipeline(createReadStream(from), createWriteStream(fresh, { mode: 0o600 }));
    syncFile(fresh);
    renameSync(fresh, to);
    syncFolder(folder);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Newest first. */
export function listReleases(store: Store): Promise<ReleasesTable[]> {
  return store
    .selectFrom('releases')
    .selectAll()
    .orderBy('added_at', 'desc')
    .orderBy('id', 'desc')
    .limit(100)
    .execute();
}

/** By its id, or by its version where only one has it. @throws PortcullisError `noSuchRelease` · `ambiguous` */
export async function findRelease(store: Store, reference: string): Promise<ReleasesTable> {
  const [found, ...more] = await store
    .selectFrom('releases')
    .selectAll()
    .where((build) => build.or([build('id', '=', reference), build('version', '=', reference)]))
    .execute();
  if (!found) throw new PortcullisError('noSuchRelease', 'No release has this id or version.');
  if (more.length > 0)
    throw new PortcullisError('ambiguous', 'Several releases have this version. Name one by its id.');
  return found;
}
