import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { acknowledgeAll, draft, drafts, leaseAll, openSpool, readLease, roomy } from './opened.ts';

const changes = {
  'a byte of an event': `UPDATE event SET line = replace(line, 'because', 'becauze') WHERE seq = ?`,
  'an event that is no JSON any more': `UPDATE event SET line = substr(line, 1, 40) WHERE seq = ?`,
  'an event that is no text any more': `UPDATE event SET line = '' WHERE seq = ?`,
  'the link before it': `UPDATE event SET before = zeroblob(32) WHERE seq = ?`,
  'the link with it': `UPDATE event SET link = zeroblob(32) WHERE seq = ?`,
} as const;

/** Ten events wait, the first two are acknowledged; then the file is changed while nobody has it open. */
function damagedSpool(folder: string, change: (database: Database.Database) => void) {
  const { spool } = openSpool(folder);
  spool.enqueue(drafts(2));
  acknowledgeAll(spool);
  spool.enqueue(drafts(8));
  spool.close();
  const database = new Database(join(folder, 'spool.sqlite'));
  change(database);
  expect(database.pragma('quick_check', { simple: true })).toBe('ok');
  database.close();
  return openSpool(folder);
}

interface Told {
  seq: number;
  kind: string;
  data: Record<string, unknown>;
}

function told(lines: readonly string[]): Told[] {
  return lines.map((line) => JSON.parse(line)).filter(({ kind }) => /tampered|lost/.test(String(kind)));
}

describe('an event that is not what was recorded', () => {
  it.each(
    Object.entries(changes).flatMap(([what, sql]) =>
      [3, 6, 10].map((seq): [string, number, string] => [what, seq, sql]),
    ),
  )('is set aside and told as lost, and all others are sent: %s, number %i', (_what, seq, sql) => {
    using folder = tempFolder();
    const { spool, database } = damagedSpool(folder.path, (file) => file.prepare(sql).run(seq));
    spool.enqueue(drafts(1));
    const leases = leaseAll(spool);
    const read = leases.map(readLease);
    expect(read.flatMap(({ missing }) => missing)).toEqual([seq]);
    expect(read.flatMap(({ events }) => events.map((event) => event.seq))).toEqual(
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].filter((one) => one !== seq),
    );
    const [tampered, lost, ...more] = told(leases.flatMap(({ lines }) => lines));
    expect(tampered).toMatchObject({ kind: 'agent.tampered', data: { what: 'spool' } });
    expect(lost).toMatchObject({ kind: 'events.lost', data: { to: seq, count: 1, because: 'spool-damaged' } });
    expect(lost?.data.from).toBeOneOf([3, seq]);
    expect(more).toEqual([]);
    expect(database.prepare('SELECT seq FROM damaged').pluck().all()).toEqual([seq]);
    spool.rollback(spool.stored());
    acknowledgeAll(spool);
    expect(spool.figures()).toMatchObject({ events: 0, bytes: 0, headSeq: 13, storedSeq: 13 });
    spool.close();
  });

  it('is found even where the one after it was let go, and keeps its exact bytes as evidence', () => {
    using folder = tempFolder();
    const { spool, database } = damagedSpool(folder.path, (file) => {
      file.exec(`DELETE FROM event WHERE seq = 7; ${changes['a byte of an event'].replace('?', '6')}`);
    });
    const [lease] = leaseAll(spool);
    expect(lease && readLease(lease).missing).toEqual([6, 7]);
    const kept = database.prepare<[], { line: string }>('SELECT * FROM damaged').get();
    expect(kept).toMatchObject({ seq: 6, line: expect.stringContaining('"becauze"'), before: expect.any(Buffer) });
    spool.close();
  });

  it('says by its place alone that it may have told of a loss, when nobody can read what it said', () => {
    using folder = tempFolder();
    const { spool } = damagedSpool(folder.path, (file) =>
      file.exec(`UPDATE event SET line = '{"seq":8,' || x'00ff' || substr(line, 12) WHERE seq = 8`),
    );
    expect(told(leaseAll(spool).flatMap(({ lines }) => lines))[1]?.data).toMatchObject({ from: 3, to: 8, count: 1 });
    spool.close();
  });

  it('does not pass for another number, when two change places', () => {
    using folder = tempFolder();
    const { spool } = damagedSpool(folder.path, (file) =>
      file.exec(`
        CREATE TEMP TABLE other AS SELECT * FROM event WHERE seq IN (5, 7);
        UPDATE event SET (line, before, link) = (SELECT line, before, link FROM other WHERE seq = 12 - event.seq)
        WHERE seq IN (5, 7)`),
    );
    expect(leaseAll(spool).flatMap((lease) => readLease(lease).missing)).toEqual([5, 7]);
    spool.close();
  });

  it('does not make a copy of an agent whose acknowledgement did not come', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path);
    spool.enqueue(drafts(5));
    const at = leaseAll(spool)[0]?.head ?? spool.stored();
    spool.close();
    const database = new Database(join(folder.path, 'spool.sqlite'));
    database.prepare(changes['a byte of an event']).run(5);
    database.close();
    const again = openSpool(folder.path).spool;
    expect(again.agrees(at)).toBe(true);
    expect(again.agrees({ ...at, link: 'a'.repeat(64) })).toBe(false);
    again.close();
  });

  it('is kept up to a bound, and told however many there are', () => {
    using folder = tempFolder();
    const { spool, database } = openSpool(folder.path);
    for (let made = 0; made < 12; made += 1) spool.enqueue(drafts(100));
    spool.enqueue([draft('evidence')]);
    database.exec(`UPDATE event SET line = replace(line, 'because', 'becauze') WHERE seq <= 1200`);
    const lines = leaseAll(spool).flatMap((lease) => lease.lines);
    expect(told(lines).reduce((sum, { data }) => sum + Number(data.count ?? 0), 0)).toBe(1200);
    expect(database.prepare('SELECT count(*) FROM damaged').pluck().get()).toBe(1000);
    spool.close();
  });
});

