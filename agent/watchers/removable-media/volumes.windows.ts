import type { VolumeFacts } from '#shared/device/facts.ts';
import { cleanText } from '#shared/text.ts';
import { type BitLockerVolume, encryptionOf } from '../../platform/encryption.windows.ts';
import type { Volume } from '../../platform/windows/volumes.ts';
import type { Look } from '../watcher.ts';

/** Pure. A volume that is locked or has no file system is told all the same; it is in use when it has one. */
export function volumeFacts(volume: Volume, bitLocker: Look<BitLockerVolume[] | undefined>): VolumeFacts {
  const { content, root } = volume;
  const label = cleanText(content?.label ?? '');
  const filesystem = cleanText(content?.filesystem ?? '').toLowerCase();
  const { because: _why, ...encryption } = encryptionOf(volume, bitLocker);
  return {
    name: cleanText(volume.name),
    ...(label && { label }),
    ...(filesystem && { filesystem }),
    ...(content?.sizeBytes !== undefined && { sizeBytes: content.sizeBytes }),
    ...encryption,
    ...(root !== undefined && content && { mountPoint: cleanText(root, 4096), readOnly: content.readOnly }),
  };
}
