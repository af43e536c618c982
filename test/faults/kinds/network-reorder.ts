import { afterGreeting, networkFault } from './network.ts';

export const networkReorder = networkFault({
  name: 'network-reorder',
  about: 'chunks of a connection overtake each other',
  behaviour: (random) => ({ kind: 'reorder', after: afterGreeting + random.below(60_000) }),
});
