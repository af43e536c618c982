import type { Coverage } from '#shared/events/agent.ts';
import type { DriveFacts } from '#shared/events/drive.ts';
import { cleanText } from '#shared/text.ts';
import type { ListedDisk, ListedVolume } from '../../platform/darwin/disks.ts';
import { isVolume, type Storage, storageReader } from '../../platform/darwin/storage.ts';
import type { Tools } from '../../platform/darwin/tools.ts';
import { neverOnAMac } from '../../platform/darwin/unproved.ts';
import { encryptionOf } from '../../platform/encryption.darwin.ts';
import type { Source } from '../reconcile.ts';
import type { LookError, WatcherFactory } from '../watcher.ts';
import { driveEncryption } from './index.ts';

/** Watches FileVault on the drives inside the computer, as diskutil tells of it. */
export function watchDriveEncryptionOnDarwin(tools: Tools): WatcherFactory {
  return (context) => driveEncryption(driveSource(tools, () => context.clock.monotonic()))(context);
}

function driveSource(tools: Tools, now: () => number): Source<DriveFacts[]> {
  const read = storageReader(tools, now);
  return {
    async look() {
      const storage = await read();
      return storage.ok ? { ok: true, seen: findDrives(storage.seen) } : storage;
    },
    // Nothing signals a change of encryption; the look once a minute is all there is.
    listen: () => Promise.resolve({ stop: () => Promise.resolve() }),
    coverage: ({ look }) => [coverage(look)],
  };
}

/** Volumes of APFS that hold what macOS needs to start, and no files of people. */
const rolesOfMacos: ReadonlySet<string> = new Set([
  ...['Preboot', 'Recovery', 'Update', 'xART', 'Hardware', 'Installer', 'Prelogin', 'Baseband'],
]);

/** Pure. One row for each volume of a drive inside the computer; the volume of the memory's overflow counts as swap. */
export function findDrives(storage: Storage): DriveFacts[] {
  const inside = storage.disks.filter((disk) => isInside(disk, storage));
  return inside.flatMap((disk) => [
    ...disk.volumes.filter(({ id }) => holdsFiles(id, storage)).map((volume) => driveFacts(volume, storage)),
    ...disk.partitions.filter(isVolume).map((volume) => driveFacts(volume, storage)),
  ]);
}

/** A container is inside where every partition it stands on is. */
function isInside(disk: ListedDisk, { disks, info }: Storage): boolean {
  if (disk.isInternal) return false;
  const below = disk.stores.map((store) => disks.find(({ partitions }) => partitions.some(({ id }) => id === store)));
  const carriers = disk.stores.length > 0 ? below : [disk];
  return carriers.every((carrier) => {
    const said = carrier && info.get(carrier.id);
    return said?.isInside === true && said.hasRemovableMedium !== true && said.bus !== 'Disk Image';
  });
}

/** The system's own volume is sealed and the same on every Mac; where there is one for data beside it, that counts. */
function holdsFiles(id: string, { apfs }: Storage): boolean {
  const volume = apfs.get(id);
  if (!volume) return true;
  if (volume.roles.some((role) => rolesOfMacos.has(role))) return false;
  const others = [...apfs.values()].filter(({ container }) => container === volume.container);
  return !(volume.roles.includes('System') && others.some(({ roles }) => roles.includes('Data')));
}

function driveFacts(volume: ListedVolume, storage: Storage): DriveFacts {
  const { id, sizeBytes, mountPoint } = volume;
  const filesystem = cleanText(storage.info.get(id)?.filesystem ?? (storage.apfs.has(id) ? 'apfs' : ''));
  return {
    name: cleanText(id),
    use: storage.apfs.get(id)?.roles.includes('VM') ? 'swap' : 'filesystem',
    ...(filesystem && { filesystem }),
    mountPoints: mountPoint === undefined ? [] : [cleanText(mountPoint, 4096)],
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...encryptionOf(id, storage),
  };
}

function coverage(look: LookError | undefined): Coverage {
  const base = {
    watcher: 'drive-encryption',
    area: 'fixed drives',
    how: 'FileVault by diskutil, once a minute',
  } as const;
  const limits = [neverOnAMac, 'What other products encrypt cannot be told, and counts as plain or unknown.'];
  if (look) return { ...base, state: 'failed', limits: [look.says, ...limits] };
  return { ...base, state: 'degraded', limits };
}
