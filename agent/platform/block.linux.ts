import { readdirSync } from 'node:fs';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { attribute, deviceFolder, entries, type LinuxRoots, linuxRoots } from './sysfs.linux.ts';

/** A disk, partition or mapped volume as sysfs shows it. */
export interface BlockDevice {
  /** `sdb1`, `dm-0`. */
  name: string;
  /** Major and minor number, `8:17`, as in the list of mounts. */
  device: string;
  /** Place in the tree of devices, without the root of sysfs. Tells what it hangs on. */
  folder: string;
  /** Whole disk that a partition is part of. */
  disk?: string;
  /** 0 when there is no medium. */
  sizeBytes: number;
  readOnly: boolean;
  /** The device claims that its medium can be taken out. Says nothing about the device itself. */
  removable: boolean;
  /** Grows with each new medium and each new backing file; absent before Linux 5.15. */
  sequence?: string;
  /** What it is built on, for mapped volumes and RAID. */
  slaves: string[];
  mapper?: { name: string; uuid: string };
  /** File or device that a loop device or a zram shows. */
  backing?: string;
  /** `SD` or `MMC`, for memory cards and soldered flash. */
  cardType?: string;
  /** Hangs on a port outside the case, such as Thunderbolt. */
  outside: boolean;
}
export type BlockDevices = ReadonlyMap<string, BlockDevice>;

const sectorBytes = 512;

/** Devices that stand empty by the dozen until something is put behind them. */
const mostlyEmpty = /^(loop|zram|nbd)\d/;

/** Every block device that can hold data now or has a slot for a medium; empty loop devices and RAM disks are not. */
export function readBlockDevices({ sys, proc }: Pick<LinuxRoots, 'sys' | 'proc'> = linuxRoots): Look<BlockDevices> {
  try {
    const filled = readFilled(proc);
    const disks = readdirSync(`${sys}/block`)
      .sort()
      .filter((name) => !filled || filled.has(name) || !mostlyEmpty.test(name))
      .flatMap((name) => readDisk(sys, name));
    return { ok: true, seen: new Map(disks.map((disk) => [disk.name, disk])) };
  } catch (error) {
    return lookFailed(error, 'The list of disks could not be read');
  }
}

/** Names of what holds something, in one reading, as far as the kernel lists it; nothing where it does not tell. */
function readFilled(proc: string): Set<string> | undefined {
  const lines = attribute(`${proc}/partitions`)?.split('\n').slice(2);
  return lines && new Set(lines.map((line) => line.slice(line.lastIndexOf(' ') + 1)));
}

function readDisk(sys: string, name: string): BlockDevice[] {
  if (/^ram\d/.test(name)) return [];
  const folder = `${sys}/block/${name}`;
  const sizeBytes = readSize(folder);
  if (sizeBytes === 0 && mostlyEmpty.test(name)) return [];
  const device = attribute(`${folder}/dev`);
  const place = deviceFolder(sys, `block/${name}`);
  if (!device || !place) return [];
  const sequence = attribute(`${folder}/diskseq`);
  const disk: BlockDevice = {
    name,
    device,
    folder: place,
    sizeBytes,
    readOnly: attribute(`${folder}/ro`) === '1',
    removable: attribute(`${folder}/removable`) === '1',
    slaves: entries(`${folder}/slaves`),
    outside: name.startsWith('nvme') && isOutside(sys, place),
    ...(sequence && { sequence }),
    ...readKind(folder, name),
  };
  return [disk, ...entries(folder).flatMap((part) => readPartition(folder, part, disk))];
}

/** What only some kinds of disk have, read only where it can be. */
function readKind(folder: string, name: string): Partial<BlockDevice> {
  if (name.startsWith('dm-')) {
    return {
      mapper: { name: attribute(`${folder}/dm/name`) ?? '', uuid: attribute(`${folder}/dm/uuid`) ?? '' },
    };
  }
  if (name.startsWith('mmcblk')) return optional('cardType', attribute(`${folder}/device/type`));
  if (name.startsWith('loop')) return optional('backing', attribute(`${folder}/loop/backing_file`));
  if (name.startsWith('zram')) {
    const backing = attribute(`${folder}/backing_dev`);
    return backing === 'none' ? {} : optional('backing', backing);
  }
  return {};
}

function readPartition(folder: string, name: string, disk: BlockDevice): BlockDevice[] {
  if (!name.startsWith(disk.name) || attribute(`${folder}/${name}/partition`) === undefined) return [];
  const device = attribute(`${folder}/${name}/dev`);
  if (!device) return [];
  return [
    {
      ...disk,
      name,
      device,
      folder: `${disk.folder}/${name}`,
      disk: disk.name,
      sizeBytes: readSize(`${folder}/${name}`),
      // Its own: a partition whose flag was lifted can be written to, whatever that of its disk says.
      readOnly: attribute(`${folder}/${name}/ro`) === '1',
      slaves: [],
    },
  ];
}

function readSize(folder: string): number {
  const bytes = Number(attribute(`${folder}/size`)) * sectorBytes;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}

/** Firmware marks the ports that lead out of the case; the mark stands at the bridge, above the disk. */
function isOutside(sys: string, folder: string): boolean {
  const parts = folder.split('/');
  return parts.some((_, length) => attribute(`${sys}${parts.slice(0, length).join('/')}/removable`) === 'removable');
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
