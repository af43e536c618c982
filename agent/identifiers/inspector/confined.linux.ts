import { access, constants } from 'node:fs/promises';

/** What a process may use at most. */
export interface Confinement {
  memoryBytes: number;
  cpuSeconds: number;
}

const tools = { prlimit: '/usr/bin/prlimit', unshare: '/usr/bin/unshare' };
const mostFiles = 64;
// V8 reserves so much for compiled code. The kernel counts it as memory, although hardly any of it is ever used.
const reservedBytes = 512 * 1024 * 1024;

/**
 * The command line that runs another one under the limits of the kernel: memory it may write to, time, no file to be
 * written, no memory image when it dies; and, as root, without any network. Both tools are part of util-linux, which
 * every Linux has; where one is missing, its part is left out.
 */
export async function confined(command: readonly string[], limits: Confinement, isRoot: boolean): Promise<string[]> {
  const has = (file: string) =>
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
  return [
    ...(isRoot && (await has(tools.unshare)) ? [tools.unshare, '--net', '--ipc', '--'] : []),
    ...((await has(tools.prlimit)) ? [tools.prlimit, ...limitsOf(limits), '--'] : []),
    ...command,
  ];
}

function limitsOf({ memoryBytes, cpuSeconds }: Confinement): string[] {
  return [
    `--data=${memoryBytes + reservedBytes}`,
    `--cpu=${cpuSeconds}`,
    `--nofile=${mostFiles}`,
    '--fsize=0',
    '--core=0',
  ];
}
