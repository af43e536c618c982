import { networkFault } from './network.ts';

export const slowReader = networkFault({
  name: 'slow-reader',
  about: 'what the collector sends crawls',
  behaviour: (random) => ({ kind: 'crawl', slow: 'read', bytes: 60 + random.below(300) }),
});
