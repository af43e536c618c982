import type { EncryptionMethod, EncryptionState } from '#shared/device/facts.ts';
import type { BlockDevice, BlockDevices } from './block.linux.ts';

export interface Encryption {
  encryption: EncryptionState;
  method?: EncryptionMethod;
  /** Plain sentence, when the state is unknown. */
  because?: string;
}

/** First words of the identity that cryptsetup gives the mapped volume it opens. */
const mapperMethods: readonly [prefix: string, EncryptionMethod][] = [
  ['CRYPT-LUKS1', 'luks1'],
  ['CRYPT-LUKS2', 'luks2'],
  ['CRYPT-BITLK', 'bitlocker'],
  ['CRYPT-TCRYPT', 'veracrypt'],
  ['CRYPT-FVAULT2', 'filevault'],
  ['CRYPT-PLAIN', 'dm-crypt'],
];

/** The method when this mapped volume is an opened encrypted container, undefined when it is not known to be one. */
export function openedBy(device: BlockDevice): EncryptionMethod | undefined {
  if (!device.mapper) return undefined;
  const { name, uuid } = device.mapper;
  // VeraCrypt leaves the identity empty, so that its name is all there is to go by.
  if (uuid === '' && name.startsWith('veracrypt')) return 'veracrypt';
  return mapperMethods.find(([prefix]) => uuid.startsWith(prefix))?.[1];
}

/**
 * Whether what is written to a device ends up encrypted, found by walking down what it is built on. A volume on
 * several disks counts as encrypted only when every one of them is.
 */
export function encryptionBelow(device: BlockDevice, devices: BlockDevices, depth = 0): Encryption {
  const method = openedBy(device);
  if (method) return { encryption: 'encrypted', method };
  if (depth > 16) return unknown('The stack of volumes is too deep.');
  if (device.disk) return below([device.disk], devices, depth);
  if (device.slaves.length > 0) return throughSlaves(device, devices, depth);
  return ownState(device);
}

function throughSlaves(device: BlockDevice, devices: BlockDevices, depth: number): Encryption {
  const found = below(device.slaves, devices, depth);
  const isUnnamedMapping = device.mapper?.uuid === '';
  return isUnnamedMapping && found.encryption !== 'encrypted'
    ? unknown('A mapped volume does not say what made it; it may be encrypted.')
    : found;
}

function below(names: readonly string[], devices: BlockDevices, depth: number): Encryption {
  const legs = names.map((name): Encryption => {
    const device = devices.get(name);
    return device ? encryptionBelow(device, devices, depth + 1) : unknown('What the volume is built on was not found.');
  });
  return weakest(legs);
}

/** A chain is as good as its worst link: one plain leg makes the whole plain. */
export function weakest(legs: readonly Encryption[]): Encryption {
  const worst = (['plain', 'unknown', 'encrypted'] as const)
    .map((state) => legs.find((leg) => leg.encryption === state))
    .find((leg) => leg !== undefined);
  return worst ?? unknown('What the volume is built on was not found.');
}

function ownState(device: BlockDevice): Encryption {
  if (device.name.startsWith('loop')) return unknown('The volume is an image file on another drive.');
  if (/^(nbd|rbd|drbd)\d/.test(device.name)) return unknown('The volume lies on another computer.');
  if (device.mapper) return unknown('What the mapped volume is built on was not found.');
  return { encryption: 'plain' };
}

function unknown(because: string): Encryption {
  return { encryption: 'unknown', because };
}
