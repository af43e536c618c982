import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#shared/clock.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { openSpoolDatabase } from '../../agent/spool/database.ts';
import { sequenceReserve } from '../../agent/spool/reserve.ts';
import { type Draft, type Spool, spool } from '../../agent/spool/spool.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { eventSource, mixText } from '../estate/event-mix.ts';
import type { Bench, Measured } from './figures.ts';

interface Plan {
  runs: number;
  /** Events in one call, and how many are stored in a run. */
  groups: readonly { size: number; events: number }[];
  /** Events that wait already, for the growth. */
  backlogs: readonly number[];
}
const usual: Plan = {
  runs: 7,
  groups: [
    { size: 1, events: 400 },
    { size: 10, events: 4000 },
    { size: 100, events: 20_000 },
  ],
  backlogs: [12_500, 25_000, 50_000, 100_000],
};
const quickPlan: Plan = {
  runs: 1,
  groups: [
    { size: 1, events: 10 },
    { size: 10, events: 100 },
  ],
  backlogs: [100, 200],
};

const rawName = "raw better-sqlite3 insert into the spool's own table, as many a transaction";

/** How fast events come to lie safely on the agent's disk. */
export const spoolBench: Bench = {
  about: "events a second that are durable in the agent's spool, beside a raw SQLite insert",
  async run({ quick, progress }) {
    const plan = quick ? quickPlan : usual;
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-spool-'));
    const make = draftMaker();
    try {
      const measured = plan.groups.map(({ size, events }) => {
        progress(`${size} at a time`);
        return grouped(folder, make, plan.runs, size, events);
      });
      return [...measured, ...growing(folder, make, plan, progress)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Both in turn, in short pieces, so that a slow spell of the disk falls on both. */
function grouped(folder: string, make: MakeDrafts, runs: number, size: number, events: number): Measured {
  const name = `group-${size}`;
  const [ours, raw] = [openOurs(folder, name), openRaw(folder, `${name}-raw`)];
  const values: number[] = [];
  const beside: number[] = [];
  const pieces = 10;
  for (let run = 0; run < runs; run += 1) {
    let [mine, theirs] = [0, 0];
    for (let piece = 0; piece < pieces; piece += 1) {
      const groups = inGroups(make(run * pieces + piece, Math.ceil(events / pieces)), size);
      mine += timed(ours.ready(groups));
      theirs += timed(raw.ready(groups));
    }
    values.push((events * 1000) / mine);
    beside.push((events * 1000) / theirs);
  }
  ours.close();
  raw.close();
  return {
    figure: size === 1 ? 'one-by-one' : `grouped-${size}`,
    unit: 'events/s',
    values,
    yardstick: { name: rawName, values: beside },
    how:
      `${events} events a run, ${size} a call, each call on the disk when it returns (WAL, synchronous=FULL): numbered, written as JSON, hashed and chained; ` +
      `the yardstick only inserts the same rows, made beforehand, into the same table and index with the same settings, in turn with ours in tenths of a run; ${mixText}`,
  };
}

/** What one more event costs when so many wait for the collector already. */
function growing(
  folder: string,
  make: MakeDrafts,
  { backlogs, runs }: Plan,
  progress: (text: string) => void,
): Measured[] {
  const together = 100;
  const perRun = 2000;
  const ours = openOurs(folder, 'backlog');
  const raw = openRaw(folder, 'backlog-raw');
  let waiting = 0;
  const figures = backlogs.map((size): Measured => {
    progress(`${size} waiting`);
    for (; waiting < size; waiting += together) for (const one of [ours, raw]) one.ready([make(waiting, together)])();
    const values: number[] = [];
    const beside: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const groups = inGroups(make(size + run, perRun), together);
      values.push((timed(ours.ready(groups)) * 1000) / perRun);
      beside.push((timed(raw.ready(groups)) * 1000) / perRun);
      waiting += perRun;
    }
    return {
      figure: `backlog-${size}`,
      unit: 'µs an event',
      values,
      yardstick: { name: rawName, values: beside },
      how: `${together} events a call, with ${size} and more in the spool already`,
      growth: { row: 'µs an event, 100 a call', of: 'events waiting in the spool', size, beside: true },
    };
  });
  ours.close();
  raw.close();
  return figures;
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

type MakeDrafts = (seed: number, count: number) => Draft[];
const start = Date.UTC(2026, 10, 1);

/** Without their numbers, which the spool gives. */
function draftMaker(): MakeDrafts {
  const policy = loadPolicy(profileText('focus'));
  return (seed, count) => {
    const source = eventSource(seed + 1, 'allowed', policy, start);
    return Array.from({ length: count }, (_, index) => {
      const { seq: _seq, ...draft } = source(index + 1);
      return draft as Draft;
    });
  };
}

function inGroups<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, place) =>
    values.slice(place * size, (place + 1) * size),
  );
}

interface Side {
  /** @returns what stores them, and is timed */
  ready(groups: readonly Draft[][]): () => void;
  close(): void;
}

function openOurs(folder: string, name: string): Side {
  const made: Spool = spool(openSpoolDatabase(join(folder, `${name}.sqlite`), start), {
    publicKey: 'bench',
    bounds: { bytes: 1024 * 1024 * 1024, age: Number.MAX_SAFE_INTEGER },
    clock: systemClock,
    run: () => ({ bootId: 'bench', uptimeMs: 0 }),
    reserve: sequenceReserve(join(folder, `${name}.sequence`)),
  });
  return {
    ready: (groups) => () => {
      for (const group of groups) made.enqueue(group);
    },
    close: made.close,
  };
}

function openRaw(folder: string, name: string): Side {
  const database = openSpoolDatabase(join(folder, `${name}.sqlite`), start);
  const insert = database.prepare(
    'INSERT INTO event (seq, priority, at, line, before, link) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const before = Buffer.alloc(32, 7);
  let seq = 0;
  type Row = [number, number, number, string, Buffer, Buffer];
  const insertAll = database.transaction((rows: readonly Row[]) => {
    for (const row of rows) insert.run(...row);
  });
  function rowOf(draft: Draft): Row {
    seq += 1;
    return [seq, 1, start, JSON.stringify({ seq, ...draft }), before, before];
  }
  return {
    ready(groups) {
      const made = groups.map((group) => group.map(rowOf));
      return () => {
        for (const rows of made) insertAll(rows);
      };
    },
    close: () => void database.close(),
  };
}
