import { fromWide, fromWideList } from './bytes.ts';
import { errorWord, type Handle, library } from './library.ts';
import {
  diskAttributes,
  parseDiskAttributes,
  parseDiskExtents,
  parseDiskSize,
  parseStorageDescriptor,
  parseStorageNumber,
  type StorageDescriptor,
  type StorageNumber,
} from './storage-layouts.ts';

/** GetDriveType. */
export type DriveType = 'unknown' | 'none' | 'removable' | 'fixed' | 'network' | 'optical' | 'memory';

/** A volume as Windows lists it. */
export interface Volume {
  /** `E:`, or `Volume{…}` where it has no letter. */
  name: string;
  /** Folder it is reached by, `E:\`; absent where it has none. */
  root?: string;
  type: DriveType;
  /** Its disk, where it has one; a volume over several names the first. */
  storage?: StorageNumber;
  descriptor?: StorageDescriptor;
  /** What the file system says; absent without a medium or a file system. */
  content?: VolumeContent;
  /** Why there is no content, a machine word. */
  fault?: string;
}
export interface VolumeContent {
  label: string;
  filesystem: string;
  readOnly: boolean;
  sizeBytes?: number;
}

export interface Disk {
  storage?: StorageNumber;
  descriptor?: StorageDescriptor;
  sizeBytes?: number;
  readOnly?: boolean;
}

export interface Volumes {
  /** One bit for each drive letter. Costs next to nothing. */
  letters(): number;
  list(): Volume[];
  /** @param path of its interface, see `Devices.paths` */
  disk(path: string): Disk;
  /** @returns why it could not be done, a machine word */
  setReadOnly(path: string, readOnly: boolean): string | undefined;
  /** Whether a file's data lies elsewhere and would be fetched if it were opened. */
  isPlaceholder(path: string): boolean;
}

const types: readonly DriveType[] = ['unknown', 'none', 'removable', 'fixed', 'network', 'optical', 'memory'];
/** Control codes of winioctl.h. */
const codes = {
  deviceNumber: 0x2d_1080,
  queryProperty: 0x2d_1400,
  geometry: 0x7_00a0,
  diskExtents: 0x56_0000,
  getAttributes: 0x7_00f0,
  setAttributes: 0x7_c0f4,
} as const;
const readWrite = 0xc000_0000;
const shared = 7;
const existing = 3;
const invalid = -1;
const mostVolumes = 256;
const readOnlyVolume = 0x8_0000;
/** A floppy drive starts its motor when it is asked, so that it is asked so seldom, in milliseconds. */
const floppyMilliseconds = 60_000;
/** Offline, recall on open, recall on data access; and what is no file at all. */
const elsewhere = 0x1000 | 0x4_0000 | 0x40_0000;
const noAttributes = 0xffff_ffff;
/** No dialogue ever asks a person for a disk. */
const silently = 0x8001;

interface Calls {
  letters(): number;
  type(root: string): number;
  information(
    root: string,
    label: Buffer,
    labelLength: number,
    serial: null,
    longest: null,
    flags: number[],
    filesystem: Buffer,
    filesystemLength: number,
  ): boolean;
  space(root: string, free: null, total: bigint[], allFree: null): boolean;
  firstVolume(name: Buffer, length: number): Handle;
  nextVolume(search: Handle, name: Buffer, length: number): boolean;
  closeSearch(search: Handle): boolean;
  places(name: string, paths: Buffer, length: number, needed: number[]): boolean;
  open(path: string, access: number, share: number, s: null, how: number, flags: number, template: number): Handle;
  control(
    device: Handle,
    code: number,
    input: Buffer | null,
    inputLength: number,
    output: Buffer | null,
    outputLength: number,
    returned: number[],
    overlapped: null,
  ): boolean;
  close(handle: Handle): boolean;
  attributes(path: string): number;
  errorMode(mode: number): number;
  lastError(): number;
}

function loadCalls(): Calls {
  const kernel = library('kernel32');
  return {
    letters: kernel('uint32 __stdcall GetLogicalDrives()'),
    type: kernel('uint32 __stdcall GetDriveTypeW(str16)'),
    information: kernel(
      'bool __stdcall GetVolumeInformationW(str16, uint8 *, uint32, void *, void *, _Out_ uint32 *, uint8 *, uint32)',
    ),
    space: kernel('bool __stdcall GetDiskFreeSpaceExW(str16, void *, _Out_ uint64 *, void *)'),
    firstVolume: kernel('intptr_t __stdcall FindFirstVolumeW(uint8 *, uint32)'),
    nextVolume: kernel('bool __stdcall FindNextVolumeW(intptr_t, uint8 *, uint32)'),
    closeSearch: kernel('bool __stdcall FindVolumeClose(intptr_t)'),
    places: kernel('bool __stdcall GetVolumePathNamesForVolumeNameW(str16, uint8 *, uint32, _Out_ uint32 *)'),
    open: kernel('intptr_t __stdcall CreateFileW(str16, uint32, uint32, void *, uint32, uint32, intptr_t)'),
    control: kernel(
      'bool __stdcall DeviceIoControl(intptr_t, uint32, uint8 *, uint32, uint8 *, uint32, _Out_ uint32 *, void *)',
    ),
    close: kernel('bool __stdcall CloseHandle(intptr_t)'),
    attributes: kernel('uint32 __stdcall GetFileAttributesW(str16)'),
    errorMode: kernel('uint32 __stdcall SetErrorMode(uint32)'),
    lastError: kernel('uint32 __stdcall GetLastError()'),
  };
}

