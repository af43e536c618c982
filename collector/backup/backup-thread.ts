import { parentPort, workerData } from 'node:worker_threads';
import { PortcullisError } from '#shared/errors.ts';
import type { BackupMessage } from './backup.ts';
import { type BackupTask, writeBackup } from './write-backup.ts';

/* One backup, on a thread and a connection of its own, so that writing and checking it holds nobody up. */
const say = (message: BackupMessage): void => parentPort?.postMessage(message);
try {
  const written = await writeBackup(workerData as BackupTask, (done) => say({ type: 'progress', done }));
  say({ type: 'written', written });
} catch (error) {
  // A thread's errors lose their class on the way.
  if (!(error instanceof PortcullisError)) throw error;
  say({ type: 'failed', code: error.code, says: error.message });
}
