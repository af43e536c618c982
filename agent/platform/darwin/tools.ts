import type { Look } from '../../watchers/watcher.ts';
import { runTool } from '../run.ts';

/** Where macOS keeps the programs that the agent asks. None is started by a search path, since the agent is root. */
const places = {
  csrutil: '/usr/bin/csrutil',
  defaults: '/usr/bin/defaults',
  diskutil: '/usr/sbin/diskutil',
  dscl: '/usr/bin/dscl',
  fdesetup: '/usr/bin/fdesetup',
  ioreg: '/usr/sbin/ioreg',
  mount: '/sbin/mount',
  pkgutil: '/usr/sbin/pkgutil',
  plutil: '/usr/bin/plutil',
  pmset: '/usr/bin/pmset',
  socketfilterfw: '/usr/libexec/ApplicationFirewall/socketfilterfw',
  spctl: '/usr/sbin/spctl',
  sw_vers: '/usr/bin/sw_vers',
  sysctl: '/usr/sbin/sysctl',
  system_profiler: '/usr/sbin/system_profiler',
  systemextensionsctl: '/usr/bin/systemextensionsctl',
} as const;
export type ToolName = keyof typeof places;

/** The documented programs of macOS, the only way by which the agent asks it anything. Tests put recorded answers in its place. */
export interface Tools {
  run(name: ToolName, args: readonly string[], options?: RunOptions): Promise<Look<string>>;
}
export interface RunOptions {
  timeoutMilliseconds?: number;
  okStatus?: readonly number[];
}

export function systemTools(): Tools {
  return { run: (name, args, options) => runTool(places[name], args, options) };
}
