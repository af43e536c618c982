import { networkFault } from './network.ts';

export const networkCut = networkFault({
  name: 'network-cut',
  about: 'a proxy that cuts each connection after some bytes, in the greeting too',
  behaviour: (random) => ({ kind: 'cut', after: random.below(40_000) }),
});
