import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventCheckers } from '#shared/events/kinds.ts';
import { watchRemovableMediaOnLinux } from '../../../../agent/watchers/removable-media/linux.ts';
import type { Watcher } from '../../../../agent/watchers/watcher.ts';
import { linuxTree, type TreeDisk, type TreeUsb } from '../../../fakes/linux-tree.ts';
import { hasTool, run } from '../../../fakes/loop-device.ts';
import { type FakeContext, fakeContext } from '../../../fakes/watcher-context.ts';

let tree: ReturnType<typeof linuxTree>;
let context: FakeContext;
let watcher: Watcher;

beforeEach(() => {
  tree = linuxTree();
  context = fakeContext();
  watcher = watchRemovableMediaOnLinux(tree.roots)(context);
});

afterEach(async () => {
  await watcher.stop();
  tree[Symbol.dispose]();
});

const stick: TreeUsb = {
  vendorId: '0781',
  productId: '5581',
  manufacturer: 'SanDisk',
  product: 'Ultra',
  serial: 'STICK0001',
  interfaces: ['08:06:50'],
};
const stickDisk: TreeDisk = { under: '1-4', removable: true, sizeBytes: 64 << 20, partitions: { sdb1: 63 << 20 } };

function kinds(): string[] {
  return context.changes.map(({ kind }) => kind);
}

