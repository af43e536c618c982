import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PortcullisError } from '#shared/errors.ts';
import { currentSystem } from './platform/current.ts';
import type { Security } from './platform/windows/security.ts';

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
 * @throws PortcullisError `foreignHome`
 */
export async function closeHome({ folder }: AgentHome): Promise<void> {
  if (currentSystem() !== 'windows') {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return;
  }
  const { openSecurity } = await import('./platform/windows/security.ts');
  const security = openSecurity();
  refuseForeign([dirname(folder), folder].filter(existsSync), security, process.execPath);
  mkdirSync(folder, { recursive: true });
  security.closeFolder(folder);
}

/** The system, and administrators. */
const trusted: ReadonlySet<string> = new Set(['S-1-5-18', 'S-1-5-32-544']);

/**
 * Whoever made one of the folders before the agent came could put an identity of their own into it, and as its owner open it
 * again whenever they like.
 * @param program whoever owns this one is believed, too
 * @throws PortcullisError `foreignHome`
 */
export function refuseForeign(folders: readonly string[], security: Pick<Security, 'ownerOf'>, program: string): void {
  const own = security.ownerOf(program);
  for (const folder of folders) {
    const owner = security.ownerOf(folder);
    if (owner === undefined || owner === own || trusted.has(owner)) continue;
    const says = `${folder} was made by somebody who is no administrator. Look into it, remove it, and start again.`;
    throw new PortcullisError('foreignHome', says);
  }
}
