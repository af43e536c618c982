import { afterGreeting, networkFault } from './network.ts';

export const networkDrop = networkFault({
  name: 'network-drop',
  about: 'chunks vanish from a connection now and then',
  behaviour: (random) => ({ kind: 'drop', after: afterGreeting + random.below(60_000), chance: random.below }),
});
