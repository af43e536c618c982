import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DeviceNode } from '../../../../agent/platform/windows/device-tree.ts';
import type { Disk, Volume } from '../../../../agent/platform/windows/volumes.ts';
import { findMedia, type WindowsMedia } from '../../../../agent/watchers/removable-media/devices.windows.ts';
import { volumeFacts } from '../../../../agent/watchers/removable-media/volumes.windows.ts';
import { nodeOf } from '../../../fakes/windows-system.ts';
import { proves } from '../../../support/proofs.ts';

interface Fixture {
  languages: Record<string, Record<string, string>>;
  nodes: (Partial<DeviceNode> & Pick<DeviceNode, 'id' | 'classId'> & { word?: string })[];
  disks: Record<string, Disk>;
  volumes: Volume[];
}
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../../../fixtures/windows/device-trees.json', import.meta.url), 'utf8'),
);

/** The computer of the fixture, with the words a Windows of this language has for its devices. */
function mediaIn(language: string): WindowsMedia {
  const nodes = fixture.nodes.map(({ word, ...node }) => ({
    ...nodeOf(node),
    description: word === undefined ? '' : fixture.languages[language]?.[word],
  }));
  return { nodes, disks: new Map(Object.entries(fixture.disks)), volumes: fixture.volumes, systemDrive: 'C:' };
}

function rowOf(media: WindowsMedia, port: string) {
  return findMedia(media).filter(({ device }) => device.port === port);
}

describe('one physical thing is one row', () => {
  const media = mediaIn('en');

  test('the computer of the fixture has these, and no other', ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'removable-media', area: 'usb' });
    proves(task, { os: 'windows', by: 'fixtures', capability: 'removable-media', area: 'memory cards' });
    expect(findMedia(media).map(({ device }) => `${device.class} ${device.bus} ${device.serialTrust}`)).toEqual([
      'usb-storage usb device',
      'phone usb device',
      'camera usb generated',
      'hid usb generated',
      'external-disk usb device',
      'memory-card mmc blank',
    ]);
  });

  test('a stick, with its volume and without its shadow among the portable devices', () => {
    expect(rowOf(media, 'Port_#0004.Hub_#0001')).toMatchObject([
      {
        device: {
          class: 'usb-storage',
          vendorId: '0951',
          productId: '1666',
          vendor: 'Kingston',
          product: 'DataTraveler 3.0',
          serial: '001A92053B6A',
          interfaces: ['08:06:50'],
          sizeBytes: 30_765_219_840,
        },
        volumes: [{ name: 'E:' }],
        parts: [{ id: expect.stringMatching(/^USBSTOR/) }],
      },
    ]);
  });

  test('a phone of several functions: only the one that carries files can be taken out of use', ({ task }) => {
    proves(task, { os: 'windows', by: 'fixtures', capability: 'removable-media', area: 'phones and cameras' });
    const [phone] = rowOf(media, 'Port_#0002.Hub_#0001');
    expect(phone?.device).toMatchObject({
      class: 'phone',
      serial: 'R58N12345AB',
      interfaces: ['06:01:01', '02:02:01'],
    });
    expect(phone?.parts.map(({ id }) => id)).toEqual(['USB\\VID_04E8&PID_6860&MI_00\\6&2A1B3C4D&0&0000']);
  });

  test('a disk by UAS is known by its USB device, and is locked where BitLocker says so by number', () => {
    const [disk] = rowOf(media, 'Port_#0005.Hub_#0001');
    expect(disk?.device).toMatchObject({ class: 'external-disk', vendor: 'Samsung', serial: '012345678999' });
    const [volume] = disk?.volumes ?? [];
    expect(volume && volumeFacts(volume, { ok: true, seen: undefined })).toEqual({
      name: 'F:',
      encryption: 'locked',
      method: 'bitlocker',
    });
  });

  test('a drive without a disc, and the disk the computer runs from, are nothing', () => {
    const ports = findMedia(media).map(({ device }) => device.port ?? '');
    expect(ports.filter((port) => port.includes('CDROM') || port.includes('INTERNAL'))).toEqual([]);
  });
});

test.for(['de', 'fr'])('a Windows that speaks %s gives the same', (language, { task }) => {
  proves(task, { os: 'windows', by: 'fixtures', capability: 'removable-media', area: 'usb' });
  proves(task, { os: 'windows', by: 'fixtures', capability: 'removable-media', area: 'phones and cameras' });
  const withoutWords = (media: WindowsMedia) => findMedia(media).map(({ device, volumes }) => ({ device, volumes }));
  expect(withoutWords(mediaIn(language))).toEqual(withoutWords(mediaIn('en')));
});

describe('serials', () => {
  test.each([
    ['001A92053B6A', 'device'],
    ['5&3A2B1C&0&3', 'generated'],
    ['0000000000', 'blank'],
  ])('%s is %s', (instance, serialTrust) => {
    const nodes = [nodeOf({ id: `USB\\VID_1234&PID_5678\\${instance}`, classId: 'x' })];
    const [found] = findMedia({ nodes, disks: new Map(), volumes: [], systemDrive: 'C:' });
    expect(found?.device.serialTrust).toBe(serialTrust);
  });
});

test('a disk that was disabled shows nothing, and is the same device all the same', () => {
  const media = mediaIn('en');
  const nodes = media.nodes.map((node) => (node.id.startsWith('USBSTOR') ? { ...node, problem: 22 } : node));
  const [row] = rowOf({ nodes, disks: new Map(), volumes: [], systemDrive: 'C:' }, 'Port_#0004.Hub_#0001');
  expect(row?.device).toMatchObject({ class: 'usb-storage', serial: '001A92053B6A', product: 'DataTraveler 3.0' });
  expect(row?.device.sizeBytes).toBeUndefined();
});

test('a drive that Windows lists no device of is told by its volume, empty ones are not', () => {
  const volumes: Volume[] = [
    { name: 'A:', root: 'A:\\', type: 'removable', content: { label: '', filesystem: 'FAT', readOnly: false } },
    { name: 'X:', root: 'X:\\', type: 'removable', fault: 'win32-21' },
    { name: 'N:', root: 'N:\\', type: 'network' },
  ];
  const found = findMedia({ nodes: [], disks: new Map(), volumes, systemDrive: 'C:' });
  expect(found.map(({ device }) => device)).toMatchObject([{ class: 'floppy', bus: 'floppy', port: 'A:' }]);
});

test('parents that go round in a circle end', () => {
  const nodes = [
    nodeOf({ id: 'USBSTOR\\DISK\\A', classId: '4d36e967-e325-11ce-bfc1-08002be10318', parent: 'USBSTOR\\DISK\\B' }),
    nodeOf({ id: 'USBSTOR\\DISK\\B', classId: '4d36e967-e325-11ce-bfc1-08002be10318', parent: 'USBSTOR\\DISK\\A' }),
  ];
  expect(findMedia({ nodes, disks: new Map(), volumes: [], systemDrive: 'C:' })).toEqual([]);
});
