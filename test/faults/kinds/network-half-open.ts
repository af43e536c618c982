import { afterGreeting, networkFault } from './network.ts';

export const networkHalfOpen = networkFault({
  name: 'network-half-open',
  about: 'a connection ends for one side only',
  behaviour: (random) => ({
    kind: 'half-open',
    after: afterGreeting + random.below(60_000),
    stays: random.oneOf(['near', 'far']),
  }),
});
