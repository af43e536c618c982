import type { Readable } from 'node:stream';
import type { Platform } from './platform.ts';

/** What a platform needs to be told, because it is kept elsewhere. */
export interface PlatformOptions {
  /** Key of the hashes that stand for file names. */
  nameKey: Buffer;
  /** Where the service host of Windows writes what it hears of the system, a line each. */
  hostInput?: Readable;
  /** Whether a service manager started the agent, so that somebody had to stop it. */
  isService?: boolean;
}

/** The operating system of this computer: the only place that asks which it is. */
export function currentSystem(): Platform['os'] {
  const systems: Partial<Record<NodeJS.Platform, Platform['os']>> = { win32: 'windows', darwin: 'darwin' };
  return systems[process.platform] ?? 'linux';
}

/** Loads no other platform's code. */
export async function currentPlatform(options: PlatformOptions): Promise<Platform> {
  switch (currentSystem()) {
    case 'windows':
      return (await import('./windows.ts')).windows(options);
    case 'darwin':
      return (await import('./darwin.ts')).darwin(options);
    default:
      return (await import('./linux.ts')).linux(options);
  }
}
