import type { WindowsMedia } from '../watchers/removable-media/devices.windows.ts';
import { interfaceClasses } from './windows/device-tree.ts';
import type { WindowsSystem } from './windows/system.ts';
import type { Disk } from './windows/volumes.ts';

/** Reads everything that tells what is plugged in. @throws when the devices cannot be listed */
export function readMedia({ devices, volumes }: Pick<WindowsSystem, 'devices' | 'volumes'>): WindowsMedia {
  return {
    nodes: devices.present(),
    disks: new Map([...storagePaths(devices)].map(([id, path]): [string, Disk] => [id, volumes.disk(path)])),
    volumes: volumes.list(),
    systemDrive: systemDrive(process.env),
  };
}

/** Where each disk, disc drive and floppy drive can be opened, by instance id in capitals. */
export function storagePaths(devices: WindowsSystem['devices']): Map<string, string> {
  return new Map(Object.values(interfaceClasses).flatMap((one) => [...devices.paths(one)]));
}

/** Windows sets it for every process. */
export function systemDrive(environment: Record<string, string | undefined>): string {
  return (environment.SystemDrive ?? 'C:').toUpperCase();
}
