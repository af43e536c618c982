import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PortcullisError } from '#shared/errors.ts';
import type { Fault } from '../fault.ts';
import { program } from '../program.ts';

const loadAgent = fileURLToPath(new URL('../../fakes/load-agent.ts', import.meta.url));

export const duplicateAgent: Fault = {
  name: 'duplicate-agent',
  about: 'a second agent is started with the home of the first',
  async run({ folder, agent, collector, random, until, aWhile }) {
    await collector.start();
    agent.start(300);
    await until('the agent works', () => agent.accepted() > 0);
    await aWhile(300);
    const second = program('The second agent', join(folder, 'second.log'));
    second.start({ args: [loadAgent, agent.home.folder, String(100 + random.below(300))] });
    await Promise.race([second.ended(), until('the second agent ended', () => !second.running(), 30_000)]);
    if (!existsSync(agent.home.spool) || !agent.program.running())
      throw new PortcullisError('firstEnded', 'The first agent did not outlive the second.');
    return {};
  },
};
