import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchDriveEncryptionOnLinux } from '../../../../agent/watchers/drive-encryption/linux.ts';
import { linuxTree, type TreeDisk } from '../../../fakes/linux-tree.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';
import { proves } from '../../../support/proofs.ts';

const ata = '/devices/pci0000:00/0000:00:1f.2/ata2/host1';
let tree: ReturnType<typeof linuxTree>;
beforeEach(() => {
  tree = linuxTree();
});
afterEach(() => {
  tree[Symbol.dispose]();
});

async function drives() {
  const context = fakeContext();
  const watcher = watchDriveEncryptionOnLinux(tree.roots)(context);
  await watcher.start();
  await watcher.stop();
  return context.changes.map((change) => (change.kind === 'drive.encryption-changed' ? change.data.drive : change));
}

function luks(slaves: string[]): TreeDisk {
  return { major: '253', sizeBytes: 1 << 29, slaves, more: { 'dm/name': 'root', 'dm/uuid': 'CRYPT-LUKS2-0-root' } };
}
const swapHead = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';

// Numbers are given in order: sda is 8:0, and what a test adds counts on from 1.
describe('drives of a Linux computer', () => {
  it('gives a volume once, with all its mount points', async () => {
    tree.mount('8:0 / / rw - ext4 /dev/root rw').mount('8:0 /home /srv\\040x rw - ext4 /dev/root rw');
    expect(await drives()).toEqual([
      {
        name: 'sda',
        use: 'filesystem',
        filesystem: 'ext4',
        mountPoints: ['/', '/srv x'],
        sizeBytes: 1e9 * 512,
        encryption: 'plain',
      },
    ]);
  });

  it('finds the encryption below the device mapper', async ({ task }) => {
    proves(task, { os: 'linux', by: 'fixtures', capability: 'drive-encryption', area: 'fixed drives' });

    tree.disk('dm-0', luks(['sda'])).mount('253:1 / / rw - ext4 /dev/mapper/root rw');
    expect(await drives()).toMatchObject([{ name: 'dm-0', encryption: 'encrypted', method: 'luks2' }]);
  });

  it('resolves btrfs, whose mounts have no device number, by the source', async () => {
    tree.disk('dm-0', luks(['sda'])).mount('0:31 /@ / rw - btrfs /dev/mapper/root rw');
    tree.write('dev/mapper/../dm-0', '').write('sys/fs/btrfs/features/x', '');
    tree.mount('0:31 /@home /home rw - btrfs /dev/dm-0 rw');
    expect(await drives()).toMatchObject([
      { name: 'root', encryption: 'unknown' },
      { name: 'dm-0', mountPoints: ['/home'], encryption: 'encrypted' },
    ]);
  });

  it('asks every device of a btrfs that spans several', async () => {
    tree.disk('dm-0', luks(['sda'])).disk('sdb', { under: ata, sizeBytes: 1 << 30 });
    tree.write('sys/fs/btrfs/6a7b/devices/dm-0', '').write('sys/fs/btrfs/6a7b/devices/sdb', '');
    tree.mount('0:31 / / rw - btrfs /dev/dm-0 rw');
    expect(await drives()).toMatchObject([{ name: 'dm-0', encryption: 'plain' }]);
  });

  it.each([
    ['a ZFS root', '0:31 / / rw - zfs rpool/ROOT rw'],
    ['an overlay root', '0:31 / / rw - overlay overlay rw'],
    ['a root whose device does not show', '9:9 / / rw - ext4 /dev/root rw'],
  ])('says why it does not know: %s', async (_, line) => {
    expect((await tree.mount(line)) && (await drives())).toMatchObject([
      { encryption: 'unknown', because: expect.stringMatching(/^[A-Z].+\.$/) },
    ]);
  });

  it.each([
    ['memory', '0:31 / /tmp rw - tmpfs tmpfs rw'],
    ['another computer', '0:32 / /mnt rw - nfs4 server:/share rw'],
    ['another computer with a device number', '8:0 / /mnt rw - cifs //server/share rw'],
    ['an overlay that is not the root', '0:33 / /var/lib/docker/x rw - overlay overlay rw'],
    ['a stick', '8:1 / /media/usb rw - vfat /dev/sdb rw'],
    ['what is left of a stick that was pulled out', '8:99 / /media/usb rw - vfat /dev/sdz1 rw'],
    ['an image file', '7:2 / /mnt rw - ext4 /dev/loop0 rw'],
    ['compressed memory', '252:3 / /tmp rw - ext4 /dev/zram0 rw'],
  ])('leaves out: %s', async (_, line) => {
    tree.usb('1-4', { interfaces: ['08:06:50'] }).disk('sdb', { under: '1-4', sizeBytes: 1 << 20 });
    tree.disk('loop0', { major: '7', sizeBytes: 1 << 20 }).disk('zram0', { major: '252', sizeBytes: 1 << 20 });
    expect(await drives()).toEqual([]);
    tree.mount(line);
    expect(await drives()).toEqual([]);
  });

  it('leaves out an opened container on a stick', async () => {
    tree.usb('1-4', { interfaces: ['08:06:50'] }).disk('sdb', { under: '1-4', sizeBytes: 1 << 20 });
    tree.disk('dm-0', luks(['sdb'])).mount('253:2 / /media/safe rw - ext4 /dev/mapper/safe rw');
    expect(await drives()).toEqual([]);
  });
});

