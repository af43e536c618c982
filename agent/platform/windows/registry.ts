import { type Handle, library, windowsError } from './library.ts';
import { formatValue, parseValue, type RegistryData } from './registry-values.ts';

/** `HKLM\SOFTWARE\…` or `HKU\S-1-5-…\…`. */
export type RegistryPath = string;
/** Programs of 32 bits have a part of the registry to themselves. */
export type View = 64 | 32;

/** The registry of this computer. What is not there is undefined; everything else that goes wrong throws its machine word. */
export interface Registry {
  keys(path: RegistryPath, view?: View): string[] | undefined;
  values(path: RegistryPath, view?: View): Map<string, RegistryData> | undefined;
  value(path: RegistryPath, name: string, view?: View): RegistryData | undefined;
  /** Makes the key where it is missing. */
  set(path: RegistryPath, name: string, data: string | number | string[]): void;
  remove(path: RegistryPath, name: string): void;
  /** Removes a key that holds nothing any more; one that holds something stays. */
  removeIfEmpty(path: RegistryPath): void;
  /** Begins to listen for changes at or below a key. Undefined when there is no such key. */
  listenAt(path: RegistryPath, view?: View): RegistryEar | undefined;
}
export interface RegistryEar {
  /** Whether something has changed since it was last asked. Costs next to nothing. */
  hasChanged(): boolean;
  close(): void;
}

/** Signed, as Windows widens these numbers to a handle. */
const roots: Readonly<Record<string, number>> = { HKLM: -0x7ffffffe, HKU: -0x7ffffffd };
const rights = { read: 0x2_0019, write: 0x2_0006 } as const;
const views: Record<View, number> = { 64: 0x100, 32: 0x200 };
/** REG_NOTIFY_CHANGE_NAME and REG_NOTIFY_CHANGE_LAST_SET. */
const anyChange = 5;
const notThere: ReadonlySet<number> = new Set([2, 3]);
const noMore = 259;
const moreData = 234;
/** Bounds of what is read of one key. */
const mostEntries = 20_000;
const longestName = 16_384;
const longestData = 1024 * 1024;

type Status = number;
interface Calls {
  open(key: Handle, path: string, options: number, access: number, opened: Handle[]): Status;
  create(
    key: Handle,
    path: string,
    reserved: number,
    kind: null,
    options: number,
    access: number,
    security: null,
    opened: Handle[],
    disposition: null,
  ): Status;
  close(key: Handle): Status;
  enumKey(key: Handle, index: number, name: Buffer, length: number[], r: null, c: null, cl: null, time: null): Status;
  enumValue(
    key: Handle,
    index: number,
    name: Buffer,
    length: number[],
    reserved: null,
    kind: number[],
    data: Buffer,
    size: number[],
  ): Status;
  query(key: Handle, name: string, reserved: null, kind: number[], data: Buffer, size: number[]): Status;
  set(key: Handle, name: string, reserved: number, kind: number, data: Buffer, size: number): Status;
  removeValue(key: Handle, name: string): Status;
  removeKey(key: Handle, path: string, view: number, reserved: number): Status;
  notify(key: Handle, below: boolean, filter: number, event: Handle, asynchronous: boolean): Status;
  createEvent(security: null, manual: boolean, initial: boolean, name: null): Handle;
  wait(handle: Handle, milliseconds: number): number;
  closeHandle(handle: Handle): boolean;
}

function loadCalls(): Calls {
  const advapi = library('advapi32');
  const kernel = library('kernel32');
  return {
    open: advapi('int32 __stdcall RegOpenKeyExW(intptr_t, str16, uint32, uint32, _Out_ intptr_t *)'),
    create: advapi(
      'int32 __stdcall RegCreateKeyExW(intptr_t, str16, uint32, void *, uint32, uint32, void *, _Out_ intptr_t *, void *)',
    ),
    close: advapi('int32 __stdcall RegCloseKey(intptr_t)'),
    enumKey: advapi(
      'int32 __stdcall RegEnumKeyExW(intptr_t, uint32, uint8 *, _Inout_ uint32 *, void *, void *, void *, void *)',
    ),
    enumValue: advapi(
      'int32 __stdcall RegEnumValueW(intptr_t, uint32, uint8 *, _Inout_ uint32 *, void *, _Out_ uint32 *, uint8 *, _Inout_ uint32 *)',
    ),
    query: advapi(
      'int32 __stdcall RegQueryValueExW(intptr_t, str16, void *, _Out_ uint32 *, uint8 *, _Inout_ uint32 *)',
    ),
    set: advapi('int32 __stdcall RegSetValueExW(intptr_t, str16, uint32, uint32, uint8 *, uint32)'),
    removeValue: advapi('int32 __stdcall RegDeleteValueW(intptr_t, str16)'),
    removeKey: advapi('int32 __stdcall RegDeleteKeyExW(intptr_t, str16, uint32, uint32)'),
    notify: advapi('int32 __stdcall RegNotifyChangeKeyValue(intptr_t, bool, uint32, intptr_t, bool)'),
    createEvent: kernel('intptr_t __stdcall CreateEventW(void *, bool, bool, void *)'),
    wait: kernel('uint32 __stdcall WaitForSingleObject(intptr_t, uint32)'),
    closeHandle: kernel('bool __stdcall CloseHandle(intptr_t)'),
  };
}

