import type { EncryptionMethod, EncryptionState } from '#shared/device/facts.ts';
import type { ApfsVolume } from './darwin/disks.ts';
import type { Storage } from './darwin/storage.ts';

export interface Encryption {
  encryption: EncryptionState;
  method?: EncryptionMethod;
  /** Why it is unknown. */
  because?: string;
}

/** File systems that have no encryption of their own. */
const plainFilesystems: ReadonlySet<string> = new Set([
  ...['hfs', 'msdos', 'exfat', 'ntfs', 'ufs', 'cd9660', 'cddafs', 'udf'],
]);

/** Pure. What is known of one volume; what other products encrypt cannot be told from here. */
export function encryptionOf(id: string, { apfs, info, coreStorage }: Storage): Encryption {
  const volume = apfs.get(id);
  if (volume) return encryptionOfApfs(volume);
  const type = coreStorage.get(id);
  if (type !== undefined) return encryptionOfCoreStorage(type);
  const filesystem = info.get(id)?.filesystem;
  if (filesystem !== undefined && plainFilesystems.has(filesystem)) return { encryption: 'plain' };
  return { encryption: 'unknown', because: 'macOS knows no file system on it.' };
}

/** Pure. A Mac with a security chip encrypts always; without FileVault nobody's password guards the key. */
export function encryptionOfApfs({ isEncrypted, hasFileVault, isLocked, isConverting }: ApfsVolume): Encryption {
  if (isLocked) return { encryption: 'locked', method: 'filevault' };
  if (isConverting) return { encryption: 'plain', method: 'filevault' };
  if (!isEncrypted) return { encryption: 'plain' };
  return hasFileVault
    ? { encryption: 'encrypted', method: 'filevault' }
    : { encryption: 'suspended', method: 'hardware' };
}

function encryptionOfCoreStorage(type: string): Encryption {
  if (type === 'AES-XTS') return { encryption: 'encrypted', method: 'filevault' };
  if (type === 'None') return { encryption: 'plain' };
  return { encryption: 'unknown', because: 'CoreStorage names a kind of encryption that is not known here.' };
}
