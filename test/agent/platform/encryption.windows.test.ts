import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encryptionOf, parseBitLocker, readBitLocker } from '../../../agent/platform/encryption.windows.ts';
import type { Volume } from '../../../agent/platform/windows/volumes.ts';
import type { WmiRow } from '../../../agent/platform/windows/wmi.ts';
import { watchDriveEncryptionOnWindows } from '../../../agent/watchers/drive-encryption/windows.ts';
import { fakeContext } from '../../fakes/watcher-context.ts';
import { fakeWindows } from '../../fakes/windows-system.ts';
import { proves } from '../../support/proofs.ts';

const fixture: { bitLocker: { row: WmiRow; is: object }[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/windows/protection.json', import.meta.url), 'utf8'),
);

test.each(fixture.bitLocker)('a row of BitLocker: $row', ({ row, is }) => {
  expect(parseBitLocker(row)).toMatchObject(is);
});

const volume: Volume = {
  name: 'C:',
  root: 'C:\\',
  type: 'fixed',
  content: { label: '', filesystem: 'NTFS', readOnly: false },
};

test('what cannot be told is unknown, with the reason, and never encrypted', () => {
  expect(encryptionOf(volume, { ok: true, seen: undefined })).toEqual({
    encryption: 'unknown',
    because: 'This Windows has no BitLocker to ask.',
  });
  expect(encryptionOf(volume, { ok: true, seen: [] })).toMatchObject({ encryption: 'unknown' });
  const refused = { ok: false as const, error: { code: 'EACCES', says: 'no' } };
  expect(encryptionOf(volume, refused)).toMatchObject({ because: 'BitLocker could not be asked (EACCES).' });
});

test('a volume without a letter is found by its own name', () => {
  const bitLocker = { ok: true as const, seen: fixture.bitLocker.map(({ row }) => parseBitLocker(row)) };
  const name = 'Volume{11111111-0000-0000-0000-700000000000}';
  expect(encryptionOf({ ...volume, name }, bitLocker)).toEqual({ encryption: 'plain' });
});

test('WMI that fails is a failed look, one without the namespace is not', () => {
  const silent = { query: () => undefined };
  expect(readBitLocker(silent)).toEqual({ ok: true, seen: undefined });
  const broken = {
    query() {
      throw new Error('broken');
    },
  };
  expect(readBitLocker(broken).ok).toBe(false);
});

test('drives of the computer are told with their state, and again when it changes', async ({ task }) => {
  proves(task, { os: 'windows', by: 'fixtures', capability: 'drive-encryption', area: 'fixed drives' });
  const system = fakeWindows();
  system.rows.Win32_EncryptableVolume = fixture.bitLocker.map(({ row }) => row);
  const usb = { ...volume, name: 'E:', root: 'E:\\', descriptor: { bus: 'usb' as const, removable: false } };
  system.drives = [volume, usb, { ...volume, name: 'Z:', root: 'Z:\\', type: 'network' }];
  const context = fakeContext();
  const watcher = watchDriveEncryptionOnWindows(system)(context);
  await watcher.start();
  expect(context.changes).toMatchObject([
    { kind: 'drive.encryption-changed', data: { drive: { name: 'C:', encryption: 'encrypted', method: 'bitlocker' } } },
  ]);
  system.rows.Win32_EncryptableVolume = [{ ...fixture.bitLocker[0]?.row, ProtectionStatus: 0 }];
  await watcher.check();
  expect(context.changes.at(-1)).toMatchObject({ data: { previous: 'encrypted', drive: { encryption: 'suspended' } } });
  expect(watcher.coverage()).toMatchObject([{ state: 'watching' }]);
  delete system.rows.Win32_EncryptableVolume;
  await watcher.check();
  expect(watcher.coverage()).toMatchObject([{ state: 'degraded' }]);
  await watcher.stop();
});
