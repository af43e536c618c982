import type { Coverage } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import { cleanText } from '#shared/text.ts';
import { type BitLockerVolume, encryptionOf, readBitLocker } from '../../platform/encryption.windows.ts';
import type { StorageBus } from '../../platform/windows/storage-layouts.ts';
import type { WindowsSystem } from '../../platform/windows/system.ts';
import type { Volume } from '../../platform/windows/volumes.ts';
import type { Source } from '../reconcile.ts';
import { type Look, type LookError, lookFailed, type WatcherFactory } from '../watcher.ts';
import { driveEncryption } from './index.ts';

/** Watches the encryption of fixed drives by BitLocker's own numbers, through WMI. */
export function watchDriveEncryptionOnWindows(system: Pick<WindowsSystem, 'volumes' | 'wmi'>): WatcherFactory {
  return driveEncryption(driveSource(system));
}

function driveSource({ volumes, wmi }: Pick<WindowsSystem, 'volumes' | 'wmi'>): Source<DriveFacts[]> {
  let bitLocker: Look<BitLockerVolume[] | undefined> = { ok: true, seen: [] };
  return {
    look() {
      try {
        const drives = volumes.list().filter(belongsToComputer);
        bitLocker = readBitLocker(wmi);
        return Promise.resolve({ ok: true, seen: drives.map((drive) => driveFacts(drive, bitLocker)) });
      } catch (error) {
        return Promise.resolve(lookFailed(error, 'The volumes could not be listed'));
      }
    },
    // Nothing signals a change of encryption; the look once a minute is all there is.
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: ({ look }) => coverage(look, bitLocker),
  };
}

/** Buses by which a disk comes and goes; the removable media watcher has those. */
const outside: ReadonlySet<StorageBus> = new Set(['usb', 'firewire', 'sd', 'mmc', 'file', 'virtual']);

function belongsToComputer({ type, root, descriptor }: Volume): boolean {
  return type === 'fixed' && root !== undefined && !(descriptor && outside.has(descriptor.bus));
}

/** Pure. */
export function driveFacts(volume: Volume, bitLocker: Look<BitLockerVolume[] | undefined>): DriveFacts {
  const { name, root, content } = volume;
  const filesystem = cleanText(content?.filesystem ?? '').toLowerCase();
  return {
    name: cleanText(name),
    use: 'filesystem',
    ...(filesystem && { filesystem }),
    mountPoints: root === undefined ? [] : [cleanText(root, 4096)],
    ...(content?.sizeBytes !== undefined && { sizeBytes: content.sizeBytes }),
    ...encryptionOf(volume, bitLocker),
  };
}

function coverage(look: LookError | undefined, bitLocker: Look<BitLockerVolume[] | undefined>): Coverage[] {
  const base = { watcher: 'drive-encryption', area: 'fixed drives', how: 'BitLocker by WMI, once a minute' } as const;
  const limits = [
    'What other products encrypt cannot be told, and counts as plain or unknown.',
    'A volume without a drive letter or folder is not looked at; page file and hibernation lie on one that is.',
  ];
  if (look) return [{ ...base, state: 'failed', limits: [look.says, ...limits] }];
  if (!bitLocker.ok) return [{ ...base, state: 'failed', limits: [bitLocker.error.says, ...limits] }];
  if (bitLocker.seen !== undefined) return [{ ...base, state: 'watching', limits }];
  return [
    { ...base, state: 'degraded', limits: ['This Windows has no BitLocker to ask: the state is unknown.', ...limits] },
  ];
}
