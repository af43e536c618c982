import type { NameFilter } from './file-signals.ts';

/** A folder as the kernel names it: file system and handle in one, usable as a key and to open the folder again. */
export interface FolderHandle {
  /** File system id and handle, one character per byte. */
  key: string;
  /** The file system id: the first characters of `key`. */
  filesystem: string;
}
export interface NamedEntry {
  folder: FolderHandle;
  name: Buffer;
}
export type FanotifyEvent =
  /** Closed after writing (`written`), given this name (`moved`), or removed; `from` if the kernel tells. */
  | { what: 'written' | 'moved' | 'deleted'; pid: number; entry: NamedEntry; from?: NamedEntry }
  /** A folder changed its path, and with it everything below. */
  | { what: 'folder-moved'; pid: number; entry: NamedEntry; from?: NamedEntry }
  /** The kernel's queue was full, or the buffer makes no sense: events are missing from here on. */
  | { what: 'lost' };

/** Layout of linux/fanotify.h, in bytes. */
const layout = { metadata: 24, version: 3, infoHeader: 4, filesystem: 8, handleHeader: 8, longestHandle: 128 } as const;
export const masks = {
  closeWrite: 0x8,
  movedTo: 0x80,
  deleted: 0x200,
  overflow: 0x4000,
  rename: 0x1000_0000,
  onFolder: 0x4000_0000,
} as const;
const info = { nameOfEntry: 2, oldName: 10, newName: 12 } as const;

/**
 * The events in what one read of a fanotify descriptor gave, for the masks close-write, moved-to, rename, delete and overflow
 * with folder handles and names reported. Pure, and safe on any bytes. Files whose name `wanted` turns away are passed
 * over before anything is made of them.
 */
export function parseFanotifyEvents(buffer: Buffer, wanted: NameFilter): FanotifyEvent[] {
  const events: FanotifyEvent[] = [];
  for (let at = 0; at < buffer.length; ) {
    const length = at + layout.metadata <= buffer.length ? buffer.readUInt32LE(at) : 0;
    const end = at + length;
    if (length < layout.metadata || end > buffer.length || buffer[at + 4] !== layout.version) {
      events.push({ what: 'lost' });
      break;
    }
    const event = parseEvent(buffer, at, end, wanted);
    if (event) events.push(event);
    at = end;
  }
  return events;
}

function parseEvent(buffer: Buffer, at: number, end: number, wanted: NameFilter): FanotifyEvent | undefined {
  // Every bit asked for lies in the lower half of the mask.
  const mask = buffer.readUInt32LE(at + 8);
  if (mask & masks.overflow) return { what: 'lost' };
  const records = recordsOf(buffer, at + Math.max(buffer.readUInt16LE(at + 6), layout.metadata), end);
  const target = records.newName ?? records.nameOfEntry;
  if (!target) return undefined;
  const onFolder = (mask & masks.onFolder) !== 0;
  if (!onFolder && !wanted(buffer, target.nameAt, target.nameEnd)) return undefined;
  const moved = (mask & (masks.movedTo | masks.rename)) !== 0;
  const written = (mask & masks.closeWrite) !== 0;
  if (!moved && (onFolder || !(written || mask & masks.deleted))) return undefined;
  // The kernel may tell a write and the deletion after it, or before it, as one: whether the file is there tells which.
  const what = onFolder ? 'folder-moved' : moved ? 'moved' : written ? 'written' : 'deleted';
  const from = records.oldName ? { from: entryOf(buffer, records.oldName) } : {};
  return { what, pid: buffer.readInt32LE(at + 20), entry: entryOf(buffer, target), ...from };
}

interface InfoRecord {
  filesystemAt: number;
  nameAt: number;
  nameEnd: number;
}
type InfoRecords = { -readonly [K in keyof typeof info]?: InfoRecord };

function recordsOf(buffer: Buffer, start: number, end: number): InfoRecords {
  const records: InfoRecords = {};
  for (let at = start; at + layout.infoHeader <= end; ) {
    const length = buffer.readUInt16LE(at + 2);
    if (length < layout.infoHeader || at + length > end) break;
    const record = recordAt(buffer, at, at + length);
    const type = buffer[at];
    if (record && type === info.nameOfEntry) records.nameOfEntry = record;
    if (record && type === info.oldName) records.oldName = record;
    if (record && type === info.newName) records.newName = record;
    at += length;
  }
  return records;
}

/** Header, file system id, handle (its length, its type, its bytes), then the name up to a zero byte. */
function recordAt(buffer: Buffer, at: number, end: number): InfoRecord | undefined {
  const filesystemAt = at + layout.infoHeader;
  const handleAt = filesystemAt + layout.filesystem;
  if (handleAt + layout.handleHeader > end) return undefined;
  const handleLength = buffer.readUInt32LE(handleAt);
  const nameAt = handleAt + layout.handleHeader + handleLength;
  if (handleLength > layout.longestHandle || nameAt > end) return undefined;
  const zero = buffer.indexOf(0, nameAt);
  return { filesystemAt, nameAt, nameEnd: zero < 0 || zero > end ? end : zero };
}

function entryOf(buffer: Buffer, { filesystemAt, nameAt, nameEnd }: InfoRecord): NamedEntry {
  const key = buffer.toString('latin1', filesystemAt, nameAt);
  // The buffer is read into again, so the name has to be a copy.
  return {
    folder: { key, filesystem: key.slice(0, layout.filesystem) },
    name: Buffer.from(buffer.subarray(nameAt, nameEnd)),
  };
}

/** The `struct file_handle` in a folder's key, to open the folder by. */
export function handleBytes(folder: FolderHandle): Buffer {
  return Buffer.from(folder.key.slice(layout.filesystem), 'latin1');
}
