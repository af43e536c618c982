import Database from 'better-sqlite3';
import { PortcullisError } from '#shared/errors.ts';

/**
 * Keeps a second agent away from the same home for as long as this process lives: two would use one sequence. The
 * lock is the operating system's, so a killed agent leaves none behind.
 * @throws PortcullisError `alreadyRunning`
 */
export function takeLock(file: string): { release(): void } {
  const database = new Database(file, { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new PortcullisError('alreadyRunning', 'Another agent is running with this home folder.', { cause });
  }
  return { release: () => void database.close() };
}
