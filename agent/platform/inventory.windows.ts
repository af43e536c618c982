import { hostname, totalmem } from 'node:os';
import type { Inventory } from '#shared/events/agent.ts';
import { readWindowsVersion, type WindowsVersion, windowsName } from '../watchers/posture/os-support.windows.ts';
import { type Look, lookFailed } from '../watchers/watcher.ts';
import { count, present, said } from './hardware-words.ts';
import type { WindowsSystem } from './windows/system.ts';
import type { WmiRow } from './windows/wmi.ts';

/** What was read of the hardware, before anything is made of it. */
export interface WindowsAnswers {
  hostname: string;
  memoryBytes: number;
  version: WindowsVersion;
  computer: WmiRow;
  firmware: WmiRow;
  processor: WmiRow;
  disks: WmiRow[];
  hasBattery: boolean;
}

type System = Pick<WindowsSystem, 'wmi' | 'registry' | 'power'>;

/** Hardware and operating system for the asset register, from WMI and the registry. Meant for once a day. */
export function readInventoryOnWindows(system: System): Promise<Look<Inventory>> {
  try {
    return Promise.resolve({ ok: true, seen: toInventory(readHardware(system)) });
  } catch (error) {
    return Promise.resolve(lookFailed(error, 'The inventory could not be read'));
  }
}

function readHardware({ wmi, registry, power }: System): WindowsAnswers {
  const ask = (from: string, properties: string[]) => wmi.query('ROOT\\CIMV2', from, properties) ?? [];
  return {
    hostname: hostname(),
    memoryBytes: totalmem(),
    version: readWindowsVersion(registry),
    computer: ask('Win32_ComputerSystem', ['Manufacturer', 'Model', 'PCSystemType'])[0] ?? {},
    firmware: ask('Win32_BIOS', ['SerialNumber'])[0] ?? {},
    processor: ask('Win32_Processor', ['Name'])[0] ?? {},
    disks: ask('Win32_DiskDrive', ['Model', 'Size', 'SerialNumber', 'InterfaceType', 'PNPDeviceID']),
    hasBattery: power().hasBattery,
  };
}

/** PCSystemType: desktop, mobile, workstation, servers. */
const mobile = 2;
const stationary: ReadonlySet<unknown> = new Set([1, 3, 4, 5, 6, 7]);

/** Pure. What the maker left blank is left out. */
export function toInventory(answers: WindowsAnswers): Inventory {
  const { computer, firmware, processor, version, hasBattery } = answers;
  const kind = computer.PCSystemType;
  const portable = kind === mobile ? true : stationary.has(kind) ? false : hasBattery || undefined;
  return {
    hostname: said(answers.hostname) ?? 'unknown',
    osName: windowsName(version),
    osVersion: `10.0.${version.build}.${version.revision}`,
    ...present({
      manufacturer: said(computer.Manufacturer),
      model: said(computer.Model),
      serial: said(firmware.SerialNumber),
      portable,
      processor: said(processor.Name),
      memoryBytes: count(answers.memoryBytes),
    }),
    disks: answers.disks.filter(isOwn).map(diskOf).slice(0, 64),
  };
}

/** Sticks and the like are not the computer's. */
function isOwn({ InterfaceType, PNPDeviceID }: WmiRow): boolean {
  return InterfaceType !== 'USB' && InterfaceType !== '1394' && !/^(USBSTOR|SD)\\/i.test(String(PNPDeviceID ?? ''));
}

function diskOf({ Model, Size, SerialNumber }: WmiRow): Inventory['disks'][number] {
  return present({ model: said(Model), sizeBytes: count(Number(Size)), serial: said(SerialNumber) });
}
