import { existsSync } from 'node:fs';
import type { Stopper } from '#shared/events/agent.ts';
import { runTool } from '../platform/run.ts';
import type { Look } from '../watchers/watcher.ts';

/** Its package makes this file before it stops the service, and takes it away when it is done. */
const packageAtWork = '/run/portcullis-agent.package';

export interface StopParts {
  /** Whether a service manager started this process: systemd gives what it starts an INVOCATION_ID. */
  isService: boolean;
  marker?: string;
  /** What `systemctl is-system-running` says. */
  systemState?(): Promise<Look<string>>;
}

/**
 * Who asked the service to stop. By hand is what is left when neither the package nor a shutdown did: whoever has the
 * rights to stop a service can pretend either, so this is a trace of carelessness and no proof against an expert.
 */
export async function stopperOnLinux({
  isService,
  marker = packageAtWork,
  systemState = askSystemd,
}: StopParts): Promise<Stopper> {
  if (!isService) return 'unknown';
  if (existsSync(marker)) return 'package';
  const state = await systemState();
  if (!state.ok) return 'unknown';
  return state.seen.trim() === 'stopping' ? 'shutdown' : 'hand';
}

/** Its status says whether all is well; every word is an answer. */
function askSystemd(): Promise<Look<string>> {
  return runTool('systemctl', ['is-system-running'], { timeoutMilliseconds: 3000, okStatus: [0, 1, 2, 3, 4] });
}
