import { existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limits } from '#shared/protocol/protocol.ts';
import type { Draft, Lease } from '../../../agent/spool/spool.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { acknowledgeAll, draft, drafts, leaseAll, openSpool, readLease, roomy, start } from './opened.ts';

describe('a spool', () => {
  it('gives every line out once, in order, within the limits of the protocol', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path);
    for (let made = 0; made < 40; made += 1) spool.enqueue(drafts(100, 'security', 500));
    const leases = leaseAll(spool);
    const seqs = leases.flatMap((lease) => readLease(lease).events.map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: 4000 }, (_, index) => index + 1));
    for (const [index, { after, lines }] of leases.entries()) {
      expect(after).toEqual(leases[index - 1]?.head ?? spool.stored());
      expect(lines.length).toBeLessThanOrEqual(limits.batchLines);
      expect(Buffer.byteLength(lines.join('\n')) + 1000).toBeLessThan(limits.batchBytes);
    }
    spool.close();
  });

  it('gives out a line of the largest size allowed, alone if need be', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path);
    spool.enqueue(drafts(40, 'security', limits.lineBytes - 300));
    expect(leaseAll(spool).map((lease: Lease) => readLease(lease).events.length)).toEqual([15, 15, 10]);
    spool.close();
  });

  it('tells an event that no line can hold as lost, by the number it would have had', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path);
    spool.enqueue([draft('security'), draft('evidence', limits.lineBytes), draft('security')]);
    const [lease] = leaseAll(spool);
    expect(lease && readLease(lease).events).toMatchObject([
      { seq: 1, kind: 'media.removed' },
      { seq: 2, kind: 'events.lost', data: { count: 1, because: 'too-large' } },
      { seq: 3, kind: 'media.removed' },
    ]);
    spool.close();
  });

  it('gives its space back to the disk once what filled it is acknowledged', () => {
    using folder = tempFolder();
    const { spool, database } = openSpool(folder.path);
    const bytes = () => {
      database.pragma('wal_checkpoint(TRUNCATE)');
      return statSync(join(folder.path, 'spool.sqlite')).size;
    };
    const empty = bytes();
    for (let made = 0; made < 20; made += 1) spool.enqueue(drafts(100, 'security', 2000));
    const full = bytes();
    acknowledgeAll(spool);
    spool.trim();
    expect(full).toBeGreaterThan(4_000_000);
    expect(bytes()).toBeLessThan(empty + 100_000);
    spool.close();
  });

  it('waits for the disk again after an acknowledgement, for which it does not', () => {
    using folder = tempFolder();
    const { spool, database } = openSpool(folder.path);
    const full = 2;
    spool.enqueue(drafts(1));
    acknowledgeAll(spool);
    expect(spool.figures().events).toBe(0);
    expect(database.pragma('synchronous', { simple: true })).toBe(full);
    spool.close();
  });

  it('keeps a memory together with its events, or neither', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path);
    spool.enqueue(drafts(1), { name: 'watcher', value: { seen: 1 } });
    const before = spool.figures();
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(() => spool.enqueue(drafts(2), { name: 'watcher', value: circular })).toThrow(TypeError);
    expect(spool.figures()).toEqual(before);
    expect(spool.recall('watcher')).toEqual({ seen: 1 });
    expect(spool.enqueue(drafts(1))).toMatchObject([{ seq: 2 }]);
    expect(spool.recall('never remembered')).toBeUndefined();
    spool.close();
  });

  it('lets routine events go first and evidence last', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path, { ...roomy, bytes: 100_000 });
    for (const priority of ['evidence', 'routine', 'security'] as const) spool.enqueue(drafts(60, priority, 500));
    const kinds = leaseAll(spool).flatMap((lease) => readLease(lease).events.map(({ kind }) => kind));
    const left = (kind: string) => kinds.filter((one) => one === kind).length;
    expect(left('agent.stopped')).toBe(60);
    expect(left('media.removed')).toBe(60);
    expect(left('software.removed')).toBeLessThan(60);
    expect(left('events.lost')).toBeGreaterThan(0);
    spool.close();
  });

  it('tells of what it let go without pushing out what is more important', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path, { ...roomy, bytes: 20_000 });
    spool.enqueue(drafts(3, 'evidence', 200));
    for (let turn = 0; turn < 400; turn += 1) spool.enqueue([draft('security', 100)]);
    const lease = spool.lease() ?? expect.unreachable('nothing is leased');
    const { events, missing } = readLease(lease);
    expect(events.filter(({ kind }) => kind === 'agent.stopped')).toHaveLength(3);
    const lost = lease.lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'events.lost');
    const isTold = (seq: number) => lost.some(({ data: { from, to } }) => from <= seq && seq <= to);
    expect(lost.length).toBeGreaterThan(3);
    expect(missing.filter((seq) => !isTold(seq))).toEqual([]);
    spool.close();
  });

  it('agrees with a collector that stands where events were let go since', () => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path, { ...roomy, bytes: 20_000 });
    spool.enqueue(drafts(10, 'routine', 500));
    const [sent] = leaseAll(spool);
    // The connection broke before the acknowledgement came, and the spool filled up meanwhile.
    spool.rollback(spool.stored());
    spool.enqueue(drafts(60, 'evidence', 500));
    const at = sent?.head ?? spool.stored();
    expect(at.seq).toBe(10);
    expect(spool.agrees(at)).toBe(true);
    spool.commit(at);
    spool.rollback(at);
    const [next] = leaseAll(spool);
    expect(next?.after).toEqual(at);
    expect(next && readLease(next).missing.length).toBeGreaterThan(0);
    spool.close();
  });

  it.each<[string, (stored: { seq: number; link: string }) => { seq: number; link: string }]>([
    ['another link at the number stored', ({ seq }) => ({ seq, link: 'a'.repeat(64) })],
    ['another link at a number that waits', ({ seq }) => ({ seq: seq + 1, link: 'a'.repeat(64) })],
    ['a number that was never given', ({ seq, link }) => ({ seq: seq + 100, link })],
  ])('does not agree with %s', (_name, place) => {
    using folder = tempFolder();
    const { spool } = openSpool(folder.path);
    spool.enqueue(drafts(3));
    acknowledgeAll(spool);
    spool.enqueue(drafts(2));
    expect(spool.agrees(spool.stored())).toBe(true);
    expect(spool.agrees(place(spool.stored()))).toBe(false);
    spool.close();
  });

  it('is the same after it was opened again', () => {
    using folder = tempFolder();
    const first = openSpool(folder.path).spool;
    first.enqueue(drafts(2), { name: 'watcher', value: 'kept' });
    acknowledgeAll(first);
    first.enqueue(drafts(3));
    const figures = first.figures();
    first.close();
    const { spool } = openSpool(folder.path);
    expect(spool.figures()).toEqual(figures);
    expect(spool.recall('watcher')).toBe('kept');
    expect(leaseAll(spool).flatMap((lease) => readLease(lease).events.map(({ seq }) => seq))).toEqual([3, 4, 5]);
    spool.close();
  });
});

