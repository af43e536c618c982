import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removableBySysfs } from '../../../agent/platform/removable.linux.ts';

let sys: string;
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), 'portcullis-sys-'));
});
afterEach(() => rmSync(sys, { recursive: true, force: true }));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(sys, path)), { recursive: true });
  writeFileSync(join(sys, path), text);
}

/** A block device as sysfs shows it: its folder, and a link to it by number. */
function device(number: string, folder: string, attributes: Record<string, string> = {}): void {
  mkdirSync(join(sys, folder), { recursive: true });
  for (const [name, text] of Object.entries(attributes)) file(`${folder}/${name}`, `${text}\n`);
  mkdirSync(join(sys, 'dev/block'), { recursive: true });
  symlinkSync(join(sys, folder), join(sys, 'dev/block', number));
}

function isRemovable(number: string, source = 'none') {
  const place = { root: '/', mountPoint: '/x', filesystem: 'ext4', readOnly: false, options: [] };
  const mount = { device: number, source, ...place };
  return removableBySysfs(sys)(mount);
}

const usbDisk = 'devices/pci0000:00/usb1/1-4/1-4:1.0/host6/target6:0:0/6:0:0:0/block/sdb';
const nvme = 'devices/pci0000:00/nvme/nvme0/nvme0n1/block/nvme0n1';

describe('a file system lies on something that can be carried away', () => {
  it.each([
    ['a USB stick', () => device('8:17', `${usbDisk}/sdb1`), true],
    ['an image file', () => device('8:17', 'devices/virtual/block/loop3'), true],
    [
      'a memory card',
      () => device('8:17', 'devices/mmc_host/mmc0/mmc0:1234/block/mmcblk0', { 'device/type': 'SD' }),
      true,
    ],
    [
      'soldered memory',
      () => device('8:17', 'devices/mmc_host/mmc0/mmc0:0001/block/mmcblk0', { 'device/type': 'MMC' }),
      false,
    ],
    ['a drive that says so', () => device('8:17', 'devices/pci/ata2/block/sdc', { removable: '1' }), true],
    ['a fixed disk', () => device('8:17', nvme, { removable: '0' }), false],
    ['nothing that can be found', () => undefined, false],
  ])('%s', async (_what, make, expected) => {
    make();
    expect(await isRemovable('8:17')).toBe(expected);
  });

  it('judges a partition by its disk', async () => {
    device('8:32', 'devices/pci/ata2/block/sdc', { removable: '1' });
    device('8:33', 'devices/pci/ata2/block/sdc/sdc1');
    expect(await isRemovable('8:33')).toBe(true);
  });

  it('judges an opened container by what it stands on', async () => {
    device('8:17', `${usbDisk}/sdb1`);
    device('253:0', 'devices/virtual/block/dm-0', { removable: '0' });
    mkdirSync(join(sys, 'devices/virtual/block/dm-0/slaves'));
    symlinkSync(join(sys, usbDisk, 'sdb1'), join(sys, 'devices/virtual/block/dm-0/slaves/sdb1'));
    expect(await isRemovable('253:0')).toBe(true);
  });

  it('survives a device that stands on itself', async () => {
    device('253:0', 'devices/virtual/block/dm-0', { removable: '0' });
    mkdirSync(join(sys, 'devices/virtual/block/dm-0/slaves'));
    symlinkSync(join(sys, 'devices/virtual/block/dm-0'), join(sys, 'devices/virtual/block/dm-0/slaves/dm-0'));
    expect(await isRemovable('253:0')).toBe(false);
  });

  it('finds the device of a file system with a made-up number by its source', async () => {
    device('8:17', `${usbDisk}/sdb1`);
    mkdirSync(join(sys, 'class/block'), { recursive: true });
    symlinkSync(join(sys, usbDisk, 'sdb1'), join(sys, 'class/block/null'));
    expect(await isRemovable('0:44', '/dev/null')).toBe(true);
  });
});
