import { mkdirSync, rmdirSync } from 'node:fs';
import { cleanText } from '#shared/text.ts';
import { privateFolder } from '../platform/private-mounts.linux.ts';
import { runTool } from '../platform/run.ts';
import { type LinuxRoots, linuxRoots } from '../platform/sysfs.linux.ts';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { clamd, usualClamdSockets } from './clamd.ts';
import { clamscan } from './clamscan.ts';
import type { OpenedVolume, Scanning } from './scanner.ts';

/** ClamAV by its service, else by itself; volumes are mounted where only root can look. */
export function scanningOnLinux(roots: LinuxRoots = linuxRoots): Scanning {
  return {
    scanners: [clamd(usualClamdSockets), clamscan(['/usr/bin/clamscan', '/usr/local/bin/clamscan'])],
    open: (volume) => openVolume(volume, roots),
  };
}

/** File systems whose driver writes what a crash left undone, even when it is told to mount read-only. */
const withoutRepair: Readonly<Record<string, string>> = { ext3: 'noload', ext4: 'noload', xfs: 'norecovery' };

async function openVolume(
  { name, filesystem }: { name: string; filesystem?: string },
  { dev, run }: LinuxRoots,
): Promise<Look<OpenedVolume>> {
  const folder = `${privateFolder(run)}/${name.replaceAll('!', '_')}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    return lookFailed(error, 'No place to mount the volume');
  }
  const careful = withoutRepair[filesystem ?? ''];
  const options = ['ro', 'noexec', 'nosuid', 'nodev', ...(careful === undefined ? [] : [careful])].join(',');
  const type = filesystem === undefined ? [] : ['-t', cleanText(filesystem, 32)];
  const mounted = await runTool('mount', [...type, '-o', options, `${dev}/${name.replaceAll('!', '/')}`, folder]);
  if (!mounted.ok) return mounted;
  return { ok: true, seen: { folder, close: () => close(folder) } };
}

async function close(folder: string): Promise<void> {
  const inOrder = await runTool('umount', [folder]);
  if (!inOrder.ok) await runTool('umount', ['--lazy', folder]);
  try {
    rmdirSync(folder);
  } catch {
    // Still busy, which a lazy unmount allows: it goes with the next restart.
  }
}
