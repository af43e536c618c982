import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '../platform/platform.ts';

/** Where the package's service keeps what lives until the computer is switched off. */
const packaged = '/run/portcullis';

/**
 * The folder of the door for people at this computer; apart from the agent's own, which only the agent may enter.
 * @param environment RUNTIME_DIRECTORY is what systemd says it has made
 */
export function runFolder(home: string, environment: Record<string, string | undefined>): string {
  return environment.PORTCULLIS_RUN ?? environment.RUNTIME_DIRECTORY ?? join(home, 'run');
}

/** The same as a person's program finds it, who was told nothing by systemd. */
export function runFolderToAsk(home: string, environment: Record<string, string | undefined>): string {
  const own = runFolder(home, environment);
  return environment.PORTCULLIS_HOME === undefined && existsSync(packaged) ? packaged : own;
}

/** Path of the door: a socket, or on Windows a named pipe, which Node opens by the same calls. */
export function doorOf(folder: string, os: Platform['os']): string {
  return os === 'windows' ? '\\\\.\\pipe\\portcullis-agent' : join(folder, 'agent.sock');
}
