import { cpSync, rmSync } from 'node:fs';
import { openStore } from '../../../collector/store/database.ts';
import type { Fault } from '../fault.ts';
import type { Ground, GroundAgent } from '../ground.ts';

/** Copies one agent's home over another's: from then on both are the same computer. */
function clone(from: GroundAgent, to: GroundAgent): void {
  rmSync(to.home.folder, { recursive: true });
  cpSync(from.home.folder, to.home.folder, { recursive: true });
}

async function told({ collector, until }: Ground): Promise<void> {
  const { store, close } = openStore(collector.store, { readOnly: true });
  try {
    await until('the collector tells of the clone', async () => {
      const query = store.selectFrom('alerts').select('id').where('rule_id', '=', 'identity-cloned');
      return (await query.executeTakeFirst()) !== undefined;
    });
  } finally {
    await close();
  }
}

export const clonedAgent: Fault = {
  name: 'cloned-agent',
  about: 'a copy of a computer reports, beside it or before it',
  async run(ground) {
    const { agent, agents, collector, random, until } = ground;
    const [, copy] = agents;
    if (!copy) throw new TypeError('a clone needs a second place');
    await collector.start();
    agent.start(300);
    await until('events are stored', () => (agent.spool()?.storedSeq ?? 0) > 0);
    await agent.program.end('SIGKILL');
    clone(agent, copy);
    const beside = random.below(2) === 0;
    const [first, second] = beside ? [agent, copy] : [copy, agent];
    // Up to here the two have one story: only what the first tells beyond it makes the other a stranger.
    const common = first.spool()?.headSeq ?? 0;
    first.start(300);
    await until('the first is taken', () => (first.spool()?.storedSeq ?? 0) > common);
    if (!beside) await first.program.end('SIGKILL');
    second.start(300);
    await told(ground);
    // The refused one reports no more until it is enrolled again: only the one that was taken is looked at.
    await second.program.end('SIGKILL');
    if (!beside) await swap(agent, copy);
    rmSync(copy.home.folder, { recursive: true });
    return { alerts: ['identity-cloned'] };
  },
};

async function swap(original: GroundAgent, taken: GroundAgent): Promise<void> {
  rmSync(original.home.folder, { recursive: true });
  cpSync(taken.home.folder, original.home.folder, { recursive: true });
}
