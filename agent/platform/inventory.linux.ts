import { readFile } from 'node:fs/promises';
import type { Systeminformation as Si } from 'systeminformation';
import type { Inventory } from '#shared/events/agent.ts';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { count, present, said } from './hardware-words.ts';

/** What was read of the hardware, before anything is made of it. */
export interface HardwareAnswers {
  system: Pick<Si.SystemData, 'manufacturer' | 'model' | 'serial'>;
  osInfo: Pick<Si.OsData, 'distro' | 'release' | 'kernel' | 'hostname'>;
  chassis: Pick<Si.ChassisData, 'type' | 'serial'>;
  cpu: Pick<Si.CpuData, 'manufacturer' | 'brand'>;
  mem: Pick<Si.MemData, 'total'>;
  battery: Pick<Si.BatteryData, 'hasBattery'>;
  diskLayout: Pick<Si.DiskLayoutData, 'name' | 'size' | 'type' | 'serialNum' | 'interfaceType'>[];
  blockDevices: Pick<Si.BlockDevicesData, 'name' | 'type' | 'size' | 'physical' | 'model' | 'serial' | 'removable'>[];
  /** The SMBIOS number of the kind of case, undefined where the firmware does not say it. */
  chassisCode?: number | undefined;
}

/**
 * Hardware and operating system for the asset register. Takes a quarter of a second and some short-lived helper
 * processes: meant for once a day. Serial numbers need root.
 */
export async function readInventoryOnLinux(dmi = '/sys/class/dmi/id'): Promise<Look<Inventory>> {
  try {
    return { ok: true, seen: toInventory(await readHardware(dmi)) };
  } catch (error) {
    return lookFailed(error, 'The inventory could not be read');
  }
}

/** One after the other, so that the helpers do not all run at once. No call is given an argument, ever. */
async function readHardware(dmi: string): Promise<HardwareAnswers> {
  const { default: si } = await import('systeminformation');
  return {
    system: await si.system(),
    osInfo: await si.osInfo(),
    chassis: await si.chassis(),
    cpu: await si.cpu(),
    mem: await si.mem(),
    battery: await si.battery(),
    diskLayout: await si.diskLayout(),
    blockDevices: await si.blockDevices(),
    chassisCode: await readFile(`${dmi}/chassis_type`, 'utf8').then(parseChassisCode, () => undefined),
  };
}

/** Pure. What the maker left blank, or filled with a phrase that stands for blank, is left out. */
export function toInventory(answers: HardwareAnswers): Inventory {
  const { system, osInfo, chassis, cpu, mem } = answers;
  return {
    hostname: said(osInfo.hostname) ?? 'unknown',
    osName: said(osInfo.distro) ?? 'Linux',
    osVersion: said(osInfo.release) ?? 'unknown',
    ...present({
      manufacturer: said(system.manufacturer),
      model: said(system.model),
      serial: said(system.serial) ?? said(chassis.serial),
      chassis: said(chassis.type),
      portable: isPortable(answers.chassisCode, answers.battery.hasBattery),
      kernel: said(osInfo.kernel),
      processor: said([said(cpu.manufacturer), said(cpu.brand)].filter(Boolean).join(' ')),
      memoryBytes: count(mem.total),
    }),
    disks: disksOf(answers).slice(0, 64),
  };
}

/** From smartctl and lsblk where they are told, else from the block devices; sticks and the like are not the computer's. */
function disksOf({ diskLayout, blockDevices }: HardwareAnswers): Inventory['disks'] {
  if (diskLayout.length > 0) {
    return diskLayout
      .filter(({ interfaceType }) => interfaceType !== 'USB')
      .map((disk) =>
        present({
          model: said(disk.name),
          sizeBytes: count(disk.size),
          type: said(disk.type),
          serial: said(disk.serialNum),
        }),
      );
  }
  return blockDevices
    .filter(({ type, removable, name }) => type === 'disk' && !removable && !/^(zram|loop|ram|nbd|fd)\d/.test(name))
    .map((disk) =>
      present({
        model: said(disk.model),
        sizeBytes: count(disk.size),
        type: said(disk.physical),
        serial: said(disk.serial),
      }),
    );
}

const portableCodes: ReadonlySet<number> = new Set([8, 9, 10, 11, 14, 30, 31, 32]);
const stationaryCodes: ReadonlySet<number> = new Set([3, 4, 5, 6, 7, 13, 15, 17, 23, 24, 28, 29, 34, 35]);

/** By the kind of case, see the SMBIOS reference, system enclosure; a battery tells where the case does not. */
export function isPortable(chassisCode: number | undefined, hasBattery: boolean): boolean | undefined {
  if (chassisCode !== undefined && portableCodes.has(chassisCode)) return true;
  if (chassisCode !== undefined && stationaryCodes.has(chassisCode)) return false;
  return hasBattery ? true : undefined;
}

export function parseChassisCode(text: string): number | undefined {
  return /^\d{1,3}$/.test(text.trim()) ? Number(text) : undefined;
}
