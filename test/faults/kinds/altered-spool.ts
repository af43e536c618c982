import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Random } from '../../fakes/random.ts';
import type { Fault } from '../fault.ts';

export const alteredSpool: Fault = {
  name: 'altered-spool',
  about: 'a byte changes within events that wait in the spool, where SQLite does not see it',
  async run({ agent, collector, random, until, aWhile }) {
    const connected = random.below(2) === 0;
    if (connected) await collector.start();
    agent.start(400);
    await until('the agent works', () => agent.accepted() > 0);
    await aWhile(400);
    // Out of reach, so that something waits.
    await collector.program.end('SIGKILL');
    const before = agent.accepted();
    await until('events wait', () => agent.accepted() > before + 20);
    await agent.program.end('SIGKILL');
    const altered = alterEvents(agent.home.spool, random);
    await collector.start();
    agent.start(200);
    await until('the agent has set them aside', () => damagedIn(agent.home.spool) >= altered);
    return { losses: true };
  },
};

/** Changes one byte in each of some events that wait, in the file itself. @returns how many events */
function alterEvents(file: string, random: Random): number {
  const database = new Database(file);
  // So that all of it stands in the one file.
  database.pragma('wal_checkpoint(TRUNCATE)');
  const lines = database.prepare<[], string>('SELECT line FROM event ORDER BY seq').pluck().all();
  database.close();
  const chosen = new Set(Array.from({ length: 1 + random.below(4) }, () => lines[random.below(lines.length)] ?? ''));
  const bytes = readFileSync(file);
  for (const line of chosen) alterLine(bytes, Buffer.from(line), random);
  writeFileSync(file, bytes);
  return chosen.size;
}

/** Wherever it stands: pages that were given up may have it, too. A line is in one piece as far as its page goes. */
function alterLine(bytes: Buffer, line: Buffer, random: Random): void {
  const start = line.subarray(0, 60);
  const at = random.below(start.length);
  for (let found = bytes.indexOf(start); found >= 0; found = bytes.indexOf(start, found + 1))
    bytes.writeUInt8(bytes.readUInt8(found + at) ^ (1 << random.below(7)), found + at);
}

function damagedIn(file: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare<[], number>('SELECT count(*) FROM damaged').pluck().get() ?? 0;
  } finally {
    database.close();
  }
}
