import { diskFault } from './disk.ts';

export const failingDiskSpool = diskFault({
  name: 'failing-disk-spool',
  about: 'fsync and write of the spool fail, and writes are cut short, now and then',
  of: 'agent',
  files: '/spool.sqlite',
  faults: ['failSync', 'failWrite', 'shortWrite'],
  spoiling: (random) => ({ skip: random.below(60), times: 1 + random.below(30) }),
});
