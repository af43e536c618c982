import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromWideList, guidBytes, guidText, wide, wideList } from '../../../../agent/platform/windows/bytes.ts';
import { parseInterfaces } from '../../../../agent/platform/windows/interfaces.ts';
import { parsePower } from '../../../../agent/platform/windows/power.ts';
import { formatValue, parseValue } from '../../../../agent/platform/windows/registry-values.ts';
import { parseActiveSessions } from '../../../../agent/platform/windows/sessions.ts';
import {
  diskAttributes,
  parseDiskAttributes,
  parseDiskExtents,
  parseDiskSize,
  parseStorageDescriptor,
  parseStorageNumber,
} from '../../../../agent/platform/windows/storage-layouts.ts';
import { parseUsnRecords, usnReasons } from '../../../../agent/platform/windows/usn-records.ts';
import { parseVariant } from '../../../../agent/platform/windows/wmi.ts';
import { diskExtents, storageDescriptor, storageNumber, usnJournal } from '../../../fakes/windows-bytes.ts';
import { proves } from '../../../support/proofs.ts';

describe('storage descriptors', () => {
  const words = { vendor: 'Kingston', product: 'DataTraveler 3.0', serial: '001A92053B6A' };

  test.each([
    ['a stick', 7, true, words, { bus: 'usb', removable: true, ...words }],
    [
      'a disk in the computer',
      17,
      false,
      { product: 'SSD 980' },
      { bus: 'nvme', removable: false, product: 'SSD 980' },
    ],
    ['a card', 12, true, {}, { bus: 'sd', removable: true }],
    ['a bus not known here', 99, false, {}, { bus: 'unknown', removable: false }],
  ])('%s', (_what, bus, removable, said, expected) => {
    expect(parseStorageDescriptor(storageDescriptor(bus, removable, said))).toEqual(expected);
  });

  test('every bus of the documents tells what it is', ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'removable-media', area: 'usb' });
    const buses = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
    const told = buses.map((bus) => parseStorageDescriptor(storageDescriptor(bus, false, {}))?.bus);
    expect(new Set(told).size).toBe(buses.length);
    expect(told).not.toContain('unknown');
  });

  test('offsets that lead outside tell nothing', () => {
    const bytes = storageDescriptor(7, true, words);
    bytes.writeUInt32LE(0xffff_ffff, 12);
    bytes.writeUInt32LE(4, 16);
    expect(parseStorageDescriptor(bytes)).toEqual({ bus: 'usb', removable: true, serial: words.serial });
  });
});

test('numbers, extents, sizes and attributes of disks', () => {
  expect(parseStorageNumber(storageNumber(7, 3, 1))).toEqual({ deviceType: 7, number: 3 });
  expect(parseStorageNumber(Buffer.alloc(11))).toBeUndefined();
  expect(parseDiskExtents(diskExtents([2, 5]))).toEqual([2, 5]);
  const claimsMore = diskExtents([2]);
  claimsMore.writeUInt32LE(4_000_000_000, 0);
  expect(parseDiskExtents(claimsMore)).toEqual([2]);
  const geometry = Buffer.alloc(40);
  geometry.writeBigInt64LE(30_765_219_840n, 24);
  expect(parseDiskSize(geometry)).toBe(30_765_219_840);
  expect(parseDiskSize(Buffer.alloc(40))).toBeUndefined();
  const attributes = Buffer.alloc(16);
  attributes.writeBigUInt64LE(2n, 8);
  expect(parseDiskAttributes(attributes)).toEqual({ readOnly: true, offline: false });
  expect(diskAttributes(true)).toHaveLength(40);
});

