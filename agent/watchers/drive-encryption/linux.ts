import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Coverage } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import { readBlockDevices } from '../../platform/block.linux.ts';
import { readMounts } from '../../platform/mounts.linux.ts';
import { peekAt } from '../../platform/peek.linux.ts';
import { entries, type LinuxRoots, linuxRoots } from '../../platform/sysfs.linux.ts';
import type { Source } from '../reconcile.ts';
import type { Look, LookError, WatcherFactory } from '../watcher.ts';
import { findDrives } from './drives.linux.ts';
import { driveEncryption } from './index.ts';
import { readSwaps } from './swaps.linux.ts';

const peekMilliseconds = 15_000;

/** Watches the encryption of fixed drives by the lists of mounts and swaps and the device mapper. Needs no root. */
export function watchDriveEncryptionOnLinux(roots: LinuxRoots = linuxRoots): WatcherFactory {
  return driveEncryption(driveSource(roots));
}

function driveSource(roots: LinuxRoots): Source<DriveFacts[]> {
  const { proc } = roots;
  return {
    look: () => lookAtDrives(roots),
    async listen(wake) {
      const stop = peekAt(() => [`${proc}/self/mountinfo`, `${proc}/swaps`], peekMilliseconds, wake);
      return { stop: async () => stop() };
    },
    coverage: ({ look }) => [
      line('fixed drives', look, 'mounts through the device mapper, compared every 15 seconds', [
        'A drive that encrypts by itself cannot be told, and counts as plain.',
        'A drive that is not mounted is not looked at.',
      ]),
      line('swap', look, 'active swap space; compressed swap in memory (zram) is not a drive', []),
    ],
  };
}

async function lookAtDrives(roots: LinuxRoots): Promise<Look<DriveFacts[]>> {
  const { sys, proc, dev } = roots;
  const mounts = readMounts(proc);
  const swaps = await readSwaps(proc);
  const blocks = readBlockDevices(roots);
  if (!mounts.ok) return mounts;
  if (!swaps.ok) return swaps;
  if (!blocks.ok) return blocks;
  const btrfs = entries(`${sys}/fs/btrfs`).map((id) => entries(`${sys}/fs/btrfs/${id}/devices`));
  const storage = { mounts: mounts.seen, swaps: swaps.seen, blocks: blocks.seen, btrfs };
  return { ok: true, seen: findDrives({ ...storage, nameOf: (path) => deviceName(dev, path) }) };
}

/** `/dev/mapper/root` is a link to `../dm-0`, whose name is the one that sysfs knows. */
function deviceName(dev: string, path: string): string {
  const place = path.replace(/^\/dev(?=\/)/, dev);
  try {
    return basename(realpathSync(place));
  } catch {
    return basename(place);
  }
}

function line(area: string, look: LookError | undefined, how: string, limits: string[]): Coverage {
  const base = { watcher: 'drive-encryption' as const, area, how };
  return look ? { ...base, state: 'failed', limits: [look.says, ...limits] } : { ...base, state: 'watching', limits };
}
