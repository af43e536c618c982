import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '#shared/clock.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { alertRaiser, type Raise } from '../../collector/alerting/alerts.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { openStore } from '../../collector/store/database.ts';
import { type CollectorChild, startCollectorChild } from '../estate/collector-child.ts';
import { enrolled } from '../estate/enrol.ts';
import { eventSource } from '../estate/event-mix.ts';
import type { EventSource, SimulatedAgent } from '../fakes/simulated-agent.ts';
import { addVisitor, type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { type Bench, type BenchContext, type Measured, percentile } from './figures.ts';

interface Sizes {
  events: number;
  alerts: number;
  computers: number;
  /** Times each page is opened, without and with events coming in. */
  views: number;
}

/** Smaller by PORTCULLIS_BENCH_EVENTS and PORTCULLIS_BENCH_ALERTS, for a look on a busy machine. */
function sizesFor({ quick }: BenchContext): Sizes {
  if (quick) return { events: 20_000, alerts: 500, computers: 20, views: 5 };
  const number = (name: string, usual: number) => Number(process.env[name] ?? usual);
  return {
    events: number('PORTCULLIS_BENCH_EVENTS', 1_000_000),
    alerts: number('PORTCULLIS_BENCH_ALERTS', 20_000),
    computers: 300,
    views: 100,
  };
}

const eventsPerSecond = 2000;
const eventsPerBatch = 100;

interface Sender {
  agent: SimulatedAgent;
  source: EventSource;
}

/** Server time of the console's pages on a full store. */
export const consoleBench: Bench = {
  about: 'time of the console pages with a million events stored and 2,000 a second coming in',
  async run(context) {
    const sizes = sizesFor(context);
    const collector = await startCollectorChild();
    const senders: Sender[] = [];
    try {
      await enrol(collector, sizes, senders, context.progress);
      await fill(senders, sizes, context.progress);
      const pages = await prepareStore(collector, sizes);
      await addVisitor(collector.store);
      const visitor = await visitConsole(collector.url);
      try {
        return await measure(visitor, senders, pages, sizes, context.progress);
      } finally {
        visitor.close();
      }
    } finally {
      for (const { agent } of senders) agent.close();
      await collector.stop();
    }
  },
};

async function enrol(
  { url, code }: CollectorChild,
  { computers }: Sizes,
  senders: Sender[],
  progress: (text: string) => void,
) {
  const policy = loadPolicy(profileText('focus'));
  const start = systemClock.now() - 30 * 24 * 3_600_000;
  const hostnames = Array.from({ length: computers }, (_, index) => `FOC-LT-${index}`);
  for await (const agent of enrolled({ url, codes: [await code(computers)], hostnames })) {
    progress(`enrolling ${senders.length + 1} of ${computers}`);
    await agent.connect();
    senders.push({ agent, source: eventSource(senders.length + 1, 'allowed', policy, start) });
  }
}

/** @returns events a second */
async function fill(senders: readonly Sender[], { events }: Sizes, progress: (text: string) => void): Promise<void> {
  const rounds = Math.ceil(events / (senders.length * eventsPerBatch));
  for (let round = 0; round < rounds; round += 1) {
    progress(`${round * senders.length * eventsPerBatch} of ${events} events`);
    await flood(senders, 1);
  }
}

/** Everybody sends as fast as the collector takes it. @returns events a second */
async function flood(senders: readonly Sender[], batches: number): Promise<number> {
  const prepared = senders.map(({ agent, source }) =>
    Array.from({ length: batches }, () => ({ ...agent.prepare(source, eventsPerBatch), rows: [] })),
  );
  const began = performance.now();
  await Promise.all(senders.map(({ agent }, index) => agent.send(prepared[index] ?? [], 2)));
  return (senders.length * batches * eventsPerBatch * 1000) / (performance.now() - began);
}

/** Fills up the alerts, and picks what the pages are opened for. */
async function prepareStore({ store: file }: CollectorChild, { alerts }: Sizes): Promise<Map<string, string>> {
  const { store, close } = openStore(file);
  try {
    await raiseMore(store, alerts);
    await planned(store);
    const alert = await store
      .selectFrom('alerts')
      .select('id')
      .orderBy('last_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const computer = await store.selectFrom('computers').select('id').where('no', '=', 7).executeTakeFirstOrThrow();
    return new Map([
      ['alert-list', '/alerts?severity=medium&severity=low&period=30d&sort=hostname&direction=asc'],
      ['alert-page', `/alerts/${alert.id}`],
      ['computer-page', `/computers/${computer.id}`],
      ['home', '/'],
      ['search', '/alerts?computer=lt-1'],
      ['computers', '/computers?search=lt-1&sort=alerts&direction=desc'],
      ['media', '/media?search=example'],
      ['software', '/software?search=o'],
    ]);
  } finally {
    await close();
  }
}

async function raiseMore(store: ReturnType<typeof openStore>['store'], wanted: number): Promise<void> {
  const { count } = await store
    .selectFrom('alerts')
    .select((build) => build.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const computers = await store.selectFrom('computers').select('no').where('state', '=', 'active').execute();
  const now = systemClock.now();
  const raise = alertRaiser(store);
  for (let from = count; from < wanted; from += 500) {
    const raises: Raise[] = [];
    for (let made = from; made < Math.min(wanted, from + 500); made += 1) {
      const computerNo = computers[made % computers.length]?.no ?? 1;
      const at = now - (made % 90) * 24 * 3_600_000;
      const finding = {
        ruleId: `rule-${made % 12}`,
        title: `Document saved outside the central server ${made % 12}`,
        severity: (['low', 'low', 'medium', 'high'] as const)[made % 4] ?? 'low',
        clause: 'focus 4.4',
        recipients: ['ict' as const],
        tell: 'digest' as const,
        kind: 'document.saved',
        group: `bench ${made}`,
        seq: 1 + (made % 50),
        at,
      };
      raises.push({ computerNo, policyVersion: 1, findings: [finding], now: at });
    }
    await store.transaction().execute((tx) => raise(tx, raises));
    // The agents of this process have to answer the collector meanwhile, or it takes them for gone.
    await nextTurn();
  }
}

/** Until notices were planned for all alerts, as they are on every other morning: nobody raises 20,000 in a minute. */
async function planned(store: ReturnType<typeof openStore>['store']): Promise<void> {
  const { newest } = await store
    .selectFrom('alerts')
    .select((build) => build.fn.max('change_no').as('newest'))
    .executeTakeFirstOrThrow();
  for (;;) {
    const { change_no: reached } = await store
      .selectFrom('notice_cursor')
      .select('change_no')
      .executeTakeFirstOrThrow();
    if (reached >= Number(newest)) return;
    await pause(500);
  }
}

async function measure(
  visitor: ConsoleVisitor,
  senders: readonly Sender[],
  pages: ReadonlyMap<string, string>,
  { views, events, alerts }: Sizes,
  progress: (text: string) => void,
): Promise<Measured[]> {
  const quiet = await openAll(visitor, pages, views, progress);
  const stream = steady(senders);
  const busy = await openAll(visitor, pages, views, progress);
  const { waits, rate } = await stream.stop();
  const how = `from asking to the last byte over TLS on one kept connection, one page after the other, ${views} times each; ${events} events and ${alerts} alerts stored, ${Math.round(rate)} events a second coming in; the yardstick is the same page while none come in`;
  const figures = [...pages.keys()].flatMap((name) =>
    (
      [
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const
    ).map(
      ([word, share]): Measured => ({
        figure: `${name}-${word}`,
        unit: 'ms',
        values: [percentile(busy.get(name) ?? [], share)],
        yardstick: { name: 'no events coming in', values: [percentile(quiet.get(name) ?? [], share)] },
        how,
      }),
    ),
  );
  const ack: Measured = {
    figure: 'ack-p95',
    unit: 'ms',
    values: [percentile(waits, 0.95)],
    yardstick: 'none: a time',
    how: 'from send to acknowledgement of a batch of 100 at the steady rate, while pages are opened',
  };
  return [...figures, ack, await slowed(visitor, senders, pages, progress)];
}

/** How much pages cost ingest at its full speed. */
async function slowed(
  visitor: ConsoleVisitor,
  senders: readonly Sender[],
  pages: ReadonlyMap<string, string>,
  progress: (text: string) => void,
): Promise<Measured> {
  const [alone, beside]: [number[], number[]] = [[], []];
  for (let run = 0; run < 5; run += 1) {
    progress(`ingest at full speed, run ${run + 1}`);
    alone.push(await flood(senders, 2));
    const browsing = browse(visitor, [...pages.values()]);
    beside.push(await flood(senders, 2));
    await browsing.stop();
  }
  return {
    figure: 'ingest-while-browsing',
    unit: 'events/s',
    values: beside,
    yardstick: { name: 'nobody at the console', values: alone },
    how: 'acknowledged events a second at full speed while five pages a second are opened',
  };
}

async function openAll(
  visitor: ConsoleVisitor,
  pages: ReadonlyMap<string, string>,
  views: number,
  progress: (text: string) => void,
) {
  const times = new Map<string, number[]>([...pages.keys()].map((name) => [name, []]));
  // The first time of each compiles its template and its statements.
  for (const path of pages.values()) await visitor.open(path);
  for (let view = 0; view < views; view += 1) {
    progress(`view ${view + 1} of ${views}`);
    for (const [name, path] of pages) times.get(name)?.push(await visitor.open(path));
  }
  return times;
}

/** 2,000 events a second: on time, a batch of 100 from one computer after the other, whatever the answers take. */
function steady(senders: readonly Sender[]) {
  const under: Promise<number[]>[] = [];
  let isOver = false;
  const began = performance.now();
  const gap = (1000 * eventsPerBatch) / eventsPerSecond;
  const running = (async () => {
    for (let turn = 0; !isOver; turn += 1) {
      const sender = senders[turn % senders.length];
      if (!sender) return;
      // By its next turn a computer has long been answered, or the figure would be of a collector that is too slow.
      if (turn >= senders.length) await under[turn - senders.length];
      under.push(sender.agent.send([sender.agent.prepare(sender.source, eventsPerBatch)], 1));
      await pause(Math.max(0, began + (turn + 1) * gap - performance.now()));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
      const waits = (await Promise.all(under)).flat();
      return { waits, rate: (waits.length * eventsPerBatch * 1000) / (performance.now() - began) };
    },
  };
}

function browse(visitor: ConsoleVisitor, paths: readonly string[]) {
  let isOver = false;
  const running = (async () => {
    for (let turn = 0; !isOver; turn += 1) {
      await visitor.open(paths[turn % paths.length] ?? '/');
      await pause(200);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await running;
    },
  };
}