describe('devices of a Linux computer', () => {
  it('gives a stick with its partition', async () => {
    tree.usb('1-4', stick).disk('sdb', stickDisk);
    await watcher.start();
    expect(context.changes).toEqual([
      {
        kind: 'media.attached',
        data: {
          presentAtStart: true,
          device: {
            class: 'usb-storage',
            bus: 'usb',
            vendorId: '0781',
            productId: '5581',
            vendor: 'SanDisk',
            product: 'Ultra',
            serial: 'STICK0001',
            serialTrust: 'device',
            interfaces: ['08:06:50'],
            port: '1-4',
            sizeBytes: 64 << 20,
          },
          volumes: [{ name: 'sdb1', sizeBytes: 63 << 20, encryption: 'unknown' }],
        },
      },
    ]);
  });

  it.each<[string, TreeUsb, Record<string, TreeDisk>, object]>([
    [
      'external disk that calls itself fixed',
      { interfaces: ['08:06:62'] },
      { sdb: { under: '1-4', sizeBytes: 1 << 30 } },
      { class: 'external-disk', bus: 'usb' },
    ],
    [
      'disc drive without a disc',
      { interfaces: ['08:06:50'] },
      { sr0: { under: '1-4', major: '11', removable: true, sizeBytes: 0x1fffff * 512 } },
      { class: 'optical', sizeBytes: 0 },
    ],
    [
      'card reader without a card',
      { interfaces: ['08:06:50'] },
      { sdb: { under: '1-4', removable: true } },
      { class: 'memory-card', sizeBytes: 0 },
    ],
    ['phone that speaks MTP', { interfaces: ['ff:ff:00'], interfaceText: 'MTP' }, {}, { class: 'phone' }],
    ['phone by its imaging class', { interfaces: ['06:01:01'], interfaceText: 'MTP' }, {}, { class: 'phone' }],
    ['headset', { interfaces: ['01:01:00', '01:02:00'] }, {}, { class: 'audio' }],
    ['keyboard', { interfaces: ['03:01:01'] }, {}, { class: 'hid' }],
    ['hub', { interfaces: ['09:00:00'] }, {}, { class: 'hub' }],
    [
      'stick that is also a keyboard',
      { interfaces: ['08:06:50', '03:01:01'] },
      {},
      { class: 'usb-storage', interfaces: ['08:06:50', '03:01:01'] },
    ],
    ['stick without serial', { interfaces: ['08:06:50'] }, {}, { serialTrust: 'blank' }],
    ['stick with a serial of zeros', { interfaces: ['08:06:50'], serial: '0000 0000' }, {}, { serialTrust: 'blank' }],
  ])('%s', async (_, usb, disks, expected) => {
    tree.usb('1-4', usb);
    for (const [name, disk] of Object.entries(disks)) tree.disk(name, disk);
    await watcher.start();
    expect(context.changes).toMatchObject([{ kind: 'media.attached', data: { device: expected } }]);
  });

  it.each<[string, string, TreeDisk, object]>([
    [
      'SD card',
      'mmcblk0',
      {
        under: '/devices/pci0000:00/0000:00:04.0/mmc_host/mmc0/mmc0:4567',
        sizeBytes: 64 << 20,
        more: { 'device/type': 'SD', 'device/name': 'QEMU!', 'device/serial': '0xdeadbeef' },
      },
      { class: 'memory-card', bus: 'mmc', product: 'QEMU!', serial: '0xdeadbeef', serialTrust: 'device' },
    ],
    ['disc in a drive of the computer', 'sr0', { major: '11', sizeBytes: 700 << 20 }, { class: 'optical' }],
    [
      'loop device',
      'loop3',
      { major: '7', sizeBytes: 1 << 20, more: { 'loop/backing_file': '/home/a/x.img', diskseq: '57' } },
      { class: 'other', bus: 'virtual', port: 'loop3:57' },
    ],
    [
      'disk on Thunderbolt',
      'nvme1n1',
      { under: '/devices/pci0000:00/0000:00:1c.0/0000:05:00.0/nvme/nvme1', sizeBytes: 1 << 30 },
      { class: 'external-disk', bus: 'nvme' },
    ],
    [
      'disk on FireWire',
      'sdc',
      { under: '/devices/pci0000:00/0000:00:1d.0/fw1/fw1.0/host4', sizeBytes: 1 << 30 },
      { class: 'external-disk', bus: 'firewire' },
    ],
  ])('%s', async (_, name, disk, expected) => {
    tree.write('sys/devices/pci0000:00/0000:00:1c.0/removable', 'removable\n').disk(name, disk);
    await watcher.start();
    expect(context.changes).toMatchObject([{ kind: 'media.attached', data: { device: expected } }]);
  });

  it.each<[string, string, TreeDisk]>([
    ['fixed disk', 'sdb', { under: '/devices/pci0000:00/0000:00:1f.2/ata2/host1', sizeBytes: 1 << 30 }],
    ['soldered flash', 'mmcblk0', { sizeBytes: 1 << 30, more: { 'device/type': 'MMC' } }],
    ['disc drive of the computer, empty', 'sr0', { sizeBytes: 0x1fffff * 512 }],
    ['package image', 'loop1', { sizeBytes: 512, more: { 'loop/backing_file': '/var/lib/snapd/snaps/a_1.snap' } }],
    ['compressed memory', 'zram0', { sizeBytes: 1 << 30 }],
    ['mapped volume', 'dm-0', { sizeBytes: 1 << 30, slaves: ['sda'], more: { 'dm/name': 'a', 'dm/uuid': '' } }],
  ])('leaves out: %s', async (_, name, disk) => {
    tree.usbBus().disk(name, disk);
    await watcher.start();
    expect(context.changes).toEqual([]);
  });

  it('asks a floppy drive in the background and tells when a disk is in', async () => {
    tree.disk('fd0', { under: '/devices/platform/floppy.0', major: '2', removable: true, sizeBytes: 4096 });
    tree.write('dev/fd0', 'a medium that can be opened');
    await watcher.start();
    await expect.poll(kinds).toEqual(['media.attached']);
    expect(context.changes).toMatchObject([{ data: { device: { class: 'floppy', bus: 'floppy' } } }]);
    expect(watcher.coverage().find(({ area }) => area === 'floppy')).toMatchObject({ state: 'degraded' });
  });

  it('believes udev that a disc drive is empty', async () => {
    tree.disk('sr0', { major: '11', sizeBytes: 700 << 20 });
    tree.write('run/udev/data/b11:1', 'E:ID_CDROM=1\n');
    await watcher.start();
    expect(context.changes).toEqual([]);
  });
});

