import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '#shared/clock.ts';
import { errorCode, PortcullisError } from '#shared/errors.ts';
import type { AgentHome } from './home.ts';
import { takeLock } from './lock.ts';
import type { Platform } from './platform/platform.ts';
import { releaseNow } from './status.ts';

export interface Released {
  /** Whether anything had to be restored. */
  released: boolean;
  /** Whether identity, spool and policy were removed. */
  dataRemoved: boolean;
}

/**
 * For an agent that died while it enforced, or is taken off: the former state of devices and policies stands again. A
 * computer that was never enrolled has nothing to restore, and is no error.
 * @param removeData also what the agent keeps; a computer that comes back is then a new one
 * @throws PortcullisError `running`
 */
export async function release(
  home: AgentHome,
  platform: Platform,
  clock: Clock,
  { removeData }: { removeData: boolean },
): Promise<Released> {
  const isThere = existsSync(home.folder);
  const lock = isThere ? lockOf(home) : undefined;
  const released = await releaseNow(platform, clock).finally(() => lock?.release());
  if (removeData && isThere) removeHome(home);
  return { released, dataRemoved: removeData && isThere };
}

function lockOf(home: AgentHome): { release(): void } {
  try {
    return takeLock(home.lock);
  } catch (cause) {
    if (errorCode(cause) !== 'alreadyRunning') throw cause;
    const says = 'The agent is running. Stop it instead: it restores the former state itself.';
    throw new PortcullisError('running', says, { cause });
  }
}

/** Links are removed, never followed. What else lies above stays. */
function removeHome({ folder }: AgentHome): void {
  rmSync(folder, { recursive: true, force: true });
  try {
    rmdirSync(dirname(folder));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
  }
}
