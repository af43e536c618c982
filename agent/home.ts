import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { currentSystem } from './platform/current.ts';

/** The agent's folder: everything it keeps, readable by its own account only. */
export interface AgentHome {
  folder: string;
  identity: string;
  spool: string;
  sequence: string;
  policy: string;
  /** Register, approvals and cancelled codes. */
  standing: string;
  /** What the running agent last said of itself; for `portcullis-agent status`. */
  status: string;
  /** Which files were looked into, and what was seen in shared places: keyed marks only. */
  inspections: string;
  lock: string;
  /** Newer versions of the agent, beside its folder: whoever reads documents may read the program. */
  versions: string;
}

export function agentHome(folder: string): AgentHome {
  return {
    folder,
    identity: join(folder, 'identity.json'),
    spool: join(folder, 'spool.sqlite'),
    sequence: join(folder, 'sequence.json'),
    policy: join(folder, 'policy.json'),
    standing: join(folder, 'standing.json'),
    status: join(folder, 'status.json'),
    inspections: join(folder, 'inspections.sqlite'),
    lock: join(folder, 'lock.sqlite'),
    versions: join(dirname(folder), 'agent-versions'),
  };
}

/**
 * Makes the folder where it is missing, and on Windows closes it to everybody but the system and administrators: what
 * stands above it there lets every user make files.
 */
export async function closeHome({ folder }: AgentHome): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (currentSystem() !== 'windows') return;
  const { openSecurity } = await import('./platform/windows/security.ts');
  openSecurity().closeFolder(folder);
}
