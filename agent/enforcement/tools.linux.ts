import { existsSync } from 'node:fs';
import { runTool } from '../platform/run.ts';
import type { Look } from '../watchers/watcher.ts';

/** Programs of the system that enforcement needs. Injected, so that tests need none of them. */
export interface Tools {
  /** Full path, for rules that know no search path. */
  blockdev: string;
  run(name: ToolName, args: readonly string[]): Promise<Look<string>>;
}
export type ToolName = 'blockdev' | 'mount' | 'umount' | 'eject' | 'udevadm';

/** A mount that hangs must not hold up the device behind it in the row. */
const longestMilliseconds = 5_000;
const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

export function systemTools(): Tools {
  return {
    blockdev: placeOf('blockdev'),
    run: (name, args) => runTool(placeOf(name), args, { timeoutMilliseconds: longestMilliseconds }),
  };
}

/** A service has a short search path, and what runs as root should not depend on one. */
function placeOf(name: string): string {
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? name;
}
