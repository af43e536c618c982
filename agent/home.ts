import { join } from 'node:path';

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
  };
}
