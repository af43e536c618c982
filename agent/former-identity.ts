import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { AgentHome } from './home.ts';
import { takeLock } from './lock.ts';

const prefix = 'former-';

/**
 * Moves what belongs to the identity this computer had into a folder of its own: its spool is chained from the old
 * key, and its policy and standing are another collector's. Nothing is deleted. Does nothing where nothing is.
 * @throws PortcullisError `alreadyRunning` while an agent uses the home
 */
export function putAsideFormerIdentity(home: AgentHome, now: number): void {
  if (!existsSync(home.identity) && !existsSync(home.spool)) return;
  const lock = takeLock(home.lock);
  try {
    const aside = join(home.folder, `${prefix}${now}`);
    mkdirSync(aside, { mode: 0o700 });
    const files = readdirSync(home.folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name } of files) {
      if (!name.startsWith(basename(home.lock)) && !name.endsWith('.log'))
        renameSync(join(home.folder, name), join(aside, name));
    }
  } finally {
    lock.release();
  }
}
