import { networkFault } from './network.ts';

export const networkDelay = networkFault({
  name: 'network-delay',
  about: 'every chunk is late by up to 150 ms, in either direction',
  behaviour: (random) => ({ kind: 'delay', most: 1 + random.below(150), chance: random.below }),
});