describe('changes while the agent runs', () => {
  it.skipIf(!hasTool('mkfs.ext4'))('tells a stick as it comes: the device, its disk, its use, its going', async () => {
    tree.write('dev/sdb1', new Uint8Array(1 << 20));
    run('mkfs.ext4', '-q', '-F', '-L', 'BACK UP', `${tree.roots.dev}/sdb1`);
    await watcher.start();
    tree.usb('1-4', stick);
    await watcher.check();
    tree.disk('sdb', stickDisk);
    await watcher.check();
    tree.mount('8:2 / /media/usb rw - ext4 /dev/sdb1 rw');
    await watcher.check();
    tree.unmountAll();
    await watcher.check();
    tree.unplug('1-4').eject('sdb');
    await watcher.check();
    expect(kinds()).toEqual(['media.attached', 'media.changed', 'media.mounted', 'media.unmounted', 'media.removed']);
    expect(context.changes[2]).toMatchObject({
      data: {
        volume: { name: 'sdb1', label: 'BACK UP', filesystem: 'ext4', mountPoint: '/media/usb', encryption: 'plain' },
      },
    });
  });

  it('wakes up by itself when a node appears on a bus that came later', async () => {
    await watcher.start();
    tree.usb('1-4', stick);
    tree.write('proc/partitions', '8 16 65536 sdb\n');
    await expect.poll(kinds, { timeout: 30_000 }).toEqual(['media.attached']);
    tree.unplug('1-4').write('dev/bus/usb/001/005', '');
    await expect.poll(kinds, { timeout: 30_000 }).toEqual(['media.attached', 'media.removed']);
  });

  it('judges a device that comes to the port of another at once, and by no disk of that one', async () => {
    tree.usb('1-4', stick).disk('sdb', stickDisk);
    await watcher.start();
    tree.usb('1-4', { ...stick, serial: 'STICK0002' }).write('dev/bus/usb/001/006', '');
    await expect
      .poll(kinds, { timeout: 30_000 })
      .toEqual(['media.attached', 'media.removed', 'media.attached', 'media.changed']);
    const sizes = context.changes.map(({ data }) => 'device' in data && data.device?.sizeBytes);
    expect(sizes).toEqual([64 << 20, 64 << 20, undefined, 64 << 20]);
  });

  it('tells nothing when it cannot look, and says so', async () => {
    tree.usb('1-4', stick);
    await watcher.start();
    const broken = watchRemovableMediaOnLinux({ ...tree.roots, proc: '/nonexistent' })(context);
    await broken.start();
    expect(kinds()).toEqual(['media.attached']);
    expect(broken.coverage().every(({ state }) => state === 'failed')).toBe(true);
    await broken.stop();
  });

  it('gives both of two sticks with one serial', async () => {
    tree.usb('1-4', stick).usb('1-5', stick);
    await watcher.start();
    expect(context.changes).toMatchObject([
      { data: { device: { port: '1-4', serialTrust: 'shared' } } },
      { data: { device: { port: '1-5', serialTrust: 'shared' } } },
    ]);
  });

  it('reads a settled device anew when another one is plugged into its port', async () => {
    tree.usb('1-4', stick);
    await watcher.start();
    context.clock.time += 5_000;
    await watcher.check();
    tree.usb('1-4', { ...stick, serial: 'STICK0002' });
    await watcher.check();
    expect(kinds()).toEqual(['media.attached', 'media.removed', 'media.attached']);
  });

  it('knows a phone once it is let in and its interfaces show', async () => {
    tree.usb('1-4', { interfaces: ['ff:ff:00'] });
    rmSync(`${tree.roots.sys}/bus/usb/devices/1-4:1.0`);
    await watcher.start();
    context.clock.time += 60_000;
    await watcher.check();
    tree.usb('1-4', { interfaces: ['ff:ff:00'], interfaceText: 'MTP' });
    await watcher.check();
    expect(context.changes).toMatchObject([
      { kind: 'media.attached', data: { device: { class: 'other' } } },
      { kind: 'media.changed', data: { device: { class: 'phone' } } },
    ]);
  });

  it('takes a device that is on its way out for gone, not for another one without a serial number', async () => {
    tree.usb('1-4', stick).disk('sdb', stickDisk);
    await watcher.start();
    for (const name of ['devnum', 'manufacturer', 'product', 'serial']) {
      rmSync(`${tree.roots.sys}/bus/usb/devices/1-4/${name}`);
    }
    await watcher.check();
    expect(kinds()).toEqual(['media.attached', 'media.removed']);
  });

  it('does not judge a device whose descriptors are not there yet', async () => {
    tree.usb('1-4', stick).write('sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/descriptors', '');
    await watcher.start();
    expect(context.changes).toEqual([]);
  });
});

