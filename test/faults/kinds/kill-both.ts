import type { Fault } from '../fault.ts';

export const killBoth: Fault = {
  name: 'kill-both',
  about: 'the power of both sides goes at one moment under load',
  async run({ agents, agent, collector, random, until, aWhile }) {
    await collector.start();
    for (const one of agents) one.start(200 + random.below(600));
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    await aWhile(500);
    await Promise.all([collector, ...agents].map(({ program }) => program.end('SIGKILL')));
    return {};
  },
};
