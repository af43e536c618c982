import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineHash, nextLink } from '#shared/events/chain.ts';
import { openStore } from '../../../collector/store/database.ts';
import { verificationText, verifyStore } from '../../../collector/store/verify.ts';
import { batchOf, enrolComputer, greet, linesOf } from '../../fakes/agent-socket.ts';
import { realCollector } from '../../fakes/real-collector.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

/** A store with events 1 to 5, a declared gap 6 to 8, a second gap 9, and events 10 to 12. */
const made = tempFolder();
beforeAll(async () => {
  await using collector = await realCollector({ folder: made.path });
  const computer = await enrolComputer(collector);
  await using socket = await greet(computer);
  const gap = (from: number, to: number) => JSON.stringify({ gap: { from, to, link: `${to}`.padStart(64, '0') } });
  socket.send(batchOf(computer, computer.start, [...linesOf(1, 5), gap(6, 8), gap(9, 9), ...linesOf(10, 12)]).frame);
  await socket.next('ack');
});
afterAll(() => made[Symbol.dispose]());

/** Verifies a copy of it that was changed by hand. */
async function verifyAfter(change: (database: Database.Database) => void) {
  using folder = tempFolder();
  const file = join(folder.path, 'store.sqlite');
  copyFileSync(join(made.path, 'store.sqlite'), file);
  const database = new Database(file);
  change(database);
  database.close();
  const { store, close } = openStore(file, { readOnly: true });
  try {
    return await verifyStore(store, undefined, () => undefined);
  } finally {
    await close();
  }
}
const sql = (text: string) => (database: Database.Database) => void database.exec(text);

/** What somebody would do who can write the store and knows how chains are made, but has not the computer's key. */
function forge(database: Database.Database): void {
  database.exec(`UPDATE events SET line = replace(line, 'true', 'false') WHERE seq = 11`);
  const rows = database
    .prepare<[], { seq: number; line: string; link: Buffer }>('SELECT seq, line, link FROM events WHERE seq >= 10')
    .all();
  let [{ link } = { link: Buffer.alloc(0) }] = rows;
  for (const { seq, line } of rows.slice(1)) {
    link = nextLink(link, lineHash(line));
    database.prepare('UPDATE events SET link = ? WHERE seq = ?').run(link, seq);
  }
  database.prepare('UPDATE computers SET head_link = ?').run(link);
}

describe('verify', () => {
  it('sees one moment of a store that goes on growing', async () => {
    await using collector = await realCollector();
    const computer = await enrolComputer(collector);
    await using socket = await greet(computer);
    const { store, close } = openStore(join(collector.folder, 'store.sqlite'), { readOnly: true });
    let at = computer.start;
    for (let round = 0; round < 20; round += 1) {
      const batch = batchOf(computer, at, linesOf(at.seq + 1, at.seq + 200));
      socket.send(batch.frame);
      const verifying = verifyStore(store, undefined, () => undefined);
      await socket.next('ack');
      expect(await verifying).toMatchObject({ holds: true });
      at = batch.head;
    }
    await close();
  });

  it('says that an untouched chain holds, and what was declared as lost', async () => {
    const verified = await verifyAfter(() => undefined);
    expect(verified).toMatchObject({
      holds: true,
      computers: [
        {
          events: 8,
          gaps: [
            { from: 6, to: 8 },
            { from: 9, to: 9 },
          ],
          holds: true,
        },
      ],
    });
    expect(verificationText(verified)).toMatch(/8 events, 4 declared as lost, the chain holds\nEvery chain holds\.$/);
  });

  it('still proves the rest when retention took a line away and kept its hash', async () => {
    const verified = await verifyAfter((database) => {
      const { line } = database.prepare<[], { line: string }>('SELECT line FROM events WHERE seq = 3').get() ?? {
        line: '',
      };
      database.prepare('UPDATE events SET line = NULL, line_hash = ? WHERE seq = 3').run(lineHash(line));
    });
    expect(verified.holds).toBe(true);
  });

  it.each<[string, (database: Database.Database) => void, RegExp]>([
    [
      'a changed line',
      sql(`UPDATE events SET line = replace(line, 'true', 'false') WHERE seq = 3`),
      /Event 3 is not what/,
    ],
    [
      'a changed line with its link made to fit',
      sql(`UPDATE events SET line = replace(line, 'true', 'false'), link = randomblob(32) WHERE seq = 3`),
      /Event 3 is not what/,
    ],
    [
      'a removed line without its hash',
      sql('UPDATE events SET line = NULL WHERE seq = 3'),
      /Neither line nor hash of number 3/,
    ],
    ['a removed event', sql('DELETE FROM events WHERE seq = 3'), /Number 3 is missing/],
    ['the last event removed', sql('DELETE FROM events WHERE seq = 12'), /number 11, but number 12 was acknowledged/],
    ['all events removed', sql('DELETE FROM events; DELETE FROM gaps'), /number 0, but number 12/],
    [
      'an added event',
      sql(
        `INSERT INTO events SELECT computer_no, 13, at, received_at, kind, line, line_hash, link FROM events WHERE seq = 12`,
      ),
      /Event 13 is not what/,
    ],
    [
      'two events that changed places',
      sql(
        'UPDATE events SET seq = -1 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = -1',
      ),
      /Event 2 is not what/,
    ],
    [
      'another link after a gap',
      sql('UPDATE gaps SET link = randomblob(32) WHERE from_seq = 9'),
      /Event 10 is not what/,
    ],
    [
      'a gap made longer',
      sql('UPDATE gaps SET to_seq = 10 WHERE from_seq = 9; DELETE FROM events WHERE seq = 10'),
      /That number 9 is lost was not signed/,
    ],
    ['a gap taken away', sql('DELETE FROM gaps WHERE from_seq = 6'), /Number 6 is missing/],
    [
      'a gap declared where events are',
      sql('INSERT INTO gaps SELECT computer_no, 2, 3, link, received_at, proof FROM gaps LIMIT 1'),
      /That number 2 is lost was not signed/,
    ],
    ['another head', sql('UPDATE computers SET head_link = randomblob(32)'), /number 12, but number 12/],
    [
      'an event filed under another kind',
      sql(`UPDATE events SET kind = 'software.removed' WHERE seq = 4`),
      /Event 4 is filed under another kind/,
    ],
    [
      'an event filed under another time',
      sql('UPDATE events SET at = at + 1 WHERE seq = 4'),
      /Event 4 is filed under another kind or time/,
    ],
    ['a key put in place of the computer’s', sql(`UPDATE computers SET public_key = 'x'`), /was not signed/],
    ['a chain worked out anew over a changed line', forge, /ends at number 12 was not signed/],
    [
      'an event made into a gap',
      sql(
        `INSERT INTO gaps SELECT e.computer_no, 4, 4, e.link, e.received_at, g.proof FROM events e, gaps g WHERE e.seq = 4 AND g.from_seq = 6;
         DELETE FROM events WHERE seq = 4`,
      ),
      /That number 4 is lost was not signed/,
    ],
  ])('finds %s', async (_what, change, fault) => {
    const verified = await verifyAfter(change);
    expect(verified).toMatchObject({
      holds: false,
      computers: [{ holds: false, fault: expect.stringMatching(fault) }],
    });
    expect(verificationText(verified)).toMatch(/THE CHAIN IS BROKEN/);
  });
});
