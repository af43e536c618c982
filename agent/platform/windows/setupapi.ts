import { fromWide, fromWideList, guidBytes, guidText } from './bytes.ts';
import type { DeviceNode } from './device-tree.ts';
import { errorWord, type Handle, library, windowsError } from './library.ts';

/** What the device manager of Windows knows and does. */
export interface Devices {
  /** Every device that is present. @throws when they cannot be listed */
  present(): DeviceNode[];
  /** Path to open of each present device that offers an interface of this class, by instance id in capitals. */
  paths(interfaceClass: string): Map<string, string>;
  /** Takes a device out of use, or lets it in again. @returns why it could not be done, a machine word */
  disable(instanceId: string): string | undefined;
  enable(instanceId: string): string | undefined;
}

/** SetupDiGetClassDevs: present devices, of all classes, or those with an interface. */
const flags = { present: 0x02, allClasses: 0x04, interfaces: 0x10 } as const;
const invalid = -1;
const dataLength = 32;
const mostDevices = 5_000;
const longestProperty = 8_192;
/** Of SetupDiGetDeviceRegistryProperty. */
const registryProperties = { hardwareIds: 1, compatibleIds: 2, service: 4, location: 13, removalPolicy: 31 } as const;
/** Format id and number, see devpkey.h. */
const parent = key('4340a6c5-93fa-4706-972c-7b648008a5a7', 8);
const problem = key('4340a6c5-93fa-4706-972c-7b648008a5a7', 3);
const reported = key('540b947e-8b40-45bc-a8a2-6a0b894cbda2', 4);
const arrival = key('83da6326-97a6-4088-9453-a1923f573b29', 102);
/** Enumerators of which nothing can be carried away, and which a computer has by the hundred. */
const passedOver = /^(ACPI|ACPI_HAL|DISPLAY|HDAUDIO|HTREE|INTELAUDIO|PCI|PRINTENUM|ROOT|SW|UEFI)\\/i;
/** CM_DISABLE_UI_NOT_OK: nobody is asked. */
const silently = 4;

function key(format: string, number: number): Buffer {
  const bytes = Buffer.alloc(20);
  guidBytes(format).copy(bytes);
  bytes.writeUInt32LE(number, 16);
  return bytes;
}

interface Calls {
  list(guid: Buffer | null, enumerator: null, window: null, flags: number): Handle;
  device(list: Handle, index: number, data: Buffer): boolean;
  id(list: Handle, data: Buffer, text: Buffer, length: number, needed: null): boolean;
  registryProperty(
    list: Handle,
    data: Buffer,
    which: number,
    kind: number[],
    value: Buffer,
    size: number,
    needed: number[],
  ): boolean;
  property(
    list: Handle,
    data: Buffer,
    which: Buffer,
    kind: number[],
    value: Buffer,
    size: number,
    needed: number[],
    flags: number,
  ): boolean;
  interface(list: Handle, device: null, guid: Buffer, index: number, data: Buffer): boolean;
  detail(list: Handle, data: Buffer, detail: Buffer, size: number, needed: null, device: Buffer): boolean;
  destroy(list: Handle): boolean;
  lastError(): number;
  locate(node: number[], id: string, flags: number): number;
  disable(node: number, flags: number): number;
  enable(node: number, flags: number): number;
}

function loadCalls(): Calls {
  const setup = library('setupapi');
  const manager = library('cfgmgr32');
  return {
    list: setup('intptr_t __stdcall SetupDiGetClassDevsW(uint8 *, void *, void *, uint32)'),
    device: setup('bool __stdcall SetupDiEnumDeviceInfo(intptr_t, uint32, uint8 *)'),
    id: setup('bool __stdcall SetupDiGetDeviceInstanceIdW(intptr_t, uint8 *, uint8 *, uint32, void *)'),
    registryProperty: setup(
      'bool __stdcall SetupDiGetDeviceRegistryPropertyW(intptr_t, uint8 *, uint32, _Out_ uint32 *, uint8 *, uint32, _Out_ uint32 *)',
    ),
    property: setup(
      'bool __stdcall SetupDiGetDevicePropertyW(intptr_t, uint8 *, uint8 *, _Out_ uint32 *, uint8 *, uint32, _Out_ uint32 *, uint32)',
    ),
    interface: setup('bool __stdcall SetupDiEnumDeviceInterfaces(intptr_t, void *, uint8 *, uint32, uint8 *)'),
    detail: setup(
      'bool __stdcall SetupDiGetDeviceInterfaceDetailW(intptr_t, uint8 *, uint8 *, uint32, void *, uint8 *)',
    ),
    destroy: setup('bool __stdcall SetupDiDestroyDeviceInfoList(intptr_t)'),
    lastError: library('kernel32')('uint32 __stdcall GetLastError()'),
    locate: manager('uint32 __stdcall CM_Locate_DevNodeW(_Out_ uint32 *, str16, uint32)'),
    disable: manager('uint32 __stdcall CM_Disable_DevNode(uint32, uint32)'),
    enable: manager('uint32 __stdcall CM_Enable_DevNode(uint32, uint32)'),
  };
}

