import type { Fault } from '../fault.ts';

/** Agent and collector live through one of these moments, a second or two of either side of it. */
export function clockCrossing(name: string, about: string, moments: readonly [string, ...string[]]): Fault {
  return {
    name,
    about,
    preload: true,
    async run(ground) {
      const { agent, collector, random, until } = ground;
      const clock = ground.preload('both', '-');
      const env = { ...clock.env, TZ: 'Europe/London' };
      const moment = Date.parse(random.oneOf(moments));
      await collector.start({ env });
      agent.start(200 + random.below(400), { env });
      await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
      const began = Date.now();
      clock.clock(moment - 500 - random.below(500) - began);
      const before = agent.spool()?.storedSeq ?? 0;
      await until('the moment is over', () => Date.now() - began > 1500);
      await until('events of both sides are stored', () => (agent.spool()?.storedSeq ?? 0) > before);
      return {};
    },
  };
}
