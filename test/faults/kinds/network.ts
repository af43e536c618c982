import type { Random } from '../../fakes/random.ts';
import type { Fault } from '../fault.ts';
import type { Behaviour } from '../proxy.ts';

export interface NetworkFault {
  name: string;
  about: string;
  /** Drawn anew for each connection. */
  behaviour(random: Random): Behaviour;
}

/** Bytes after which both sides have greeted each other. */
export const afterGreeting = 7000;

/**
 * A fault of the network under load. The first connection is spoilt by the same chance as all that follow, until the
 * network is mended; whether what hangs is then reset or left for the two sides to notice is chance, too.
 */
export function networkFault({ name, about, behaviour }: NetworkFault): Fault {
  return {
    name,
    about,
    async run({ agent, collector, network, random, until, aWhile }) {
      await collector.start();
      network.behave = () => behaviour(random);
      agent.start(200 + random.below(1500));
      await until('the agent tried', () => network.connections() > 0 && agent.accepted() > 0);
      await aWhile(2500);
      network.mend({ leave: random.below(2) === 0 });
      return {};
    },
  };
}
