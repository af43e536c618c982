import Database from 'better-sqlite3';
import type { Fault } from '../fault.ts';
import { corruptPages } from './corrupt-pages.ts';

export const corruptSpool: Fault = {
  name: 'corrupt-spool',
  about: 'pages of the spool are damaged while the agent is down',
  async run({ agent, collector, random, until, aWhile }) {
    const connected = random.below(2) === 0;
    if (connected) await collector.start();
    agent.start(400);
    await until('the agent works', () => agent.accepted() > 0);
    await aWhile(800);
    await agent.program.end('SIGKILL');
    // So that all of it stands in the one file.
    const database = new Database(agent.home.spool);
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    corruptPages(agent.home.spool, random);
    if (!connected) await collector.start();
    agent.start(200);
    const before = agent.accepted();
    await until('the agent works again', () => agent.accepted() > before);
    return { losses: true };
  },
};
