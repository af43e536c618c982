import type { EncryptionMethod, EncryptionState } from '#shared/device/facts.ts';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import type { Volume } from './windows/volumes.ts';
import type { Wmi, WmiRow } from './windows/wmi.ts';

export interface Encryption {
  encryption: EncryptionState;
  method?: EncryptionMethod;
  /** Why it is unknown. */
  because?: string;
}

/** What BitLocker says of one volume, as numbers: the same in every language of Windows. */
export interface BitLockerVolume extends Encryption {
  /** `C:`, where it has a letter. */
  letter?: string;
  /** `Volume{…}`. */
  volume?: string;
}

const namespace = 'ROOT\\CIMV2\\Security\\MicrosoftVolumeEncryption';
const properties = ['DriveLetter', 'DeviceID', 'ProtectionStatus', 'ConversionStatus', 'EncryptionMethod'] as const;
/** GetEncryptionMethod: the drive encrypts by itself. */
const hardware = 5;
/** FVE_E_LOCKED_VOLUME: told by the file system even where WMI has no answer. */
const lockedFault = `win32-${0x8031_0000}`;
const opticalFilesystems: ReadonlySet<string> = new Set(['CDFS', 'UDF']);

/** Undefined where this Windows has no BitLocker to ask. */
export function readBitLocker(wmi: Wmi): Look<BitLockerVolume[] | undefined> {
  try {
    const rows = wmi.query(namespace, 'Win32_EncryptableVolume', properties);
    return { ok: true, seen: rows?.map(parseBitLocker) };
  } catch (error) {
    return lookFailed(error, 'BitLocker could not be asked');
  }
}

/** Pure. Protection alone does not make a volume encrypted: the key may be set while only half of it is. */
export function parseBitLocker(row: WmiRow): BitLockerVolume {
  const letter = typeof row.DriveLetter === 'string' ? /^[A-Z]:$/i.exec(row.DriveLetter)?.[0].toUpperCase() : undefined;
  const volume = typeof row.DeviceID === 'string' ? /Volume\{[0-9a-f-]+\}/i.exec(row.DeviceID)?.[0] : undefined;
  return { ...(letter && { letter }), ...(volume && { volume }), ...stateOf(row) };
}

function stateOf({
  ProtectionStatus: protection,
  ConversionStatus: conversion,
  EncryptionMethod: how,
}: WmiRow): Encryption {
  const method: EncryptionMethod = how === hardware ? 'hardware' : 'bitlocker';
  if (protection === 2) return { encryption: 'locked', method };
  if (conversion === 0) return { encryption: 'plain' };
  // Being encrypted, being decrypted, and both when paused: some of it lies open.
  if (typeof conversion === 'number' && conversion >= 2 && conversion <= 5) return { encryption: 'plain', method };
  if (conversion !== 1)
    return { encryption: 'unknown', because: 'BitLocker does not say how much of it is encrypted.' };
  if (protection === 1) return { encryption: 'encrypted', method };
  if (protection === 0) return { encryption: 'suspended', method };
  return { encryption: 'unknown', because: 'BitLocker does not say whether it protects the volume.' };
}

/** What is known of one volume. What other products encrypt cannot be told from here. */
export function encryptionOf(volume: Volume, bitLocker: Look<BitLockerVolume[] | undefined>): Encryption {
  if (volume.fault === lockedFault) return { encryption: 'locked', method: 'bitlocker' };
  if (volume.content && opticalFilesystems.has(volume.content.filesystem.toUpperCase())) return { encryption: 'plain' };
  if (!bitLocker.ok)
    return { encryption: 'unknown', because: `BitLocker could not be asked (${bitLocker.error.code}).` };
  if (bitLocker.seen === undefined) return { encryption: 'unknown', because: 'This Windows has no BitLocker to ask.' };
  const found = bitLocker.seen.find((one) => isSame(one, volume));
  if (!found) return { encryption: 'unknown', because: 'BitLocker does not know this volume.' };
  const { letter: _letter, volume: _volume, ...encryption } = found;
  return encryption;
}

function isSame({ letter, volume }: BitLockerVolume, { name }: Volume): boolean {
  return letter === name.toUpperCase() || volume?.toLowerCase() === name.toLowerCase();
}
