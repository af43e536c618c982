import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PortcullisError } from '#shared/errors.ts';
import { backupUpkeep, makeBackup } from '../backup/backup.ts';
import type { CollectorContext } from '../context.ts';
import type { Home } from '../home.ts';
import { noteUpkeep } from '../store/upkeep.ts';
import { type Job, job } from './job.ts';

const everyMilliseconds = 3_600_000;
const ours = /^portcullis-\d{4}-\d{2}-\d{2}\.backup$/;

/** One backup a day into the folder of the settings, which need not be there every time; nothing when they name none. */
export function backupJob({ store, clock, log }: CollectorContext, home: Home): Job {
  async function look(): Promise<void> {
    const { backup } = home.settings;
    if (!backup) return;
    const { folder, keep, withKeys = false } = backup;
    const now = clock.now();
    const file = join(folder, `portcullis-${new Date(now).toISOString().slice(0, 10)}.backup`);
    if (existsSync(file)) return;
    const made = await makeBackup(home, { file, withKeys, now }, () => undefined).catch((error: unknown) => {
      if (error instanceof PortcullisError) return error;
      throw error;
    });
    await noteUpkeep(store, backupUpkeep(made, now));
    if (made instanceof PortcullisError) throw made;
    // While the newest does not hold, the older ones are what is left.
    if (made.faults.length > 0) throw new PortcullisError('backupFaulty', 'The backup does not hold.');
    forgetOld(folder, keep);
    log.info({ bytes: made.bytes, computers: made.computers }, 'backup written and verified');
  }

  return job({ log, everyMilliseconds, failure: 'the daily backup is not good', look });
}

/** Only files that are named like ours are touched. */
function forgetOld(folder: string, keep: number): void {
  const newestFirst = readdirSync(folder)
    .filter((name) => ours.test(name))
    .sort()
    .reverse();
  for (const name of newestFirst.slice(keep)) rmSync(join(folder, name));
}
