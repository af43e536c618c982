import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PortcullisError } from '#shared/errors.ts';
import { productVersion } from '#shared/version.ts';
import type { Home } from '../home.ts';
import type { UpkeepTable } from '../store/register-tables.ts';
import type { CopyProgress } from './copy.ts';
import { readParts } from './parts.ts';
import type { BackupTask, WrittenBackup } from './write-backup.ts';

export type BackupMessage =
  | { type: 'progress'; done: number }
  | { type: 'written'; written: WrittenBackup }
  | { type: 'failed'; code: string; says: string };

export interface BackupRequest {
  file: string;
  withKeys: boolean;
  now: number;
}

export interface Backup extends WrittenBackup {
  file: string;
  madeAt: number;
  /** Names of the files that are in it beside the store. */
  files: string[];
  /** Files that the settings name outside the collector's folder. They are not in it. */
  outside: string[];
}

/** Backs the store up while the collector goes on. @throws PortcullisError as writeBackup does */
export async function makeBackup(
  home: Home,
  { file, withKeys, now: madeAt }: BackupRequest,
  progress: CopyProgress,
): Promise<Backup> {
  const { parts, outside } = readParts(home, withKeys);
  const about = {
    format: 1 as const,
    version: productVersion(),
    organisation: home.settings.organisation,
    madeAt,
    withKeys,
  };
  const target = resolve(file);
  const written = await inThread({ storeFile: home.store, target, about, parts }, progress);
  return { file: target, madeAt, files: parts.map(({ name }) => name), outside, ...written };
}

function inThread(task: BackupTask, progress: CopyProgress): Promise<WrittenBackup> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL('./backup-thread.ts', import.meta.url), { workerData: task });
    worker.on('message', (message: BackupMessage) => {
      if (message.type === 'progress') progress(message.done);
      else if (message.type === 'written') done(message.written);
      else fail(new PortcullisError(message.code, message.says));
    });
    worker.once('error', fail);
    worker.once('exit', () => fail(new PortcullisError('backupEnded', 'The backup ended before it was written.')));
  });
}

/** What the page that tells how the collector is doing says of it. */
export function backupUpkeep(result: Backup | PortcullisError, at: number): UpkeepTable {
  if (result instanceof PortcullisError) return { what: 'backup', at, well: 0, detail: result.message };
  const { faults, computers, files } = result;
  const keys = files.includes('policy-key.pem') ? 'with the keys' : 'without the keys';
  const detail =
    faults.length === 0
      ? `Written and verified, ${computers} computers, ${keys}.`
      : `Written, but ${faults.length} things in it do not hold. ${faults[0]}`;
  return { what: 'backup', at, well: faults.length === 0 ? 1 : 0, detail };
}