describe('a full disk', () => {
  it('is an error to who records, loses nothing and leaves the figures right', () => {
    using folder = tempFolder();
    const { spool, database } = openSpool(folder.path);
    spool.enqueue(drafts(50, 'security', 1000), { name: 'watcher', value: 'before' });
    database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 4}`);
    const fill = () => {
      for (let made = 0; made < 1000; made += 1) spool.enqueue(drafts(1, 'security', 1000));
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    const figures = spool.figures();
    expect(() => spool.enqueue(drafts(20, 'security', 1000), { name: 'watcher', value: 'after' })).toThrow();
    expect(spool.figures()).toEqual(figures);
    expect(spool.recall('watcher')).toBe('before');

    const leases = leaseAll(spool);
    expect(leases.flatMap((lease) => readLease(lease).events)).toHaveLength(figures.events);
    // Acknowledgements give the space back.
    spool.commit(leases.at(-1)?.head ?? spool.stored());
    expect(spool.enqueue(drafts(20, 'security', 1000))).toMatchObject({ 0: { seq: figures.headSeq + 1 }, length: 20 });
    spool.close();
  });
});

describe('old age', () => {
  it('lets events go that nobody fetched, and says so', () => {
    using folder = tempFolder();
    const { spool, clock } = openSpool(folder.path);
    spool.enqueue([draft('routine', 0, start), draft('evidence', 0, start), draft('routine', 0, start + roomy.age)]);
    clock.time = start + roomy.age + 1000;
    spool.trim();
    const [lease] = leaseAll(spool);
    const { events, missing } = lease ? readLease(lease) : { events: [], missing: [] };
    expect(missing).toEqual([1, 2]);
    expect(events).toMatchObject([
      { seq: 3 },
      { kind: 'events.lost', data: { from: 1, to: 1, count: 1, because: 'too-old', priority: 'routine' } },
      { kind: 'events.lost', data: { from: 2, to: 2, count: 1, because: 'too-old', priority: 'evidence' } },
    ] satisfies (Partial<Draft> & { seq?: number })[]);
    spool.close();
  });

  it('does not touch what is on its way', () => {
    using folder = tempFolder();
    const { spool, clock } = openSpool(folder.path);
    spool.enqueue(drafts(3));
    spool.lease();
    clock.time = start + 2 * roomy.age;
    spool.trim();
    expect(spool.figures()).toMatchObject({ events: 3, headSeq: 3 });
    spool.close();
  });
});

describe('a spool that was lost', () => {
  it.each<[string, (file: string) => void]>([
    ['is not a database any more', (file) => writeFileSync(file, 'x'.repeat(9000))],
    ['was cut off', (file) => truncateSync(file, 5000)],
    ['is gone', (file) => rmSync(file)],
  ])('that %s goes on above every number that may have been used', (what, spoil) => {
    using folder = tempFolder();
    const file = join(folder.path, 'spool.sqlite');
    const before = openSpool(folder.path).spool;
    for (let made = 0; made < 12; made += 1) before.enqueue(drafts(100));
    before.close();
    spoil(file);

    const { spool } = openSpool(folder.path);
    const [event] = spool.enqueue(drafts(1));
    expect(event?.seq).toBeGreaterThan(1200);
    expect(event?.seq).toBeLessThanOrEqual(1200 + 1001);
    const setAside = readdirSync(folder.path).filter((name) => name.includes('.damaged-'));
    expect(setAside.length > 0).toBe(what !== 'is gone');
    // The collector stands somewhere this spool knows nothing of: what is between is declared.
    const stored = { seq: 700, link: 'b'.repeat(64) };
    expect(spool.agrees(stored)).toBe(true);
    spool.commit(stored);
    spool.rollback(stored);
    const [lease] = leaseAll(spool);
    expect(lease && readLease(lease)).toMatchObject({ events: [{ seq: event?.seq }], missing: { 0: 701 } });
    spool.close();
    expect(existsSync(file)).toBe(true);
  });
});
