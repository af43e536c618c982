import { openStore } from '../../collector/store/database.ts';
import { type CollectorChild, startCollectorChild } from '../estate/collector-child.ts';
import { fillUpAlerts } from './console-alerts.ts';
import { browse, chosenPages, openAll, type Pages } from './console-pages.ts';
import { addVisitor, type ConsoleVisitor, visitConsole } from './console-visitor.ts';
import { type Bench, type BenchContext, type Measured, percentile } from './figures.ts';
import { addSenders, flood, type Sender, steady } from './senders.ts';

interface Sizes {
  events: number;
  alerts: number;
  computers: number;
  /** Times each page is opened, without and with events coming in. */
  views: number;
  /** Pages are opened when the store holds this part of all, too. */
  parts: readonly number[];
}

/** Smaller by PORTCULLIS_BENCH_EVENTS and PORTCULLIS_BENCH_ALERTS, for a look on a busy machine. */
function sizesFor({ quick }: BenchContext): Sizes {
  if (quick) return { events: 20_000, alerts: 500, computers: 20, views: 5, parts: [2] };
  const number = (name: string, usual: number) => Number(process.env[name] ?? usual);
  return {
    events: number('PORTCULLIS_BENCH_EVENTS', 1_000_000),
    alerts: number('PORTCULLIS_BENCH_ALERTS', 20_000),
    computers: 300,
    views: 100,
    parts: [8, 4, 2],
  };
}

const stream = { eventsPerSecond: 2000, eventsPerBatch: 100 };

/** All that pages are opened with. */
interface Scene {
  collector: CollectorChild;
  visitor: ConsoleVisitor;
  senders: readonly Sender[];
  sizes: Sizes;
  progress(text: string): void;
}

/** Server time of the console's pages on a full store. */
export const consoleBench: Bench = {
  about: 'time of the console pages with a million events stored and 2,000 a second coming in',
  async run(context) {
    const { progress } = context;
    const sizes = sizesFor(context);
    const collector = await startCollectorChild();
    const senders: Sender[] = [];
    try {
      await addSenders(collector, sizes.computers, senders, progress);
      await addVisitor(collector.store);
      const visitor = await visitConsole(collector.url);
      try {
        return await measure({ collector, visitor, senders, sizes, progress });
      } finally {
        visitor.close();
      }
    } finally {
      for (const { agent } of senders) agent.close();
      await collector.stop();
    }
  },
};

async function measure(scene: Scene): Promise<Measured[]> {
  const { visitor, sizes, progress } = scene;
  const grown: Measured[] = [];
  let stored = 0;
  for (const part of sizes.parts) {
    const pages = await filled(scene, stored, part);
    // Once for nothing, or the smallest history alone would meet a collector that nobody has looked at yet.
    if (stored === 0) await openAll(visitor, pages, sizes.views, progress);
    stored = sizes.events / part;
    grown.push(...growth(await openAll(visitor, pages, sizes.views, progress), stored, sizes));
  }
  const pages = await filled(scene, stored, 1);
  const quiet = await openAll(visitor, pages, sizes.views, progress);
  return [
    ...(await busyFigures(scene, pages, quiet)),
    await slowed(scene, pages),
    ...grown,
    ...growth(quiet, sizes.events, sizes),
  ];
}

/** Sends events and raises alerts until there are this part of all. @returns the pages to open then */
async function filled({ collector, senders, sizes, progress }: Scene, stored: number, part: number): Promise<Pages> {
  const wanted = sizes.events / part;
  for (let sent = stored; sent < wanted; ) {
    progress(`${Math.round(sent)} of ${sizes.events} events`);
    const each = Math.min(stream.eventsPerBatch, Math.ceil((wanted - sent) / senders.length));
    await flood(senders, 1, each);
    sent += each * senders.length;
  }
  const { store, close } = openStore(collector.store);
  try {
    await fillUpAlerts(store, sizes.alerts / part);
    return await chosenPages(store);
  } finally {
    await close();
  }
}

/** The median of each page, beside so much history. */
function growth(times: ReadonlyMap<string, number[]>, stored: number, { events, alerts }: Sizes): Measured[] {
  return [...times].map(([page, values]) => ({
    figure: `${page}-beside-${stored}`,
    unit: 'ms',
    values,
    yardstick: 'none: it is beside itself',
    how: `the median of all views, while no events come in; an alert for at least every ${Math.round(events / alerts)} events stored`,
    growth: { row: page, of: 'events stored, and alerts with them', size: stored, beside: true },
  }));
}

async function busyFigures(
  { visitor, senders, sizes: { views, events, alerts }, progress }: Scene,
  pages: Pages,
  quiet: ReadonlyMap<string, number[]>,
): Promise<Measured[]> {
  const coming = steady(senders, stream);
  const busy = await openAll(visitor, pages, views, progress);
  const { waits, rate } = await coming.stop();
  const how = `from asking to the last byte over TLS on one kept connection, one page after the other, ${views} times each; ${events} events and ${alerts} alerts stored, ${Math.round(rate)} events a second coming in; the yardstick is the same page while none come in`;
  const figures = [...pages.keys()].flatMap((name) =>
    ([0.5, 0.95] as const).map(
      (share): Measured => ({
        figure: `${name}-p${share * 100}`,
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
  return [...figures, ack];
}

/** How much pages cost ingest at its full speed. */
async function slowed({ visitor, senders, progress }: Scene, pages: Pages): Promise<Measured> {
  const [alone, beside]: [number[], number[]] = [[], []];
  for (let run = 0; run < 5; run += 1) {
    progress(`ingest at full speed, run ${run + 1}`);
    alone.push(await flood(senders, 2));
    const browsing = browse(visitor, pages);
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
