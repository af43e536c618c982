import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstLink } from '#shared/events/chain.ts';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { Head } from '#shared/protocol/protocol.ts';
import { lossToldBy } from '../../../agent/spool/losses.ts';
import type { Lease } from '../../../agent/spool/spool.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { draft, type Opened, openSpool, publicKey, readLease, start } from './opened.ts';

/*
 * The spool against a collector that is a few lines long. Whatever happens in between (lost acknowledgements, restarts,
 * a full spool, old age), in the end every number was received once or was declared lost, and the links hold.
 */
const bounds = { bytes: 3000, age: 60_000 };
/** Each cause and each of the three priorities may add an `events.lost` of its own; beside 256 MB that is nothing. */
const ownWords = 1200;

interface Model {
  opened: Opened;
  folder: string;
  recorded: Map<number, string>;
  /** The collector: where its chain stands, what it has, and what it was told it will never have. */
  at: Head;
  received: Map<number, string>;
  missing: Set<number>;
  /** Numbers the spool had to let go, by what is in its file. */
  letGo: Set<number>;
  onTheWay: Lease[];
  online: boolean;
  memory: unknown;
}

function keepRecorded(model: Model): void {
  const rows = model.opened.database.prepare<[], { line: string }>('SELECT line FROM event ORDER BY seq').all();
  for (const { line } of rows) {
    const event = JSON.parse(line) as PortcullisEvent;
    if (!model.recorded.has(event.seq)) model.recorded.set(event.seq, line);
  }
}

/** The collector takes the oldest batch on the way. */
function receive(model: Model): void {
  const lease = model.onTheWay.shift();
  if (!lease) return;
  expect(lease.after).toEqual(model.at);
  const { missing } = readLease(lease);
  for (const number of missing) model.missing.add(number);
  for (const line of lease.lines) {
    const { seq } = JSON.parse(line) as { seq?: number };
    if (seq === undefined) continue;
    expect(model.received.has(seq)).toBe(false);
    model.received.set(seq, line);
  }
  model.at = lease.head;
}

function disconnect(model: Model): void {
  model.onTheWay = [];
  model.online = false;
  model.opened.spool.rollback(model.opened.spool.stored());
}

function connect(model: Model): void {
  if (model.online) return;
  const { spool } = model.opened;
  model.online = true;
  expect(spool.agrees(model.at)).toBe(true);
  if (model.at.seq > spool.stored().seq) spool.commit(model.at);
  spool.rollback(model.at);
}

function sumUp(model: Model): void {
  const { database, spool } = model.opened;
  const held = new Set(database.prepare<[], number>('SELECT seq FROM event').pluck().all());
  for (const seq of model.recorded.keys()) {
    if (seq > spool.stored().seq && !held.has(seq)) model.letGo.add(seq);
  }
  const row = database
    .prepare<[], { events: number; bytes: number }>(
      'SELECT count(*) AS events, coalesce(sum(octet_length(line)), 0) AS bytes FROM event',
    )
    .get();
  expect(spool.figures()).toMatchObject(row ?? {});
}

const priority = fc.constantFrom('routine' as const, 'security' as const, 'evidence' as const);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      count: fc.integer({ min: 1, max: 8 }),
      priority,
      padding: fc.integer({ min: 0, max: 400 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lease' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), acknowledged: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('disconnect' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('grow old' as const), milliseconds: fc.integer({ min: 0, max: 50_000 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function carryOut(model: Model, what: Step): void {
  const { spool, clock } = model.opened;
  switch (what.do) {
    case 'enqueue': {
      const memory = { name: 'model', value: model.recorded.size };
      const before = spool.figures().headSeq;
      const made = spool.enqueue(
        Array.from({ length: what.count }, () => draft(what.priority, what.padding, clock.time)),
        memory,
      );
      expect(made.map(({ seq }) => seq)).toEqual(made.map((_, index) => before + 1 + index));
      for (const event of made) model.recorded.set(event.seq, JSON.stringify(event));
      model.memory = memory.value;
      return;
    }
    case 'lease': {
      connect(model);
      const lease = spool.lease();
      if (lease) model.onTheWay.push(lease);
      return;
    }
    case 'deliver': {
      receive(model);
      // The acknowledgement comes, or is lost and comes to light at the next connection.
      if (model.online && what.acknowledged && model.at.seq > spool.stored().seq) spool.commit(model.at);
      return;
    }
    case 'disconnect':
      disconnect(model);
      return;
    case 'restart':
      spool.close();
      model.opened = openSpool(model.folder, bounds, clock.time);
      disconnect(model);
      return;
    case 'grow old':
      clock.time += what.milliseconds;
      spool.trim();
      keepRecorded(model);
      return;
  }
}

function withinBounds({ opened: { database, spool }, onTheWay }: Model): void {
  if (spool.figures().bytes <= bounds.bytes + ownWords) return;
  // Beyond the bound there may be only what is on its way, which cannot be taken back, and what says so.
  const newest = onTheWay.at(-1)?.head.seq ?? 0;
  const kinds = database.prepare<[number], { line: string }>('SELECT line FROM event WHERE seq > ?').all(newest);
  for (const { line } of kinds) expect(JSON.parse(line)).toMatchObject({ kind: 'events.lost' });
}

function drain(model: Model): void {
  disconnect(model);
  connect(model);
  const { spool } = model.opened;
  for (let lease = spool.lease(); lease; lease = spool.lease()) {
    model.onTheWay.push(lease);
    receive(model);
  }
  spool.commit(model.at);
  expect(spool.figures()).toMatchObject({ events: 0, bytes: 0, storedSeq: model.at.seq, headSeq: model.at.seq });
}

function nothingLostInSilence(model: Model): void {
  for (const [seq, line] of model.received) expect(line).toBe(model.recorded.get(seq));
  for (const seq of model.recorded.keys()) expect(model.received.has(seq)).not.toBe(model.missing.has(seq));
  expect(model.received.size + model.missing.size).toBe(model.at.seq);
  // What was told and let go again counts for nothing: only what arrived was heard.
  const lost = [...model.received.values()].flatMap((line) => lossToldBy(line) ?? []);
  const declared = (seq: number) => lost.some(({ from, to }) => from <= seq && seq <= to);
  for (const seq of model.letGo) expect(declared(seq)).toBe(true);
  for (const seq of model.missing) expect(model.letGo.has(seq)).toBe(true);
  // More where a declaration arrived whose acknowledgement did not: it is let go, and told anew.
  expect(lost.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(model.missing.size);
}

it('loses nothing in silence, whatever happens on the way', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), (steps) => {
      using folder = tempFolder();
      const model: Model = {
        opened: openSpool(folder.path, bounds, start),
        folder: folder.path,
        recorded: new Map(),
        at: { seq: 0, link: firstLink(publicKey).toString('hex') },
        received: new Map(),
        missing: new Set(),
        letGo: new Set(),
        onTheWay: [],
        online: false,
        memory: undefined,
      };
      try {
        for (const what of steps) {
          carryOut(model, what);
          sumUp(model);
          if (what.do === 'enqueue') withinBounds(model);
          expect(model.opened.spool.recall('model')).toBe(model.memory);
        }
        drain(model);
        nothingLostInSilence(model);
      } finally {
        model.opened.spool.close();
      }
    }),
    { numRuns: 60 },
  );
});
