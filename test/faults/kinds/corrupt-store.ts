import { renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { errorMessage, PortcullisError } from '#shared/errors.ts';
import { makeBackup } from '../../../collector/backup/backup.ts';
import { restoreBackup } from '../../../collector/backup/restore.ts';
import { openHome } from '../../../collector/home.ts';
import type { Fault } from '../fault.ts';
import type { Ground } from '../ground.ts';
import { corruptPages } from './corrupt-pages.ts';

export const corruptStore: Fault = {
  name: 'corrupt-store',
  about: 'pages of the store are damaged; the collector never overwrites it, and a backup takes its place',
  async run(ground) {
    const { agent, collector, folder, random, until, aWhile } = ground;
    await collector.start();
    agent.start(400);
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 100);
    const file = join(folder, 'monday.backup');
    await makeBackup(openHome(collector.home), { file, withKeys: true, now: Date.now() }, () => undefined);
    const saved = agent.spool()?.storedSeq ?? 0;
    if (random.below(2) === 0) await until('more is stored', () => (agent.spool()?.storedSeq ?? 0) > saved);
    await collector.program.end('SIGTERM');
    corruptPages(collector.store, random);
    await startDamaged(ground);
    await aWhile(500);
    await collector.program.end('SIGKILL');
    renameSync(collector.home, `${collector.home}-damaged`);
    await restoreBackup({ file, folder: collector.home, despiteFaults: false }, () => undefined);
    await collector.start();
    return { losses: true, accidents: true };
  },
};

/** It serves what can still be read, or ends and says why. */
async function startDamaged({ collector }: Ground): Promise<void> {
  try {
    await collector.start();
  } catch (error) {
    if (/The store is damaged/.test(collector.log())) return;
    const says = `The collector ended on a damaged store without saying so: ${errorMessage(error)}`;
    if (isDamaged(collector.store)) throw new PortcullisError('damageNotTold', says);
  }
}

function isDamaged(file: string): boolean {
  const database = new Database(file, { readonly: true });
  try {
    return database.pragma('quick_check(1)', { simple: true }) !== 'ok';
  } catch {
    return true;
  } finally {
    database.close();
  }
}
