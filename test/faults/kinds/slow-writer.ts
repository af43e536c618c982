import { networkFault } from './network.ts';

export const slowWriter = networkFault({
  name: 'slow-writer',
  about: 'what the agent sends crawls',
  behaviour: (random) => ({ kind: 'crawl', slow: 'write', bytes: 400 + random.below(3000) }),
});
