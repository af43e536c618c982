import { expect, test } from 'vitest';
import { encryptionOfApfs } from '../../../../agent/platform/encryption.darwin.ts';
import { watchDriveEncryptionOnDarwin } from '../../../../agent/watchers/drive-encryption/darwin.ts';
import { darwinFixture, fakeMac } from '../../../fakes/darwin-tools.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const proof = { os: 'darwin', by: 'fixtures', capability: 'drive-encryption', area: 'fixed drives' } as const;
const apfsList = 'diskutil apfs list -plist';

async function drivesOf(apfs = darwinFixture('diskutil-apfs-list.plist')) {
  const mac = fakeMac();
  mac.says.set(apfsList, apfs);
  const context = fakeContext();
  const watcher = watchDriveEncryptionOnDarwin(mac)(context);
  await watcher.start();
  await watcher.stop();
  return context.changes.flatMap((change) => (change.kind === 'drive.encryption-changed' ? change.data.drive : []));
}

test('FileVault of the volume for data counts; the sealed one of the system and media do not', async ({ task }) => {
  proves(task, proof);
  expect(await drivesOf()).toMatchObject([
    {
      name: 'disk3s5',
      use: 'filesystem',
      filesystem: 'apfs',
      mountPoints: ['/System/Volumes/Data'],
      encryption: 'encrypted',
      method: 'filevault',
    },
    { name: 'disk3s6', use: 'swap', encryption: 'encrypted' },
  ]);
});

test('without FileVault the key lies open in the chip', async ({ task }) => {
  proves(task, proof);
  const off = darwinFixture('diskutil-apfs-list.plist').replaceAll(/(<key>FileVault<\/key>\s*)<true\/>/g, '$1<false/>');
  expect(await drivesOf(off)).toMatchObject([
    { encryption: 'suspended', method: 'hardware' },
    { encryption: 'suspended' },
  ]);
});

test.for([
  ['locked', { isLocked: true }, 'locked'],
  ['half encrypted', { isConverting: true }, 'plain'],
  ['not encrypted', { isEncrypted: false, hasFileVault: false }, 'plain'],
] as const)('a volume that is %s', ([_what, facts, encryption], { task }) => {
  proves(task, proof);
  const volume = {
    id: 'disk3s5',
    container: 'disk3',
    roles: [],
    isEncrypted: true,
    hasFileVault: true,
    isLocked: false,
    isConverting: false,
  };
  expect(encryptionOfApfs({ ...volume, ...facts }).encryption).toBe(encryption);
});
