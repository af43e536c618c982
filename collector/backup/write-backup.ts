import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Database from 'better-sqlite3';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import { syncFile, syncFolder } from '#shared/files.ts';
import { checkStore } from './check.ts';
import { type CopyProgress, copyDatabase } from './copy.ts';
import { type About, type Part, writeParts } from './parts.ts';

export interface BackupTask {
  storeFile: string;
  /** Where the backup goes; nothing may be there yet. */
  target: string;
  about: About;
  parts: Part[];
}

export interface WrittenBackup {
  bytes: number;
  /** Of the whole file, in hexadecimal: given back at the restore, it shows any change since. */
  sha256: string;
  computers: number;
  /** What does not hold in the copy, a sentence each. It is kept all the same: it may be all there is. */
  faults: string[];
}

/**
 * Writes one file that only its owner reads and verifies it. Until it is whole and on the disk it has another name.
 * @throws PortcullisError `fileExists` or `backupNotWritten`, nothing is then left behind
 */
export async function writeBackup(task: BackupTask, progress: CopyProgress): Promise<WrittenBackup> {
  const { target } = task;
  if (existsSync(target)) throw new PortcullisError('fileExists', `${target} is there already. Name a new file.`);
  const unfinished = `${target}.unfinished`;
  try {
    return await write(task, unfinished, progress);
  } catch (cause) {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${unfinished}${end}`, { force: true });
    if (cause instanceof PortcullisError) throw cause;
    const says = `The backup could not be written (${errorCode(cause)}). Is the folder there, and is there room for a copy of the store?`;
    throw new PortcullisError('backupNotWritten', says, { cause, retry: true });
  }
}

async function write(
  { storeFile, target, about, parts }: BackupTask,
  unfinished: string,
  progress: CopyProgress,
): Promise<WrittenBackup> {
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600));
  await copyDatabase(storeFile, unfinished, progress);
  const database = new Database(unfinished);
  try {
    // One file, without the two that WAL keeps beside it.
    database.pragma('journal_mode = DELETE');
    writeParts(database, about, parts);
  } finally {
    database.close();
  }
  const { computers, faults } = await checkStore(unfinished);
  syncFile(unfinished);
  renameSync(unfinished, target);
  syncFolder(dirname(target));
  return { bytes: statSync(target).size, sha256: await sha256Of(target), computers, faults };
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
