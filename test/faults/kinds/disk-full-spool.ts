import { diskFault } from './disk.ts';

export const diskFullSpool = diskFault({
  name: 'disk-full-spool',
  about: 'there is no room left for the spool to grow, for a while',
  of: 'agent',
  files: '/spool.sqlite',
  faults: ['noSpace'],
  spoiling: (random) => ({ skip: random.below(10) }),
});