describe('a spool that contradicts itself', () => {
  it.each([
    ['its newest number is another', `UPDATE chain SET seq = seq + 7 WHERE name = 'head'`],
    ['its newest number was used already', `UPDATE chain SET seq = seq - 1 WHERE name = 'head'`],
    ['what was acknowledged is another', `UPDATE chain SET link = zeroblob(32) WHERE name = 'stored'`],
    ['what was acknowledged still waits', `UPDATE chain SET seq = 5 WHERE name = 'stored'`],
    ['half of it is gone', `DELETE FROM chain WHERE name = 'stored'`],
  ])('is put aside as a whole, and numbering goes on above: %s', (_what, sql) => {
    using folder = tempFolder();
    const { spool } = damagedSpool(folder.path, (file) => file.exec(sql));
    expect(spool.figures()).toMatchObject({ events: 0, storedSeq: 0 });
    expect(spool.enqueue(drafts(1))[0]?.seq).toBeGreaterThan(1000);
    spool.close();
  });

  it('is told from one that is whole', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path, { ...roomy, bytes: 20_000 });
    for (let turn = 0; turn < 40; turn += 1) {
      spool.enqueue([draft('security', 1000)]);
      if (turn % 7 === 0) acknowledgeAll(spool);
      const figures = spool.figures();
      const other = openSpool(folder.path, roomy).spool;
      expect(other.figures()).toEqual(figures);
      other.close();
    }
    spool.close();
  });
});

it('something remembered that is no JSON any more is forgotten and told as tampering, once, and what is remembered beside it stays', () => {
  using folder = tempFolder();
  const { spool } = openSpool(folder.path);
  spool.enqueue([], { name: 'run', value: { clean: true } }, { name: 'inventory', value: [1, 2] });
  spool.close();
  const file = new Database(join(folder.path, 'spool.sqlite'));
  file.prepare("UPDATE memory SET value = substr(value, 2) WHERE name = 'run'").run();
  file.close();

  for (const _start of [1, 2]) {
    const opened = openSpool(folder.path);
    expect(opened.spool.recall('run')).toBeUndefined();
    expect(opened.spool.recall('inventory')).toEqual([1, 2]);
    expect(opened.spool.figures().headSeq).toBe(1);
    expect(told(leaseAll(opened.spool).flatMap(({ lines }) => lines))).toMatchObject([
      { kind: 'agent.tampered', data: { what: 'spool' } },
    ]);
    opened.spool.close();
  }
});
