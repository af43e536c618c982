import type { Fault } from '../fault.ts';

export const killCollector: Fault = {
  name: 'kill-collector',
  about: 'kill -9 of the collector at random instants under load',
  async run({ agent, collector, random, until, aWhile }) {
    await collector.start();
    agent.start(200 + random.below(1000));
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    await aWhile(600);
    await collector.program.end('SIGKILL');
    await aWhile(200);
    return {};
  },
};
