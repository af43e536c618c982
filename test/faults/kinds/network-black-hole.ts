import { afterGreeting, networkFault } from './network.ts';

export const networkBlackHole = networkFault({
  name: 'network-black-hole',
  about: 'from some byte on nothing arrives any more, and nobody is told',
  behaviour: (random) => ({ kind: 'black-hole', after: afterGreeting + random.below(60_000) }),
});
