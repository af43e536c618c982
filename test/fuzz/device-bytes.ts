import { readFileSync } from 'node:fs';
import { askUnits } from '../../agent/enforcement/bulk-only.ts';
import { parseFanotifyEvents } from '../../agent/platform/fanotify-events.ts';
import { parseOpenEvents } from '../../agent/platform/fanotify-opens.linux.ts';
import { fromWide, fromWideList } from '../../agent/platform/windows/bytes.ts';
import { parseValue } from '../../agent/platform/windows/registry-values.ts';
import { parseActiveSessions } from '../../agent/platform/windows/sessions.ts';
import {
  parseDiskAttributes,
  parseDiskExtents,
  parseDiskSize,
  parseStorageDescriptor,
  parseStorageNumber,
} from '../../agent/platform/windows/storage-layouts.ts';
import { parseUsnRecords } from '../../agent/platform/windows/usn-records.ts';
import { usbClass } from '../../agent/watchers/removable-media/usb-class.ts';
import { interfacesOf } from '../../agent/watchers/removable-media/usb-descriptors.ts';
import { executableKind } from '../../agent/watchers/software/program-title.ts';
import { parseUninstall } from '../../agent/watchers/software/uninstall.windows.ts';
import { usbDescriptors } from '../fakes/linux-tree.ts';
import { diskExtents, storageDescriptor, storageNumber, usnJournal } from '../fakes/windows-bytes.ts';
import { holds } from './target.ts';

/** A parser of bytes that come from a device, the kernel or Windows, with bytes as they come. */
export interface BytesPart {
  seeds: readonly Buffer[];
  parse(bytes: Buffer): unknown;
}

const recorded: { reads: { bytes?: string; base64?: string }[] } | unknown = JSON.parse(
  readFileSync(new URL('../fixtures/document-saves/fanotify-reads.json', import.meta.url), 'utf8'),
);

/** Every text of bytes in the recording, whatever it is kept under. */
function recordedBytes(value: unknown): Buffer[] {
  if (typeof value === 'string') return /^[A-Za-z0-9+/=]{32,}$/.test(value) ? [Buffer.from(value, 'base64')] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(recordedBytes) : [];
}

const change = { usn: 5n, reason: 0x8000_0100, name: 'letter.docx', file: 77n, parent: 5n };
const words = { vendor: 'Kingston', product: 'DataTraveler 3.0', serial: '001A92053B6A' };

export const bytesParts: Readonly<Record<string, BytesPart>> = {
  'usb-descriptors': {
    seeds: [['08:06:50'], ['03:01:01', '08:06:50'], ['ff:ff:00', '06:01:01']].map((one) =>
      Buffer.from(usbDescriptors(one)),
    ),
    parse(bytes) {
      const found = interfacesOf(bytes);
      holds(found.length * 9 <= bytes.length, 'there are no more interfaces than fit');
      holds(
        found.every((one) => /^[0-9a-f]{2}(:[0-9a-f]{2}){2}$/.test(one)),
        'an interface is three bytes',
      );
      return usbClass(found, false);
    },
  },
  'storage-descriptor': {
    seeds: [storageDescriptor(7, true, words), storageDescriptor(17, false, {})],
    parse(bytes) {
      const found = parseStorageDescriptor(bytes);
      const long = Object.values(found ?? {}).filter((text) => typeof text === 'string' && text.length > bytes.length);
      holds(long.length === 0, 'no word is longer than what it was read from');
      return found;
    },
  },
  'storage-number': { seeds: [storageNumber(7, 1, 0)], parse: parseStorageNumber },
  'disk-extents': { seeds: [diskExtents([0, 1])], parse: parseDiskExtents },
  'disk-size': { seeds: [Buffer.alloc(32, 1), Buffer.alloc(40)], parse: parseDiskSize },
  'disk-attributes': { seeds: [Buffer.alloc(16)], parse: parseDiskAttributes },
  'usn-journal': {
    seeds: [usnJournal(9n, 2, [change, change]), usnJournal(9n, 3, [change])],
    parse(bytes) {
      const { records } = parseUsnRecords(bytes);
      holds(records.length * 60 <= bytes.length, 'there are no more records than fit');
      return records;
    },
  },
  'registry-value': {
    seeds: [1, 2, 4, 7, 11, 3].map((kind) => Buffer.concat([Buffer.from([kind]), Buffer.from('Value\0', 'utf16le')])),
    parse(bytes) {
      const data = parseValue(bytes[0] ?? 0, bytes.subarray(1));
      return parseUninstall(
        new Map([
          ['DisplayName', data],
          ['Publisher', data],
        ]),
        64,
      );
    },
  },
  'wide-text': {
    seeds: [Buffer.from('Letter\0Other\0\0', 'utf16le')],
    parse: (bytes) => [fromWide(bytes), fromWideList(bytes)],
  },
  sessions: { seeds: [Buffer.alloc(48)], parse: parseActiveSessions },
  fanotify: { seeds: recordedBytes(recorded), parse: (bytes) => parseFanotifyEvents(bytes, () => true) },
  'fanotify-opens': { seeds: [Buffer.alloc(24, 0).fill(24, 0, 1).fill(3, 4, 5)], parse: parseOpenEvents },
  program: { seeds: [Buffer.from('7f454c4602010100414902000000', 'hex')], parse: executableKind },
};

/** A mass-storage interface that answers as the bytes say, whatever it is asked. @returns what became of it */
export async function askHostileUnits(bytes: Buffer): Promise<string> {
  let at = 0;
  let asked = 0;
  const answer = (into: Buffer): number => {
    asked += 1;
    const said = bytes[at % Math.max(bytes.length, 1)] ?? 0;
    const piece = bytes.subarray(at, at + into.length);
    piece.copy(into);
    at += into.length;
    return said < 40 ? said : into.length;
  };
  const talk = {
    control: async (_setup: object, into: Buffer) => answer(into),
    bulk: async (_place: number, data: Buffer) => (data.length === 31 ? 31 : answer(data)),
  };
  const units = await askUnits(talk, { number: 0, out: 1, in: 0x81 });
  holds(asked <= 1 + 16 * 2 && (units?.length ?? 0) <= 16, 'no more units are asked than there can be');
  return units === undefined ? 'unknown' : 'told';
}
