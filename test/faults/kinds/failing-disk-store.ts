import { diskFault } from './disk.ts';

export const failingDiskStore = diskFault({
  name: 'failing-disk-store',
  about: 'fsync and write of the store fail, and writes are cut short, now and then',
  of: 'collector',
  files: '/store.sqlite',
  faults: ['failSync', 'failWrite', 'shortWrite'],
  spoiling: (random) => ({ skip: random.below(60), times: 1 + random.below(30) }),
});
