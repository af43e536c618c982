import type { EncryptionMethod, EncryptionState, VolumeFacts } from '#shared/device/facts.ts';
import { cleanText } from '#shared/text.ts';
import type { Signature } from '../../platform/blkid.linux.ts';
import type { BlockDevice, BlockDevices } from '../../platform/block.linux.ts';
import { openedBy } from '../../platform/encryption.linux.ts';
import type { Mount } from '../../platform/mounts.linux.ts';

/** What can be a volume on one disk: where to look for a signature. */
export interface Part {
  block: BlockDevice;
  /** Method of the opened container it lies in. */
  inside?: EncryptionMethod;
  /** Method by which it is opened itself. */
  opened?: EncryptionMethod;
  mount?: Mount;
}

/** The extended partition of a DOS table is a frame of one or two sectors, not a volume. */
const frameBytes = 1024;

/** The partitions of a disk, or the whole disk where it has none, each followed by the mapped volumes made of it. */
export function partsOf(disk: BlockDevice, devices: BlockDevices, mounts: readonly Mount[]): Part[] {
  const all = [...devices.values()];
  const partitions = all.filter((block) => block.disk === disk.name && block.sizeBytes > frameBytes);
  const children = (block: BlockDevice) => all.filter((other) => other.slaves.includes(block.name));
  const isUsedWhole = children(disk).length > 0 || mountOf(disk, mounts) !== undefined;
  const heads = partitions.length === 0 || isUsedWhole ? [disk, ...partitions] : partitions;
  return heads.filter((head) => head.sizeBytes > 0).flatMap((head) => stack(head, children, mounts, undefined, 0));
}

function stack(
  block: BlockDevice,
  children: (block: BlockDevice) => BlockDevice[],
  mounts: readonly Mount[],
  inside: EncryptionMethod | undefined,
  depth: number,
): Part[] {
  const above = depth > 8 ? [] : children(block);
  const opened = above.map(openedBy).find((method) => method !== undefined);
  const mount = mountOf(block, mounts);
  const part: Part = { block, ...(inside && { inside }), ...(opened && { opened }), ...(mount && { mount }) };
  return [part, ...above.flatMap((child) => stack(child, children, mounts, inside ?? openedBy(child), depth + 1))];
}

/** Btrfs mounts carry a number of their own; only their source names the device. */
function mountOf(block: BlockDevice, mounts: readonly Mount[]): Mount | undefined {
  const names = [`/dev/${block.name}`, `/dev/mapper/${block.mapper?.name}`];
  const found = mounts.filter(
    (mount) => mount.device === block.device || (mount.device.startsWith('0:') && names.includes(mount.source)),
  );
  return found.find((mount) => mount.root === '/') ?? found[0];
}

/** @param signature undefined when the device could not be read */
export function volumeFacts(part: Part, signature: Signature | undefined): VolumeFacts {
  const { block, mount } = part;
  const filesystem = cleanText(signature?.type ?? mount?.filesystem ?? '');
  const label = cleanText(signature?.label ?? '');
  const readOnly = (mount?.readOnly ?? false) || block.readOnly;
  return {
    name: cleanText(block.name),
    ...(label && { label }),
    ...(filesystem && { filesystem }),
    sizeBytes: block.sizeBytes,
    ...encryptionOf(part, signature),
    ...(mount && { mountPoint: cleanText(mount.mountPoint, 4096) }),
    ...((mount || readOnly) && { readOnly }),
  };
}

const cryptoMethods: Readonly<Record<string, EncryptionMethod>> = { BitLocker: 'bitlocker' };
/** File systems that can encrypt by themselves, so that knowing them does not mean that they are plain. */
const mayEncryptItself: ReadonlySet<string> = new Set(['zfs_member', 'zfs', 'apfs', 'bcachefs']);

function encryptionOf(
  { inside, opened, mount }: Part,
  signature: Signature | undefined,
): { encryption: EncryptionState; method?: EncryptionMethod } {
  const method = inside ?? opened;
  if (method) return { encryption: 'encrypted', method };
  const type = signature?.type ?? mount?.filesystem ?? '';
  if (signature?.usage === 'crypto') {
    const lock = cryptoMethods[type] ?? luksMethod(type, signature.version);
    return { encryption: 'locked', ...(lock && { method: lock }) };
  }
  const isKnown = signature?.usage === 'filesystem' || type === 'swap' || mount !== undefined;
  return { encryption: isKnown && !mayEncryptItself.has(type) ? 'plain' : 'unknown' };
}

function luksMethod(type: string, version: string | undefined): EncryptionMethod | undefined {
  if (type !== 'crypto_LUKS') return undefined;
  return version === '1' ? 'luks1' : 'luks2';
}
