import type { DeviceClass, DeviceFacts, EncryptionMethod, EncryptionState, VolumeFacts } from '#shared/device/facts.ts';
import { size } from '../words.ts';
import { type Fact, factList } from './fact.ts';

export const deviceClassWords: Record<DeviceClass, string> = {
  'usb-storage': 'USB memory stick or drive',
  'external-disk': 'External disk',
  optical: 'CD, DVD or Blu-ray',
  floppy: 'Floppy disk',
  'memory-card': 'Memory card',
  phone: 'Phone or tablet',
  camera: 'Camera',
  audio: 'Music player or sound device',
  hid: 'Keyboard, mouse or the like',
  hub: 'Hub or dock',
  printer: 'Printer or scanner',
  network: 'Network adapter',
  smartcard: 'Smartcard reader',
  other: 'Other device',
};

const states: Record<EncryptionState, string> = {
  encrypted: 'Encrypted',
  plain: 'Not encrypted',
  locked: 'Encrypted, not opened',
  suspended: 'Encryption suspended: the key lies open beside the data',
  unknown: 'Could not be told',
};

const methods: Record<EncryptionMethod, string> = {
  luks1: 'LUKS 1',
  luks2: 'LUKS 2',
  bitlocker: 'BitLocker',
  'dm-crypt': 'dm-crypt',
  veracrypt: 'VeraCrypt',
  filevault: 'FileVault',
  hardware: 'the device itself',
};

export function encryptionWords(state: EncryptionState, method?: EncryptionMethod): string {
  return method === undefined ? states[state] : `${states[state]} (${methods[method]})`;
}

export function deviceFacts(device: DeviceFacts): Fact[] {
  const ids = [device.vendorId, device.productId].filter((id) => id !== undefined).join(':');
  return factList({
    'Kind of device': deviceClassWords[device.class],
    Make: device.vendor,
    Model: device.product,
    'Serial number': serialWords(device),
    Size: device.sizeBytes === undefined ? undefined : size(device.sizeBytes),
    'USB numbers': ids,
    'Plugged in at': device.port,
  });
}

/** The last four characters are enough to find the stick in a drawer. */
function serialWords({ serial, serialTrust }: DeviceFacts): string {
  const end = serial === undefined ? '' : `ends in ${serial.slice(-4)}`;
  switch (serialTrust) {
    case 'device':
      return end || 'None given';
    case 'generated':
      return 'Has none of its own; the computer made one up';
    case 'blank':
      return 'Has none';
    case 'shared':
      return `${end}; other devices have the same one`;
  }
}

export function volumeFacts(volume: VolumeFacts): Fact[] {
  return factList({
    Encryption: encryptionWords(volume.encryption, volume.method),
    'Name of the volume': volume.label,
    'File system': volume.filesystem,
    'Size of the volume': volume.sizeBytes === undefined ? undefined : size(volume.sizeBytes),
    'In use at': volume.mountPoint,
    Writing: volume.readOnly === undefined ? undefined : volume.readOnly ? 'Read only' : 'Possible',
  });
}

/** For a sentence: `USB memory stick or drive: SanDisk Ultra`. */
export function deviceName(device: DeviceFacts): string {
  const given = [device.vendor, device.product].filter(Boolean).join(' ');
  return given === '' ? deviceClassWords[device.class] : `${deviceClassWords[device.class]}: ${given}`;
}