export function openVolumes(): Volumes {
  const calls = loadCalls();
  calls.errorMode(silently);

  function ask(device: Handle, code: number, input: Buffer | null, longest: number): Buffer | undefined {
    const output = Buffer.alloc(longest);
    const returned = [0];
    const inputLength = input?.length ?? 0;
    const isDone = calls.control(device, code, input, inputLength, output, longest, returned, null);
    return isDone ? output.subarray(0, returned[0]) : undefined;
  }

  function parsed<T>(bytes: Buffer | undefined, parse: (bytes: Buffer) => T | undefined): T | undefined {
    return bytes && parse(bytes);
  }

  /** Opened without any access, which asks nothing of the medium and disturbs nobody. */
  function within<T>(path: string, access: number, use: (device: Handle) => T, refused: (word: string) => T): T {
    const device = calls.open(path, access, shared, null, existing, 0, 0);
    if (device === invalid) return refused(errorWord(calls.lastError()));
    try {
      return use(device);
    } finally {
      calls.close(device);
    }
  }

  function disk(path: string): Disk {
    return within<Disk>(
      path,
      0,
      (device) => {
        const storage = parsed(ask(device, codes.deviceNumber, null, 12), parseStorageNumber);
        const descriptor = parsed(ask(device, codes.queryProperty, Buffer.alloc(12), 1024), parseStorageDescriptor);
        const sizeBytes = parsed(ask(device, codes.geometry, null, 256), parseDiskSize);
        const readOnly = parsed(ask(device, codes.getAttributes, null, 16), parseDiskAttributes)?.readOnly;
        const [first] = storage ? [] : (parsed(ask(device, codes.diskExtents, null, 2048), parseDiskExtents) ?? []);
        const spanned = first === undefined ? undefined : { deviceType: 7, number: first };
        return {
          ...((storage ?? spanned) && { storage: storage ?? spanned }),
          ...(descriptor && { descriptor }),
          ...(sizeBytes !== undefined && { sizeBytes }),
          ...(readOnly !== undefined && { readOnly }),
        } as Disk;
      },
      () => ({}),
    );
  }

  function contentOf(root: string): VolumeContent | string {
    const [label, filesystem] = [Buffer.alloc(522), Buffer.alloc(522)];
    const flags = [0];
    if (!calls.information(root, label, 261, null, null, flags, filesystem, 261)) return errorWord(calls.lastError());
    const total = [0n];
    const sizeBytes = calls.space(root, null, total, null) ? Number(total[0]) : undefined;
    return {
      label: fromWide(label),
      filesystem: fromWide(filesystem),
      readOnly: ((flags[0] ?? 0) & readOnlyVolume) !== 0,
      ...(sizeBytes !== undefined && Number.isSafeInteger(sizeBytes) && { sizeBytes }),
    };
  }

  function volumeOf(name: string, root: string | undefined, opened: string): Volume {
    const place = root ?? `${opened}\\`;
    const type = types[calls.type(place)] ?? 'unknown';
    const rooted = root === undefined ? {} : { root };
    // A network drive may be far away, and is nobody's medium.
    if (type === 'network') return { name, ...rooted, type };
    const content = contentOf(place);
    const { storage, descriptor } = disk(opened);
    return {
      name,
      ...rooted,
      type,
      ...(storage && { storage }),
      ...(descriptor && { descriptor }),
      ...(typeof content === 'string' ? { fault: content } : { content }),
    };
  }

  const floppies = new Map<string, { at: number; volume: Volume }>();
  function floppyOf(letter: string): Volume {
    const known = floppies.get(letter);
    if (known && performance.now() - known.at < floppyMilliseconds) return known.volume;
    const volume = volumeOf(letter, `${letter}\\`, `\\\\.\\${letter}`);
    floppies.set(letter, { at: performance.now(), volume });
    return volume;
  }

  function lettered(): Volume[] {
    const letters = calls.letters();
    return Array.from({ length: 26 }, (_, index) => index)
      .filter((index) => (letters >>> index) & 1)
      .map((index) => `${String.fromCharCode(65 + index)}:`)
      .map((letter) =>
        /^[AB]:$/.test(letter) ? floppyOf(letter) : volumeOf(letter, `${letter}\\`, `\\\\.\\${letter}`),
      );
  }

  /** Names of volumes that have no drive letter, with the folder they are mounted in, if any. */
  function unlettered(): Volume[] {
    const name = Buffer.alloc(200);
    const found: Volume[] = [];
    const search = calls.firstVolume(name, name.length / 2);
    if (search === invalid) return [];
    for (let count = 0; count < mostVolumes; count++) {
      const path = fromWide(name);
      const places = Buffer.alloc(4096);
      const isTold = calls.places(path, places, places.length / 2, [0]);
      const roots = isTold ? fromWideList(places) : [];
      const word = /Volume\{[0-9a-f-]+\}/i.exec(path)?.[0];
      if (word && isTold && !roots.some((root) => /^[A-Z]:\\$/i.test(root)))
        found.push(volumeOf(word, roots[0], path.replace(/\\$/, '')));
      if (!calls.nextVolume(search, name, name.length / 2)) break;
    }
    calls.closeSearch(search);
    return found;
  }

  return {
    letters: () => calls.letters(),
    list: () => [...lettered(), ...unlettered()],
    disk,
    setReadOnly: (path, readOnly) =>
      within<string | undefined>(
        path,
        readWrite,
        (device) => {
          const input = diskAttributes(readOnly);
          const isDone = calls.control(device, codes.setAttributes, input, input.length, null, 0, [0], null);
          return isDone ? undefined : errorWord(calls.lastError());
        },
        (word) => word,
      ),
    isPlaceholder(path) {
      const attributes = calls.attributes(path.replaceAll('/', '\\'));
      return attributes !== noAttributes && (attributes & elsewhere) !== 0;
    },
  };
}
