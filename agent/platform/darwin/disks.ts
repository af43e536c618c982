import { dictsAt, flagAt, numberAt, type PlistDict, parseDict, textAt, textsAt } from './plist.ts';

/** A disk or container of `diskutil list -plist`, with what lies on it. */
export interface ListedDisk {
  /** `disk4`. */
  id: string;
  /** Kind of content, a word or GUID of the partition map, never a translated one. */
  content: string;
  sizeBytes: number | undefined;
  /** macOS's own, such as the images of its protected parts. */
  isInternal: boolean;
  mountPoint?: string;
  label?: string;
  partitions: ListedVolume[];
  /** Of an APFS container. */
  volumes: ListedVolume[];
  /** Partitions that an APFS container stands on: `disk0s2`. */
  stores: string[];
}
export interface ListedVolume {
  id: string;
  content: string;
  sizeBytes: number | undefined;
  mountPoint?: string;
  label?: string;
}

/** What `diskutil info -plist` says of a disk or volume; what is absent was not said. */
export interface DiskInfo {
  id: string;
  /** `USB`, `Secure Digital`, `PCI-Express`, `Disk Image`. */
  bus?: string;
  isInside?: boolean;
  hasRemovableMedium?: boolean;
  isOptical: boolean;
  product?: string;
  /** Where it hangs in the device tree: the same for every disk in the same slot. */
  place?: string;
  /** `apfs`, `hfs`, `msdos`, `exfat`, `ntfs`. */
  filesystem?: string;
  label?: string;
  sizeBytes?: number;
  mountPoint?: string;
  isWritable?: boolean;
}

/** One volume of `diskutil apfs list -plist`. */
export interface ApfsVolume {
  id: string;
  container: string;
  roles: string[];
  isEncrypted: boolean;
  /** Its key is guarded by somebody's password. */
  hasFileVault: boolean;
  isLocked: boolean;
  /** Being encrypted or decrypted just now. */
  isConverting: boolean;
}

/** Pure. */
export function parseDiskList(xml: string): ListedDisk[] {
  return dictsAt(parseDict(xml), 'AllDisksAndPartitions').flatMap((one) => {
    const id = textAt(one, 'DeviceIdentifier');
    if (id === undefined) return [];
    return [
      {
        ...volumeOf(one, id),
        isInternal: flagAt(one, 'OSInternal') ?? false,
        partitions: volumesOf(one, 'Partitions'),
        volumes: volumesOf(one, 'APFSVolumes'),
        stores: dictsAt(one, 'APFSPhysicalStores').flatMap((store) => textAt(store, 'DeviceIdentifier') ?? []),
      },
    ];
  });
}

function volumesOf(disk: PlistDict, key: string): ListedVolume[] {
  return dictsAt(disk, key).flatMap((one) => {
    const id = textAt(one, 'DeviceIdentifier');
    return id === undefined ? [] : [volumeOf(one, id)];
  });
}

function volumeOf(dict: PlistDict, id: string): ListedVolume {
  const mountPoint = textAt(dict, 'MountPoint');
  const label = textAt(dict, 'VolumeName');
  return {
    id,
    content: textAt(dict, 'Content') ?? '',
    sizeBytes: numberAt(dict, 'Size'),
    ...(mountPoint !== undefined && { mountPoint }),
    ...(label !== undefined && { label }),
  };
}

/** Pure. Keys whose names say that they are for the user's eye are left alone: they are translated. */
export function parseDiskInfo(xml: string): DiskInfo {
  const dict = parseDict(xml);
  const isOptical = textAt(dict, 'OpticalMediaType') !== undefined || textAt(dict, 'OpticalDeviceType') !== undefined;
  const facts = {
    bus: textAt(dict, 'BusProtocol'),
    isInside: flagAt(dict, 'Internal'),
    hasRemovableMedium: flagAt(dict, 'RemovableMedia') ?? flagAt(dict, 'Removable'),
    product: textAt(dict, 'MediaName')?.trim(),
    place: textAt(dict, 'DeviceTreePath'),
    filesystem: textAt(dict, 'FilesystemType')?.toLowerCase(),
    label: textAt(dict, 'VolumeName'),
    sizeBytes: numberAt(dict, 'TotalSize') ?? numberAt(dict, 'Size'),
    mountPoint: textAt(dict, 'MountPoint'),
    isWritable: flagAt(dict, 'WritableVolume'),
  };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { ...known, id: textAt(dict, 'DeviceIdentifier') ?? '', isOptical };
}

/** Pure. */
export function parseApfsList(xml: string): ApfsVolume[] {
  return dictsAt(parseDict(xml), 'Containers').flatMap((container) =>
    dictsAt(container, 'Volumes').flatMap((volume) => {
      const id = textAt(volume, 'DeviceIdentifier');
      if (id === undefined) return [];
      return [
        {
          id,
          container: textAt(container, 'ContainerReference') ?? '',
          roles: textsAt(volume, 'Roles'),
          isEncrypted: flagAt(volume, 'Encryption') ?? false,
          hasFileVault: flagAt(volume, 'FileVault') ?? flagAt(volume, 'Encryption') ?? false,
          isLocked: flagAt(volume, 'Locked') ?? false,
          isConverting: flagAt(volume, 'CryptoMigrationOn') ?? false,
        },
      ];
    }),
  );
}

/** The family of logical volumes that a volume of CoreStorage belongs to, by `diskutil cs info -plist`. Pure. */
export function parseCoreStorageFamily(xml: string): string | undefined {
  return textAt(parseDict(xml), 'MemberOfCoreStorageLogicalVolumeFamily');
}

/** How a family of CoreStorage is encrypted: `AES-XTS`, `None`. Pure. */
export function parseCoreStorageType(xml: string): string | undefined {
  return textAt(parseDict(xml), 'CoreStorageLogicalVolumeFamilyEncryptionType');
}
