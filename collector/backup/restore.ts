import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { errorCode, InvalidError, PortcullisError } from '#shared/errors.ts';
import { syncFolder } from '#shared/files.ts';
import { storeFile } from '../home.ts';
import { passStandings } from '../policies/standing-version.ts';
import { migrate, openStore } from '../store/database.ts';
import { migrations } from '../store/migrations/index.ts';
import { checkStore } from './check.ts';
import { type CopyProgress, copyDatabase } from './copy.ts';
import { brokenPages } from './pages.ts';
import { type About, dropParts, type Part, takeParts } from './parts.ts';
import { strangeSchema } from './schema.ts';
import { sha256Of } from './write-backup.ts';

export interface RestoreRequest {
  file: string;
  /** The collector's folder: missing or empty. */
  folder: string;
  /** SHA-256 of the file, as the backup printed it. */
  sha256?: string | undefined;
  /** Restores what does not verify, too. */
  despiteFaults: boolean;
}

export interface Restored extends About {
  computers: number;
  faults: string[];
  files: string[];
}

/**
 * Verifies a backup and makes a collector's folder of it. The folder appears whole at the end, or not at all.
 * @throws PortcullisError `homeNotEmpty`, `backupChanged`, `backupDamaged`, `backupFaulty`, `backupTooNew`
 * @throws InvalidError when the file is no backup
 */
export async function restoreBackup(request: RestoreRequest, progress: CopyProgress): Promise<Restored> {
  const { file, folder, sha256 } = request;
  refuseUsed(folder);
  if (!existsSync(file)) throw new PortcullisError('noBackup', `There is no file ${file}.`);
  if (sha256 !== undefined && (await sha256Of(file)) !== sha256.toLowerCase())
    throw new PortcullisError('backupChanged', 'The file is not the one with this SHA-256. Nothing was restored.');
  const taken = readBackup(file);
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const staging = mkdtempSync(`${folder}.restoring-`);
  try {
    const { computers, faults } = await unpack(request, staging, taken.parts, progress);
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(staging, folder);
    syncFolder(dirname(folder));
    return { ...taken.about, computers, faults, files: taken.parts.map(({ name }) => name) };
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    throw sqliteError(error) ? damaged([`SQLite cannot use it (${errorCode(error)}).`], error) : error;
  }
}

/** Pages may fit together and still hold other tables than ours. */
function sqliteError(error: unknown): boolean {
  return errorCode(error).startsWith('SQLITE_');
}

function refuseUsed(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  const says = `There is something in ${folder} already, and a restore never writes over it. Stop the collector, move that folder aside, and try again.`;
  throw new PortcullisError('homeNotEmpty', says);
}

function readBackup(file: string): { about: About; parts: Part[] } {
  const database = openUntrusted(file);
  try {
    return takeParts(database);
  } catch (cause) {
    if (cause instanceof InvalidError) throw cause;
    if (errorCode(cause).startsWith('SQLITE_CORRUPT')) throw damaged([]);
    throw new InvalidError('The file is no backup of Portcullis, or it is damaged.', { cause });
  } finally {
    database.close();
  }
}

function damaged(faults: readonly string[], cause?: unknown): PortcullisError {
  const says = ['The file is damaged. Nothing was restored.', ...faults].join(' ');
  return new PortcullisError('backupDamaged', says, { cause });
}

function openUntrusted(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  // What a schema of another hand calls must not run.
  database.pragma('trusted_schema = OFF');
  return database;
}

async function unpack(
  { file, despiteFaults }: RestoreRequest,
  staging: string,
  parts: readonly Part[],
  progress: CopyProgress,
): Promise<{ computers: number; faults: string[] }> {
  const broken = brokenPages(file);
  if (broken.length > 0 && !despiteFaults) throw damaged(broken);
  const store = storeFile(staging);
  writeFileSync(store, '', { mode: 0o600 });
  await copyDatabase(file, store, progress);
  await prepare(store);
  const { computers, faults: ofChains } = await checkStore(store);
  const faults = [...(await strangeSchema(store)), ...ofChains];
  if (faults.length > 0 && !despiteFaults)
    throw new PortcullisError('backupFaulty', `The backup does not hold. Nothing was restored. ${faults.join(' ')}`);
  for (const { name, content } of parts) {
    mkdirSync(dirname(join(staging, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(staging, name), content, { mode: 0o600, flush: true });
  }
  syncFolder(staging);
  return { computers, faults };
}

/** Takes the other files out of the store and brings it to this version's schema. */
async function prepare(file: string): Promise<void> {
  const database = new Database(file);
  try {
    const applied = database.prepare<[], { name: string }>('SELECT name FROM kysely_migration').all();
    if (applied.some(({ name }) => !(name in migrations)))
      throw new PortcullisError(
        'backupTooNew',
        'A newer version made this backup. Restore it with that version or a newer one.',
      );
    dropParts(database);
  } finally {
    database.close();
  }
  const { store, close } = openStore(file);
  try {
    await migrate(store);
    await passStandings(store);
  } finally {
    await close();
  }
}