describe('swap space', () => {
  it.each<[string, string, TreeDisk, object[]]>([
    ['a plain partition', '/dev/sda partition 1024 0 -2', {}, [{ name: 'sda', use: 'swap', encryption: 'plain' }]],
    ['an encrypted volume', '/dev/dm-0 partition 1024 0 -2', {}, [{ name: 'dm-0', encryption: 'encrypted' }]],
    ['a file', '/swap\\040file file 1024 0 -2', {}, [{ name: '/swap file', sizeBytes: 1 << 20, encryption: 'plain' }]],
    ['a file on an encrypted volume', '/home/swap file 1024 0 -2', {}, [{ encryption: 'encrypted' }]],
    ['compressed memory', '/dev/zram0 partition 1024 0 -2', { more: { backing_dev: 'none' } }, []],
    [
      'compressed memory that moves to a disk',
      '/dev/zram0 partition 1024 0 -2',
      { more: { backing_dev: '/dev/sda' } },
      [{ name: 'zram0', encryption: 'plain' }],
    ],
    ['an image', '/dev/loop0 partition 1024 0 -2', {}, [{ name: 'loop0', encryption: 'unknown' }]],
    ['something that does not show', '/dev/sdx partition 1024 0 -2', {}, [{ name: 'sdx', encryption: 'unknown' }]],
  ])('on %s', async (_, line, zram, expected) => {
    tree.disk('zram0', { major: '252', sizeBytes: 1 << 20, ...zram }).disk('dm-0', luks(['sda']));
    tree.disk('loop0', { major: '7', sizeBytes: 1 << 20 });
    tree.mount('8:0 / / rw - ext4 /dev/sda rw').mount('253:2 / /home rw - ext4 /dev/mapper/root rw');
    tree.proc('swaps', `${swapHead}${line}\n`);
    const swaps = (await drives()).filter((drive) => 'use' in drive && drive.use === 'swap');
    expect(swaps).toMatchObject(expected);
  });
});

describe('the real computer', () => {
  it('has a root whose row agrees with its own list of mounts', async ({ task }) => {
    proves(task, { os: 'linux', by: 'the system itself', capability: 'drive-encryption', area: 'fixed drives' });

    const context = fakeContext();
    const watcher = watchDriveEncryptionOnLinux()(context);
    await watcher.start();
    await watcher.stop();
    const roots = context.changes.filter(
      ({ kind, data }) =>
        kind === 'drive.encryption-changed' && 'drive' in data && data.drive.mountPoints.includes('/'),
    );
    expect(roots).toHaveLength(1);
    expect(watcher.coverage().map(({ state }) => state)).toEqual(['watching', 'watching']);
  });
});
