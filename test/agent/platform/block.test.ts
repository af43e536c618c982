import { describe, expect, it } from 'vitest';
import { readBlockDevices } from '../../../agent/platform/block.linux.ts';
import { linuxTree } from '../../fakes/linux-tree.ts';

describe('block devices in sysfs', () => {
  it('gives disks and partitions with their numbers, sizes and place', () => {
    using tree = linuxTree();
    tree.usb('1-4', { interfaces: ['08:06:50'] });
    tree.disk('sdb', { under: '1-4', removable: true, sizeBytes: 1 << 20, partitions: { sdb1: 1 << 19 } });
    const look = readBlockDevices(tree.roots);
    expect(look.ok && look.seen.get('sdb')).toMatchObject({ sizeBytes: 1 << 20, removable: true });
    expect(look.ok && look.seen.get('sdb1')).toMatchObject({ device: '8:2', disk: 'sdb', sizeBytes: 1 << 19 });
    expect(look.ok && look.seen.get('sdb')?.folder).toMatch(/^\/devices\/.*\/1-4\/1-4:1\.0\/.*\/block\/sdb$/);
  });

  it('leaves out loop devices without a file, and gives the file of the others', () => {
    using tree = linuxTree();
    tree.disk('loop0', {}).disk('loop1', { sizeBytes: 512, more: { 'loop/backing_file': '/a b.img' } });
    const look = readBlockDevices(tree.roots);
    expect(look.ok && [...look.seen.keys()]).toEqual(['loop1', 'sda']);
    expect(look.ok && look.seen.get('loop1')?.backing).toBe('/a b.img');
  });

  it('passes over empty loop devices at once where the kernel lists what is not empty', () => {
    using tree = linuxTree();
    tree.disk('loop0', {}).disk('loop1', { sizeBytes: 512 }).disk('loop10', { sizeBytes: 512 });
    tree.write(
      'proc/partitions',
      'major minor  #blocks  name\n\n   8        0    1024 sda\n   7       10       0 loop10\n',
    );
    const look = readBlockDevices(tree.roots);
    expect(look.ok && [...look.seen.keys()]).toEqual(['loop10', 'sda']);
  });

  it('keeps drives without a medium', () => {
    using tree = linuxTree();
    const look = readBlockDevices(tree.disk('sdb', { removable: true }).roots);
    expect(look.ok && look.seen.get('sdb')?.sizeBytes).toBe(0);
  });

  it.each(['nonsense', '-5', '99999999999999999999'])('takes a size of %s for none', (size) => {
    using tree = linuxTree();
    tree.disk('sdb', { more: { size } });
    const look = readBlockDevices(tree.roots);
    expect(look.ok && look.seen.get('sdb')?.sizeBytes).toBe(0);
  });

  it('is a failed look without sysfs, and not an empty one', () => {
    expect(readBlockDevices({ sys: '/nonexistent', proc: '/nonexistent' })).toMatchObject({
      ok: false,
      error: { code: 'ENOENT' },
    });
  });
});