describe('the journal of changes', () => {
  const changes = [
    {
      usn: 1000n,
      reason: usnReasons.created | usnReasons.closed,
      name: 'Brief an Frau Müller.docx',
      file: 5n,
      parent: 9n,
    },
    { usn: 1104n, reason: usnReasons.newName, name: 'Ordner', attributes: 0x10, file: 6n, parent: 9n },
  ];

  test.each([2, 3] as const)('records of version %i', (version) => {
    const { next, records } = parseUsnRecords(usnJournal(1200n, version, changes));
    expect(next).toBe(1200n);
    expect(records.map(({ name, isFolder, usn }) => [name, isFolder, usn])).toEqual([
      ['Brief an Frau Müller.docx', false, 1000n],
      ['Ordner', true, 1104n],
    ]);
    expect(records[0]).toMatchObject({ reason: 0x8000_0100, file: 5n, parent: 9n });
  });

  test('numbers of 128 bits are kept whole', ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'document-saves' });
    const file = (7n << 64n) | 1n;
    const [change] = changes;
    const journal = usnJournal(0n, 3, change ? [{ ...change, file }] : []);
    expect(parseUsnRecords(journal).records[0]?.file).toBe(file);
  });

  test('a record of another version is passed over, and one cut short ends the list', () => {
    const journal = usnJournal(1200n, 2, changes);
    journal.writeUInt16LE(4, 8 + 4);
    expect(parseUsnRecords(journal).records.map(({ name }) => name)).toEqual(['Ordner']);
    expect(parseUsnRecords(journal.subarray(0, journal.length - 8)).records).toEqual([]);
  });
});

test('values of the registry are what their kind says, if they are as long as that', () => {
  expect(parseValue(1, wide('Größe'))).toBe('Größe');
  expect(parseValue(4, Buffer.from([1, 0, 0, 0]))).toBe(1);
  expect(parseValue(4, Buffer.from([1]))).toEqual(Buffer.from([1]));
  expect(parseValue(7, wideList(['a', 'b']))).toEqual(['a', 'b']);
  expect(parseValue(7, wideList([]))).toEqual([]);
  expect(parseValue(11, Buffer.alloc(8))).toBe(0n);
  for (const data of ['text', 7, ['x', 'y']]) {
    const { kind, bytes } = formatValue(data);
    expect(parseValue(kind, bytes)).toEqual(data);
  }
});

test('variants of WMI', () => {
  const variant = (type: number, write: (bytes: Buffer) => void) => {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt16LE(type);
    write(bytes);
    return parseVariant(bytes, (pointer) => `text at ${pointer}`);
  };
  expect(variant(3, (bytes) => bytes.writeInt32LE(-1, 8))).toBe(-1);
  expect(variant(8, (bytes) => bytes.writeBigUInt64LE(99n, 8))).toBe('text at 99');
  expect(variant(11, (bytes) => bytes.writeInt16LE(-1, 8))).toBe(true);
  expect(variant(17, (bytes) => bytes.writeUInt8(5, 8))).toBe(5);
  expect(variant(0x2003, () => undefined)).toBeNull();
});

test('sessions in use, power and network cards', () => {
  const sessions = Buffer.alloc(48);
  sessions.writeUInt32LE(3, 24);
  sessions.writeUInt32LE(4, 16);
  expect(parseActiveSessions(sessions)).toEqual([3]);
  expect(parsePower(Buffer.from([0, 1, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toEqual({ onBattery: true, hasBattery: true });
  expect(parsePower(Buffer.from([1, 128, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toEqual({
    onBattery: false,
    hasBattery: false,
  });
  const table = Buffer.alloc(8 + 1352);
  wide('Ethernet').copy(table, 8 + 28);
  table.writeUInt32LE(6, 8 + 1128);
  table.writeUInt8(1, 8 + 1152);
  expect(parseInterfaces(table)).toEqual([{ name: 'Ethernet', type: 6, isHardware: true }]);
});

test('a GUID goes to bytes and back', () => {
  const text = '53f56307-b6bf-11d0-94f2-00a0c91efb8b';
  expect(guidText(guidBytes(`{${text.toUpperCase()}}`))).toBe(text);
  expect(() => guidBytes('no guid')).toThrow('This is no GUID.');
});

test('whatever a device, a disk or the registry gives, no parser throws', () => {
  const parsers = [
    parseStorageDescriptor,
    parseStorageNumber,
    parseDiskExtents,
    parseDiskSize,
    parseDiskAttributes,
    parseUsnRecords,
    parseActiveSessions,
    parseInterfaces,
    fromWideList,
    (bytes: Buffer) => parseValue(bytes[0] ?? 0, bytes),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      for (const parse of parsers) parse(Buffer.from(bytes));
    }),
  );
});
