import type { Fault } from '../fault.ts';

const hour = 3_600_000;
/** Far back is beyond the first day of the collector's certificate, which is pinned: the agent is heard all the same. */
const jumps = [-20 * hour, -1 * hour, -90_000, 90_000, 6 * hour, 40 * 24 * hour, 400 * 24 * hour] as const;
const farBack = -10 * 365 * 24 * hour;

export const clockJumps: Fault = {
  name: 'clock-jumps',
  about: 'the clocks of agent and collector jump both ways, apart from each other',
  preload: true,
  async run(ground) {
    const { agent, collector, random, until, aWhile } = ground;
    const clocks = { agent: ground.preload('agent', '-'), collector: ground.preload('collector', '-') };
    await collector.start({ env: clocks.collector.env });
    agent.start(400, { env: clocks.agent.env });
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    for (let turn = 0; turn < 4; turn += 1) {
      clocks[random.oneOf<keyof typeof clocks>(['agent', 'collector'])].clock(random.oneOf(jumps));
      await aWhile(300);
    }
    if (random.below(3) === 0) {
      clocks.agent.clock(farBack);
      await agent.program.end('SIGKILL');
      agent.start(400, { env: clocks.agent.env });
      await aWhile(1200);
    }
    for (const clock of Object.values(clocks)) clock.clock(0);
    return {};
  },
};
