import { execFileSync } from 'node:child_process';
import koffi from 'koffi';

// Wine's own ways in: the mount manager gives any folder a drive letter, the set-up functions describe a device, and the
// laboratory's driver makes it come and go.

const kernel = koffi.load('kernel32.dll');
const setup = koffi.load('setupapi.dll');
const open = kernel.func('intptr_t __stdcall CreateFileW(str16, uint32, uint32, void *, uint32, uint32, intptr_t)');
const control = kernel.func(
  'bool __stdcall DeviceIoControl(intptr_t, uint32, uint8 *, uint32, void *, uint32, _Out_ uint32 *, void *)',
);
const close = kernel.func('bool __stdcall CloseHandle(intptr_t)');
const lastError = kernel.func('uint32 __stdcall GetLastError()');

function ask(device: string, code: number, bytes: Buffer): void {
  const handle = open(device, 0xc0000000, 3, null, 3, 0, 0);
  const isDone = control(handle, code, bytes, bytes.length, null, 0, [0], null);
  const error = lastError();
  close(handle);
  if (!isDone) throw new Error(`${device} refused: ${error}`);
}

export function startDriver(): void {
  const tool = (name: string, ...args: string[]) =>
    execFileSync(`C:\\windows\\system32\\${name}.exe`, args, { stdio: 'ignore', windowsHide: true });
  tool('sc', 'create', 'Laboratory', 'type=', 'kernel', 'binPath=', 'L:\\plug-and-play.sys');
  tool('net', 'start', 'Laboratory');
}

/** IOCTL_MOUNTMGR_DEFINE_UNIX_DRIVE with a mountmgr_unix_drive; an empty folder takes the drive away. */
export function plugDrive({ letter, folder, type }: { letter: string; folder: string; type: number }): void {
  const path = folder === '' ? Buffer.alloc(0) : Buffer.from(`${folder}\0`);
  const bytes = Buffer.alloc(32 + path.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt32LE(type, 4);
  bytes.writeUInt16LE(letter.charCodeAt(0), 24);
  bytes.writeUInt16LE(path.length > 0 ? 32 : 0, 26);
  path.copy(bytes, 32);
  ask('\\\\.\\MountPointManager', (0x6d << 16) | (3 << 14) | (32 << 2), bytes);
}

export interface Described {
  id: string;
  classId: string;
  name: string;
  hardwareIds: string[];
  compatibleIds: string[];
  parent: string;
}

const parentKey = Buffer.concat([guid('4340a6c5-93fa-4706-972c-7b648008a5a7'), Buffer.from([8, 0, 0, 0])]);

/** What the device manager is to know of a device, before it is plugged. */
export function describeDevice({ id, classId, name, hardwareIds, compatibleIds, parent }: Described): void {
  const makeList = setup.func('intptr_t __stdcall SetupDiCreateDeviceInfoList(void *, intptr_t)');
  const make = setup.func(
    'bool __stdcall SetupDiCreateDeviceInfoW(intptr_t, str16, uint8 *, str16, intptr_t, uint32, uint8 *)',
  );
  const register = setup.func(
    'bool __stdcall SetupDiRegisterDeviceInfo(intptr_t, uint8 *, uint32, void *, void *, void *)',
  );
  const setRegistry = setup.func(
    'bool __stdcall SetupDiSetDeviceRegistryPropertyW(intptr_t, uint8 *, uint32, uint8 *, uint32)',
  );
  const setProperty = setup.func(
    'bool __stdcall SetupDiSetDevicePropertyW(intptr_t, uint8 *, uint8 *, uint32, uint8 *, uint32, uint32)',
  );
  const list = makeList(null, 0);
  const data = Buffer.alloc(32);
  data.writeUInt32LE(32);
  if (!make(list, id, guid(classId), name, 0, 0, data)) throw new Error(`No device was made: ${lastError()}`);
  register(list, data, 0, null, null, null);
  const write = (which: number, bytes: Buffer) => setRegistry(list, data, which, bytes, bytes.length);
  write(1, texts(hardwareIds));
  if (compatibleIds.length > 0) write(2, texts(compatibleIds));
  const above = Buffer.from(`${parent}\0`, 'utf16le');
  setProperty(list, data, parentKey, 0x12, above, above.length, 0);
}

/** Takes a device out of the device manager, which Wine's driver does not do when it is unplugged. */
export function forgetDevice({ id }: { id: string }): void {
  const makeList = setup.func('intptr_t __stdcall SetupDiCreateDeviceInfoList(void *, intptr_t)');
  const find = setup.func('bool __stdcall SetupDiOpenDeviceInfoW(intptr_t, str16, intptr_t, uint32, uint8 *)');
  const remove = setup.func('bool __stdcall SetupDiRemoveDevice(intptr_t, uint8 *)');
  const list = makeList(null, 0);
  const data = Buffer.alloc(32);
  data.writeUInt32LE(32);
  if (!find(list, id, 0, 0, data) || !remove(list, data)) throw new Error(`It was not forgotten: ${lastError()}`);
}

/** @param disk number of the disk that it is to be, none if absent */
export function plugDevice(given: { interfaceClass: string; id: string; present: boolean; disk?: number }): void {
  const cut = given.id.lastIndexOf('\\');
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32LE(given.present ? 1 : 0, 0);
  numbers.writeUInt32LE(given.disk ?? 0xffffffff, 4);
  const names = Buffer.from(`${given.id.slice(0, cut)}\0${given.id.slice(cut + 1)}\0\0`, 'utf16le');
  ask('\\\\.\\Laboratory', 0x222000, Buffer.concat([guid(given.interfaceClass), numbers, names]));
}

function texts(items: readonly string[]): Buffer {
  return Buffer.from(`${items.join('\0')}\0\0`, 'utf16le');
}

function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