export function openRegistry(): Registry {
  const calls = loadCalls();

  function open(path: RegistryPath, access: number, view: View): Handle | undefined {
    const { root, below } = parts(path);
    const opened: Handle[] = [0];
    const status = calls.open(root, below, 0, access | views[view], opened);
    if (notThere.has(status)) return undefined;
    if (status !== 0) throw windowsError(status, 'A key of the registry could not be opened');
    return opened[0];
  }

  function within<T>(path: RegistryPath, view: View, use: (key: Handle) => T): T | undefined {
    const key = open(path, rights.read, view);
    if (key === undefined) return undefined;
    try {
      return use(key);
    } finally {
      calls.close(key);
    }
  }

  function keysOf(key: Handle): string[] {
    const name = Buffer.alloc(512);
    const names: string[] = [];
    for (let index = 0; index < mostEntries; index++) {
      const length = [name.length / 2];
      const status = calls.enumKey(key, index, name, length, null, null, null, null);
      if (status === noMore) break;
      if (status !== 0) throw windowsError(status, 'The keys of the registry could not be listed');
      names.push(name.toString('utf16le', 0, (length[0] ?? 0) * 2));
    }
    return names;
  }

  function valuesOf(key: Handle): Map<string, RegistryData> {
    const name = Buffer.alloc(longestName * 2);
    let data = Buffer.alloc(4096);
    const found = new Map<string, RegistryData>();
    for (let index = 0; index < mostEntries; index++) {
      const length = [longestName];
      const size = [data.length];
      const kind = [0];
      const status = calls.enumValue(key, index, name, length, null, kind, data, size);
      if (status === noMore) break;
      if (status === moreData && data.length < longestData) {
        data = Buffer.alloc(longestData);
        index--;
        continue;
      }
      if (status === moreData) continue;
      if (status !== 0) throw windowsError(status, 'The values of the registry could not be listed');
      const bytes = Buffer.from(data.subarray(0, size[0] ?? 0));
      found.set(name.toString('utf16le', 0, (length[0] ?? 0) * 2), parseValue(kind[0] ?? 0, bytes));
    }
    return found;
  }

  function readValue(key: Handle, name: string): RegistryData | undefined {
    for (const length of [4096, longestData]) {
      const data = Buffer.alloc(length);
      const size = [length];
      const kind = [0];
      const status = calls.query(key, name, null, kind, data, size);
      if (status === moreData) continue;
      if (notThere.has(status)) return undefined;
      if (status !== 0) throw windowsError(status, 'A value of the registry could not be read');
      return parseValue(kind[0] ?? 0, data.subarray(0, size[0] ?? 0));
    }
    throw windowsError(moreData, 'A value of the registry is too long');
  }

  function listenAt(path: RegistryPath, view: View = 64): RegistryEar | undefined {
    const key = open(path, rights.read, view);
    if (key === undefined) return undefined;
    const event = calls.createEvent(null, false, false, null);
    const listen = () => calls.notify(key, true, anyChange, event, true);
    const close = () => {
      calls.close(key);
      calls.closeHandle(event);
    };
    const status = listen();
    if (status !== 0) {
      close();
      throw windowsError(status, 'Changes of the registry cannot be heard');
    }
    return {
      hasChanged() {
        if (calls.wait(event, 0) !== 0) return false;
        listen();
        return true;
      },
      close,
    };
  }

  return {
    keys: (path, view = 64) => within(path, view, keysOf),
    values: (path, view = 64) => within(path, view, valuesOf),
    value: (path, name, view = 64) => within(path, view, (key) => readValue(key, name)),
    set(path, name, data) {
      const { root, below } = parts(path);
      const opened: Handle[] = [0];
      const made = calls.create(root, below, 0, null, 0, rights.write | views[64], null, opened, null);
      if (made !== 0) throw windowsError(made, 'A key of the registry could not be made');
      const key = opened[0] ?? 0;
      const { kind, bytes } = formatValue(data);
      const status = calls.set(key, name, 0, kind, bytes, bytes.length);
      calls.close(key);
      if (status !== 0) throw windowsError(status, 'A value of the registry could not be written');
    },
    remove(path, name) {
      const key = open(path, rights.write, 64);
      if (key === undefined) return;
      const status = calls.removeValue(key, name);
      calls.close(key);
      if (status !== 0 && !notThere.has(status)) {
        throw windowsError(status, 'A value of the registry could not be removed');
      }
    },
    removeIfEmpty(path) {
      const isEmpty = within(path, 64, (key) => keysOf(key).length === 0 && valuesOf(key).size === 0);
      const { root, below } = parts(path);
      if (isEmpty) calls.removeKey(root, below, views[64], 0);
    },
    listenAt,
  };
}

function parts(path: RegistryPath): { root: number; below: string } {
  const [name = '', below = ''] = path.split(/\\(.*)/s);
  const root = roots[name];
  if (root === undefined) throw windowsError(2, 'There is no such part of the registry');
  return { root, below };
}
