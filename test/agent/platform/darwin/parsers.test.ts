import { expect, test } from 'vitest';
import { parseAccounts } from '../../../../agent/platform/darwin/accounts.ts';
import { parseMounts } from '../../../../agent/platform/darwin/mounts.ts';
import { parseUsb } from '../../../../agent/platform/darwin/usb.ts';
import { darwinFixture } from '../../../fakes/darwin-tools.ts';

test('accounts are those of people, without root and the services', () => {
  expect(parseAccounts(darwinFixture('dscl-users.plist'))).toEqual([
    { name: 'anna', uid: 501, home: '/Users/anna' },
    { name: 'ben', uid: 502, home: '/Users/ben' },
  ]);
});

test('a mount point may hold brackets and blanks', () => {
  const mounts = parseMounts(darwinFixture('mount.txt'));
  expect(mounts).toContainEqual({ mountPoint: '/Volumes/Shared notes (2026)', filesystem: 'smbfs', isLocal: false });
  expect(mounts).toContainEqual({ mountPoint: '/', filesystem: 'apfs', isLocal: true });
  expect(mounts).toHaveLength(7);
});

test('no USB device is an empty answer, and what is no list is an error', () => {
  expect(parseUsb('')).toEqual([]);
  expect(() => parseUsb('ioreg: error: unrecognized')).toThrow(/property list/);
});

test('a device that hangs on a hub is listed once, with its own disks', () => {
  const devices = parseUsb(darwinFixture('ioreg-usb.plist'));
  expect(devices).toHaveLength(11);
  const hub = devices.find(({ productId }) => productId === 0x0610);
  expect(hub).toMatchObject({ interfaces: ['09:00:01'], slots: [] });
});