export function openDevices(): Devices {
  const calls = loadCalls();

  function listed<T>(guid: Buffer | null, which: number, use: (list: Handle) => T): T {
    const list = calls.list(guid, null, null, which);
    if (list === invalid) throw windowsError(calls.lastError(), 'The devices could not be listed');
    try {
      return use(list);
    } finally {
      calls.destroy(list);
    }
  }

  function idOf(list: Handle, device: Buffer): string | undefined {
    const text = Buffer.alloc(1024);
    return calls.id(list, device, text, text.length / 2, null) ? fromWide(text) : undefined;
  }

  function nodeOf(list: Handle, device: Buffer, id: string): DeviceNode {
    const registry = (which: number) =>
      read((value, size) => calls.registryProperty(list, device, which, [0], value, value.length, size));
    const property = (which: Buffer) =>
      read((value, size) => calls.property(list, device, which, [0], value, value.length, size, 0));
    const number = (bytes: Buffer | undefined) => (bytes?.length === 4 ? bytes.readUInt32LE() : undefined);
    const text = (bytes: Buffer | undefined) => (bytes ? fromWide(bytes) || undefined : undefined);
    return {
      id,
      classId: guidText(device, 4),
      parent: text(property(parent)),
      hardwareIds: fromWideList(registry(registryProperties.hardwareIds) ?? Buffer.alloc(0)),
      compatibleIds: fromWideList(registry(registryProperties.compatibleIds) ?? Buffer.alloc(0)),
      service: text(registry(registryProperties.service)),
      location: text(registry(registryProperties.location)),
      removalPolicy: number(registry(registryProperties.removalPolicy)),
      reportedName: text(property(reported)),
      problem: number(property(problem)),
      arrived: property(arrival)?.toString('hex'),
    };
  }

  function switched(id: string, how: (node: number) => number): string | undefined {
    const node = [0];
    const located = calls.locate(node, id, 0);
    const answer = located === 0 ? how(node[0] ?? 0) : located;
    return answer === 0 ? undefined : managerWord(answer);
  }

  return {
    present: () =>
      listed(null, flags.present | flags.allClasses, (list) => {
        const nodes: DeviceNode[] = [];
        for (let index = 0; index < mostDevices; index++) {
          const device = sized(dataLength);
          if (!calls.device(list, index, device)) break;
          const id = idOf(list, device);
          if (id !== undefined && !passedOver.test(id)) nodes.push(nodeOf(list, device, id));
        }
        return nodes;
      }),
    paths: (interfaceClass) =>
      listed(guidBytes(interfaceClass), flags.present | flags.interfaces, (list) => {
        const paths = new Map<string, string>();
        for (let index = 0; index < mostDevices; index++) {
          const data = sized(dataLength);
          if (!calls.interface(list, null, guidBytes(interfaceClass), index, data)) break;
          const device = sized(dataLength);
          const detail = Buffer.alloc(2048);
          // The structure's size as a compiler sees it, not what was set aside for the path.
          detail.writeUInt32LE(8);
          if (!calls.detail(list, data, detail, detail.length, null, device)) continue;
          const id = idOf(list, device);
          if (id !== undefined) paths.set(id.toUpperCase(), fromWide(detail.subarray(4)));
        }
        return paths;
      }),
    disable: (id) => switched(id, (node) => calls.disable(node, silently)),
    enable: (id) => switched(id, (node) => calls.enable(node, 0)),
  };
}

/** A structure that begins with its own length. */
function sized(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(length);
  return bytes;
}

function read(fill: (value: Buffer, size: number[]) => boolean): Buffer | undefined {
  const value = Buffer.alloc(longestProperty);
  const size = [0];
  return fill(value, size) ? value.subarray(0, size[0]) : undefined;
}

/** CONFIGRET of cfgmgr32.h. */
function managerWord(answer: number): string {
  const names: Record<number, string> = {
    13: 'ENOENT',
    23: 'vetoed',
    34: 'restart',
    41: 'notDisableable',
    51: 'EACCES',
    52: errorWord(120),
  };
  return names[answer] ?? `devnode-${answer}`;
}
