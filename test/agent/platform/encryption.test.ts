import { describe, expect, it } from 'vitest';
import type { BlockDevice } from '../../../agent/platform/block.linux.ts';
import { encryptionBelow } from '../../../agent/platform/encryption.linux.ts';

const base = { sizeBytes: 1 << 30, readOnly: false, removable: false, outside: false, slaves: [] };

function disk(name: string, more: Partial<BlockDevice> = {}): BlockDevice {
  return { ...base, name, device: '8:0', folder: `/devices/pci/${name}`, ...more };
}

function mapped(name: string, uuid: string, slaves: string[], label = 'volume'): BlockDevice {
  return disk(name, { mapper: { name: label, uuid }, slaves });
}

const sda = disk('sda');
const sda2 = disk('sda2', { disk: 'sda' });
const sdb = disk('sdb');
const luks = mapped('dm-0', 'CRYPT-LUKS2-0123-root', ['sda2']);

describe('encryption of a stack of volumes, judged at its top', () => {
  it.each<[string, BlockDevice[], object]>([
    ['disk', [sda], { encryption: 'plain' }],
    ['partition', [sda2, sda], { encryption: 'plain' }],
    ['LUKS 2', [luks, sda2, sda], { encryption: 'encrypted', method: 'luks2' }],
    ['LUKS 1', [mapped('dm-0', 'CRYPT-LUKS1-0-r', ['sda'])], { encryption: 'encrypted', method: 'luks1' }],
    ['plain dm-crypt', [mapped('dm-0', 'CRYPT-PLAIN-r', ['sda'])], { encryption: 'encrypted', method: 'dm-crypt' }],
    ['BitLocker', [mapped('dm-0', 'CRYPT-BITLK-0-r', ['sda'])], { encryption: 'encrypted', method: 'bitlocker' }],
    ['VeraCrypt by cryptsetup', [mapped('dm-0', 'CRYPT-TCRYPT-r', ['sda'])], { method: 'veracrypt' }],
    ['VeraCrypt by itself', [mapped('dm-0', '', ['sda'], 'veracrypt1'), sda], { method: 'veracrypt' }],
    ['LVM on LUKS', [mapped('dm-1', 'LVM-a', ['dm-0']), luks, sda2, sda], { encryption: 'encrypted', method: 'luks2' }],
    [
      'LUKS on LVM',
      [mapped('dm-0', 'CRYPT-LUKS2-0-r', ['dm-1']), mapped('dm-1', 'LVM-a', ['sda']), sda],
      { method: 'luks2' },
    ],
    ['LVM on a plain disk', [mapped('dm-1', 'LVM-a', ['sda2']), sda2, sda], { encryption: 'plain' }],
    [
      'RAID of encrypted legs',
      [disk('md0', { slaves: ['dm-0', 'dm-0'] }), luks, sda2, sda],
      { encryption: 'encrypted' },
    ],
    [
      'RAID with a plain leg',
      [disk('md0', { slaves: ['dm-0', 'sdb'] }), luks, sda2, sda, sdb],
      { encryption: 'plain' },
    ],
    ['RAID with a lost leg', [disk('md0', { slaves: ['dm-0', 'gone'] }), luks], { encryption: 'unknown' }],
    [
      'partition of a RAID',
      [disk('md0p1', { disk: 'md0' }), disk('md0', { slaves: ['dm-0'] }), luks],
      { method: 'luks2' },
    ],
    ['mapping that does not say what it is', [mapped('dm-0', '', ['sda']), sda], { encryption: 'unknown' }],
    ['the same on an encrypted one', [mapped('dm-1', '', ['dm-0']), luks], { encryption: 'encrypted' }],
    ['mapping with nothing below', [mapped('dm-0', 'LVM-a', [])], { encryption: 'unknown' }],
    ['image file', [disk('loop0')], { encryption: 'unknown' }],
    ['disk of another computer', [disk('nbd0')], { encryption: 'unknown' }],
    ['ring', [disk('md0', { slaves: ['md0'] })], { encryption: 'unknown' }],
  ])('%s', (_, stack, expected) => {
    const [top] = stack;
    const devices = new Map(stack.map((device) => [device.name, device]));
    const found = top && encryptionBelow(top, devices);
    expect(found).toMatchObject(expected);
    if (found?.encryption === 'unknown') expect(found.because).toMatch(/^[A-Z].+\.$/);
  });
});
