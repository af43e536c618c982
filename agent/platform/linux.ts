import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { enforceOnLinux } from '../enforcement/linux.ts';
import { stopperOnLinux } from '../health/stop-cause.linux.ts';
import { scanningOnLinux } from '../scanning/linux.ts';
import { watchDocumentSavesOnLinux } from '../watchers/document-saves/linux.ts';
import { watchDriveEncryptionOnLinux } from '../watchers/drive-encryption/linux.ts';
import { watchMediaFilesOnLinux } from '../watchers/media-files/linux.ts';
import { watchPostureOnLinux } from '../watchers/posture/linux.ts';
import { watchRemovableMediaOnLinux } from '../watchers/removable-media/linux.ts';
import { watchSoftwareOnLinux } from '../watchers/software/linux.ts';
import { unsupported } from '../watchers/watcher.ts';
import type { PlatformOptions } from './current.ts';
import { readInventoryOnLinux } from './inventory.linux.ts';
import type { Platform } from './platform.ts';
import { presenceOnLinux } from './presence.linux.ts';

export function linux({ nameKey, isService = false }: PlatformOptions): Platform {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const isRoot = process.getuid?.() === 0;
  return {
    os: 'linux',
    privileged: isRoot,
    bootId: () => bootId,
    uptimeMilliseconds: () => Math.round(uptime() * 1000),
    stopper: () => stopperOnLinux({ isService }),
    watchers: {
      'removable-media': watchRemovableMediaOnLinux(),
      'media-files': watchMediaFilesOnLinux({ nameKey }),
      'drive-encryption': watchDriveEncryptionOnLinux(),
      'document-saves': watchDocumentSavesOnLinux({ nameKey }),
      software: watchSoftwareOnLinux(),
      posture: watchPostureOnLinux(),
    },
    enforcement: isRoot ? enforceOnLinux() : unsupported('The agent does not run as root.'),
    scanning: scanningOnLinux(),
    presence: presenceOnLinux(),
    inventory: readInventoryOnLinux,
  };
}