describe('encrypted containers on a stick', () => {
  const opened: TreeDisk = {
    major: '253',
    sizeBytes: 60 << 20,
    slaves: ['sdb1'],
    more: { 'dm/name': 'luks-1', 'dm/uuid': 'CRYPT-LUKS2-0123-luks-1' },
  };

  it('gives the opened container and the file system in it', async () => {
    tree.usb('1-4', stick).disk('sdb', stickDisk).disk('dm-0', opened);
    tree.mount('253:3 / /media/safe rw - ext4 /dev/mapper/luks-1 rw');
    await watcher.start();
    expect(context.changes[0]).toMatchObject({
      data: {
        volumes: [
          { name: 'sdb1', encryption: 'encrypted', method: 'luks2' },
          { name: 'dm-0', encryption: 'encrypted', method: 'luks2', filesystem: 'ext4', mountPoint: '/media/safe' },
        ],
      },
    });
  });

  it('knows VeraCrypt by its name once it is opened', async () => {
    tree.usb('1-4', stick).disk('sdb', stickDisk);
    tree.disk('dm-0', { ...opened, more: { 'dm/name': 'veracrypt1', 'dm/uuid': '' } });
    await watcher.start();
    expect(context.changes[0]).toMatchObject({ data: { volumes: [{ method: 'veracrypt' }, { name: 'dm-0' }] } });
  });

  it('calls a btrfs stick by its source, for its mount has no device number', async () => {
    tree.usb('1-4', stick).disk('sdb', stickDisk).mount('0:44 / /media/b rw - btrfs /dev/sdb1 rw');
    await watcher.start();
    expect(context.changes[1]).toMatchObject({ kind: 'media.mounted', data: { volume: { encryption: 'plain' } } });
  });
});

describe('hostile devices', () => {
  const evil = `\u202E<script>\u0007\u001B[2J${'x'.repeat(400)}`;

  it('gives events that pass their schema, whatever the strings', async () => {
    tree.usb('1-4', { ...stick, manufacturer: evil, product: evil, serial: evil }).disk('sdb', stickDisk);
    tree.mount(`8:2 / /media/${evil.replaceAll(/\s/g, '')} rw - vfat /dev/sdb1 rw`);
    await watcher.start();
    const check = eventCheckers();
    for (const change of context.changes) {
      const event = { seq: 1, at: '2026-11-21T09:00:00.000Z', bootId: 'b', uptimeMs: 1, ...change };
      check(change.kind).parse(event, change.kind);
    }
    expect(kinds()).toEqual(['media.attached', 'media.mounted']);
    expect(JSON.stringify(context.changes)).not.toMatch(/\\u00|\u202E/);
  });

  it('keeps a bounded part of too many interfaces and partitions, and says so', async () => {
    const interfaces = Array.from({ length: 200 }, (_, index) => `ff:${index.toString(16).padStart(2, '0')}:00`);
    const partitions = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`sdb${index + 1}`, 1 << 20]));
    tree.usb('1-4', { ...stick, interfaces: [...interfaces, '08:06:50'] }).disk('sdb', { ...stickDisk, partitions });
    await watcher.start();
    const [change] = context.changes;
    expect(change?.kind === 'media.attached' && change.data.device.interfaces).toHaveLength(64);
    expect(change?.kind === 'media.attached' && change.data.device.class).toBe('usb-storage');
    expect(change?.kind === 'media.attached' && change.data.volumes).toHaveLength(128);
    expect(
      watcher
        .coverage()
        .find(({ area }) => area === 'volumes')
        ?.limits.join(),
    ).toContain('Only the first');
  });
});

describe('coverage', () => {
  it('says that there is no USB bus and carries on with the rest', async () => {
    await watcher.start();
    const coverage = watcher.coverage();
    expect(coverage.find(({ area }) => area === 'usb')).toMatchObject({
      state: 'unsupported',
      how: 'This computer has no USB bus.',
    });
    expect(coverage.find(({ area }) => area === 'memory cards')).toMatchObject({ state: 'watching' });
  });
});
