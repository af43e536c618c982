import type { Fault } from '../fault.ts';

export const killAgent: Fault = {
  name: 'kill-agent',
  about: 'kill -9 of the agent at random instants under load',
  async run({ agent, collector, random, until, aWhile }) {
    await collector.start();
    for (let round = 1 + random.below(2); round >= 0; round -= 1) {
      const before = agent.accepted();
      agent.start(200 + random.below(800));
      await until('the agent works', () => agent.accepted() > before);
      await aWhile(400);
      await agent.program.end('SIGKILL');
    }
    return {};
  },
};
