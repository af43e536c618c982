import { uptime } from 'node:os';
import { enforceOnWindows } from '../enforcement/windows.ts';
import { watchDocumentSavesOnWindows } from '../watchers/document-saves/windows.ts';
import { watchDriveEncryptionOnWindows } from '../watchers/drive-encryption/windows.ts';
import { watchMediaFilesOnWindows } from '../watchers/media-files/windows.ts';
import { watchPostureOnWindows } from '../watchers/posture/windows.ts';
import { watchRemovableMediaOnWindows } from '../watchers/removable-media/windows.ts';
import { watchSoftwareOnWindows } from '../watchers/software/windows.ts';
import { unsupported } from '../watchers/watcher.ts';
import { startedWhen } from './bare.ts';
import type { PlatformOptions } from './current.ts';
import { readInventoryOnWindows } from './inventory.windows.ts';
import type { Platform } from './platform.ts';
import { presenceOnWindows } from './presence.windows.ts';
import type { Registry } from './windows/registry.ts';
import { openWindows } from './windows/system.ts';

/** @param system another than the real one is for tests and captures */
export function windows({ nameKey, hostInput }: PlatformOptions, system = openWindows(hostInput)): Platform {
  const uptimeMilliseconds = () => Math.round(uptime() * 1000);
  const boot = bootNumber(system.registry) ?? startedWhen('windows', Date.now(), uptimeMilliseconds());
  const isAdministrator = system.security.isAdministrator();
  return {
    os: 'windows',
    privileged: isAdministrator,
    bootId: () => boot,
    uptimeMilliseconds,
    // Windows does not tell a service who stops it.
    stopper: async () => 'unknown',
    watchers: {
      'removable-media': watchRemovableMediaOnWindows(system),
      'media-files': watchMediaFilesOnWindows(system, { nameKey }),
      'drive-encryption': watchDriveEncryptionOnWindows(system),
      'document-saves': watchDocumentSavesOnWindows(system, { nameKey }),
      software: watchSoftwareOnWindows(system),
      posture: watchPostureOnWindows(system),
    },
    enforcement: isAdministrator
      ? enforceOnWindows(system, boot)
      : unsupported('The agent does not run with the rights of an administrator.'),
    scanning: unsupported(
      'A volume cannot be shown to the agent alone on Windows, so that nothing is scanned before use.',
    ),
    presence: presenceOnWindows(system),
    inventory: () => readInventoryOnWindows(system),
  };
}

const prefetch = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters';

/** Windows counts its starts; where it does not, the time of the start has to do. */
function bootNumber(registry: Registry): string | undefined {
  const number = registry.value(prefetch, 'BootId');
  return typeof number === 'number' ? `windows-boot-${number}` : undefined;
}
