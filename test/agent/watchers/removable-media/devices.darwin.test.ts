import { describe, expect, test } from 'vitest';
import { storageReader } from '../../../../agent/platform/darwin/storage.ts';
import { neverOnAMac } from '../../../../agent/platform/darwin/unproved.ts';
import { readMedia, watchRemovableMediaOnDarwin } from '../../../../agent/watchers/removable-media/darwin.ts';
import { findMedia } from '../../../../agent/watchers/removable-media/devices.darwin.ts';
import type { Attached } from '../../../../agent/watchers/removable-media/index.ts';
import { type FakeMac, fakeMac } from '../../../fakes/darwin-tools.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const proof = { os: 'darwin', by: 'fixtures', capability: 'removable-media' } as const;

async function mediaOf(mac: FakeMac): Promise<Attached[]> {
  const media = await readMedia(
    mac,
    storageReader(mac, () => 0),
  );
  if (!media.ok) throw new Error(media.error.says);
  return findMedia(media.seen.usb, media.seen.storage);
}
const named = (found: readonly Attached[], product: string) => found.find(({ device }) => device.product === product);

describe('what is plugged in on a Mac', () => {
  test('a stick is one row, with its own serial number and its volume', async ({ task }) => {
    proves(task, { ...proof, area: 'usb' }, { ...proof, area: 'volumes' });
    expect(named(await mediaOf(fakeMac()), 'Ultra USB 3.0')).toEqual({
      device: {
        class: 'usb-storage',
        bus: 'usb',
        vendorId: '0781',
        productId: '5581',
        vendor: 'SanDisk',
        product: 'Ultra USB 3.0',
        serial: '4C530000000000000001',
        serialTrust: 'device',
        interfaces: ['08:06:50'],
        port: '0x01110000',
        sizeBytes: 15_728_640_000,
      },
      volumes: [
        {
          name: 'disk4s1',
          label: 'BACKUP',
          filesystem: 'exfat',
          sizeBytes: 15_727_591_424,
          encryption: 'plain',
          mountPoint: '/Volumes/BACKUP',
          readOnly: false,
        },
      ],
    });
  });

  test.for([
    [
      'Portable SSD T5',
      'external-disk',
      'usb',
      ['disk6s1 encrypted filevault /Volumes/Vault', 'disk6s2 locked filevault -'],
    ],
    ['Elements 25A1', 'external-disk', 'usb', ['disk9s2 locked filevault -']],
    ['Flash Disk', 'usb-storage', 'usb', ['disk12s1 plain - /Volumes/WINDISK']],
    ['Built In SDXC Reader Media', 'memory-card', 'mmc', ['disk7s1 plain - /Volumes/CARD']],
    ['Disk Image', 'other', 'virtual', ['disk8s1 plain - /Volumes/Installer']],
    ['USB Storage', 'memory-card', 'usb', []],
    ['Apple SuperDrive', 'optical', 'usb', []],
    ['iPhone', 'phone', 'usb', []],
    ['Pixel', 'phone', 'usb', []],
    ['USB Keyboard', 'hid', 'usb', []],
    ['USB2.1 Hub', 'hub', 'usb', []],
  ] as const)('%s is %s on %s', async ([product, deviceClass, bus, volumes], { task }) => {
    if (deviceClass === 'phone') proves(task, { ...proof, area: 'phones and cameras' });
    if (deviceClass === 'optical') proves(task, { ...proof, area: 'optical' });
    if (deviceClass === 'memory-card') proves(task, { ...proof, area: 'memory cards' });
    const found = named(await mediaOf(fakeMac()), product);
    expect(found?.device).toMatchObject({ class: deviceClass, bus });
    expect(
      found?.volumes.map(
        ({ name, encryption, method = '-', mountPoint = '-' }) => `${name} ${encryption} ${method} ${mountPoint}`,
      ),
    ).toEqual(volumes);
  });

  test('an opened CoreStorage disk shows what it holds, and not its partition as well', async ({ task }) => {
    proves(task, { ...proof, area: 'volumes' });
    const disk = (await mediaOf(fakeMac())).find(({ device }) => device.serial === '575831314136');
    expect(disk?.volumes).toMatchObject([
      { name: 'disk11', encryption: 'encrypted', method: 'filevault', mountPoint: '/Volumes/Old vault' },
    ]);
  });

  test('a serial of zeros is none', async () => {
    expect(named(await mediaOf(fakeMac()), 'Flash Disk')?.device.serialTrust).toBe('blank');
  });

  test('nothing of the computer itself is a medium', async () => {
    const names = (await mediaOf(fakeMac())).flatMap(({ volumes }) => volumes.map(({ name }) => name));
    expect(names.filter((name) => /^disk[03]/.test(name))).toEqual([]);
  });

  // What diskutil and the reports translate are words for the eye; none of them is read.
  test.for([
    [
      'German',
      {
        'MS-DOS (FAT32)': 'MS-DOS-Dateisystem (FAT32)',
        'Mac OS Extended (Journaled)': 'Mac OS Extended (protokolliert)',
        Generic: 'Allgemein',
        'Logical Volume': 'Logisches Volume',
      },
    ],
    [
      'French',
      {
        'MS-DOS (FAT32)': 'MS-DOS (FAT32, français)',
        'Mac OS Extended (Journaled)': 'Mac OS étendu (journalisé)',
        Generic: 'Générique',
        'Logical Volume': 'Volume logique',
      },
    ],
  ] as [string, Record<string, string>][])(
    'is the same on a Mac that speaks %s',
    async ([_language, words], { task }) => {
      proves(task, { ...proof, area: 'usb' }, { ...proof, area: 'volumes' });
      const mac = fakeMac();
      let translated = 0;
      // A device's own words are its own in every language.
      mac.alter = (text) =>
        text.includes('bDeviceClass')
          ? text
          : Object.entries(words).reduce((all, [from, to]) => {
              translated += all.includes(from) ? 1 : 0;
              return all.replaceAll(`<string>${from}`, `<string>${to}`);
            }, text);
      expect(await mediaOf(mac)).toEqual(await mediaOf(fakeMac()));
      expect(translated).toBeGreaterThan(10);
    },
  );

  test('a tool without an answer is a failed look, and nothing is told to be gone', async () => {
    const mac = fakeMac();
    const context = fakeContext();
    const watcher = watchRemovableMediaOnDarwin(mac)(context);
    await watcher.start();
    const before = context.changes.length;
    expect(before).toBeGreaterThan(10);
    mac.says.set('diskutil list -plist', null);
    await watcher.check();
    await watcher.stop();
    expect(context.changes).toHaveLength(before);
    expect(watcher.coverage().map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed', 'failed']);
    expect(watcher.coverage().every(({ limits }) => limits.includes(neverOnAMac))).toBe(true);
  });

  test('a stick that is pulled out is told once', async () => {
    const mac = fakeMac();
    const context = fakeContext();
    const watcher = watchRemovableMediaOnDarwin(mac)(context);
    await watcher.start();
    context.changes.length = 0;
    mac.says.set('ioreg -a -r -l -w 0 -c IOUSBHostDevice', '');
    mac.says.set('diskutil list -plist', '<plist><dict><key>AllDisksAndPartitions</key><array/></dict></plist>');
    await watcher.check();
    await watcher.check();
    await watcher.stop();
    const removed = context.changes.filter(({ kind }) => kind === 'media.removed');
    expect(removed).toHaveLength(13);
    expect(context.changes).toHaveLength(13);
  });

  test('what did not change is not asked again within a minute', async () => {
    const mac = fakeMac();
    const read = storageReader(mac, () => 0);
    await read();
    const first = mac.asked.length;
    await read();
    expect(mac.asked.length - first).toBe(2);
  });
});
