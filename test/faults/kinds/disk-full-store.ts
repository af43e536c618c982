import { diskFault } from './disk.ts';

export const diskFullStore = diskFault({
  name: 'disk-full-store',
  about: 'there is no room left for the store to grow, for a while',
  of: 'collector',
  files: '/store.sqlite',
  faults: ['noSpace'],
  spoiling: (random) => ({ skip: random.below(10) }),
});
