import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortcullisError } from '#shared/errors.ts';
import { type CollectorChild, startCollectorChild } from '../estate/collector-child.ts';
import type { CrewFigures } from '../estate/crew.ts';
import { type Estate, startEstate } from '../estate/estate.ts';
import { proveStored } from '../estate/proof.ts';
import { bareName, startBareServer } from './bare.ts';
import { addVisitor, visitConsole } from './console-visitor.ts';
import { type Bench, type BenchContext, type Measured, median, percentile } from './figures.ts';

const eventsEach = 20;
const visitMilliseconds = 500;

interface Storm {
  /** Seconds until the last was served, and until half of them were. */
  last: number;
  half: number;
  bareLast: number;
  /** Bytes of resident memory at its highest. */
  peak: number;
  /** Milliseconds of each page that was opened meanwhile. */
  pages: number[];
  failures: number;
}

/** All agents come back at the same moment, as when a network returns or a collector is started again. */
export const reconnectStormBench: Bench = {
  about: 'time until 10,000 agents that return at once with 20 events each are all served',
  async run(context) {
    const { sizes, runs } = planFor(context);
    const most = sizes.at(-1) ?? 0;
    const collector = await startCollectorChild();
    const estate = startEstate(most);
    try {
      context.progress(`enrolling ${most} computers`);
      await estate.enrol(collector.url, [await collector.code(most)]);
      await addVisitor(collector.store);
      const storms = new Map<number, Storm[]>(sizes.map((size) => [size, []]));
      for (let run = 1; run <= runs; run += 1) {
        for (const size of sizes) {
          context.progress(`run ${run} of ${runs}: ${size} return`);
          storms.get(size)?.push(await storm(collector, estate, size));
        }
      }
      await collector.halt();
      context.progress('verifying');
      await proveStored(collector.store, sizes.reduce((sum, size) => sum + size * eventsEach, 0) * runs);
      return figures(storms, most);
    } finally {
      await estate.stop();
      await collector.stop();
    }
  },
};

/** With PORTCULLIS_BENCH_AGENTS and PORTCULLIS_BENCH_RUNS fewer of them, for a look on a small or busy machine. */
function planFor({ quick }: BenchContext): { sizes: number[]; runs: number } {
  if (quick) return { sizes: [20, 40], runs: 1 };
  const most = Number(process.env.PORTCULLIS_BENCH_AGENTS ?? 10_000);
  const runs = Number(process.env.PORTCULLIS_BENCH_RUNS ?? 5);
  return { sizes: [8, 4, 2, 1].map((part) => Math.round(most / part)), runs };
}

async function storm(collector: CollectorChild, estate: Estate, computers: number): Promise<Storm> {
  const { sent } = await estate.order({ do: 'prepare', computers, events: eventsEach });
  await collector.restart();
  const looking = await lookAround(collector.url);
  const returned = await estate.order({ do: 'return', computers });
  const pages = await looking.stop();
  const peak = highestResident(collector.pid);
  if (returned.acknowledged !== sent)
    throw new PortcullisError('notServed', `${returned.acknowledged} of ${sent} events were acknowledged: no figure.`);
  await estate.order({ do: 'disconnect' });
  const server = await startBareServer(collector);
  const bare = await estate.order({ do: 'return', computers, address: server.url });
  await estate.order({ do: 'disconnect' });
  await server.stop();
  return {
    last: lastOf(returned),
    half: median(returned.times) / 1000,
    bareLast: lastOf(bare),
    peak,
    pages,
    failures: returned.failures,
  };
}

function lastOf({ times }: CrewFigures): number {
  return percentile(times, 1) / 1000;
}

/** Somebody who opens a page twice a second. */
async function lookAround(url: string) {
  const visitor = await visitConsole(url);
  const times: number[] = [];
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      times.push(await visitor.open('/computers'));
      await sleep(visitMilliseconds);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await looking;
      visitor.close();
      return times;
    },
  };
}

function highestResident(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function figures(storms: ReadonlyMap<number, Storm[]>, most: number): Measured[] {
  const all = storms.get(most) ?? [];
  const failures = median(all.map((one) => one.failures));
  const how =
    `the collector started anew, so that no TLS session can be taken up again; all connect in the same moment from ${Math.ceil(most / 50)} addresses, say hello, ` +
    `and send ${eventsEach} events in a signed batch made beforehand; who is turned away comes again as real agents do (${failures} connections at the median); ` +
    'the clients, on the same processors, are counted in; afterwards every event is there once and every chain holds';
  const seconds = (figure: string, read: (storm: Storm) => number, bare: (storm: Storm) => number): Measured => ({
    figure,
    unit: 's',
    values: all.map(read),
    yardstick: { name: bareName, values: all.map(bare) },
    how,
  });
  return [
    seconds(
      'all-served',
      ({ last }) => last,
      ({ bareLast }) => bareLast,
    ),
    {
      ...seconds(
        'half-served',
        ({ half }) => half,
        () => 0,
      ),
      yardstick: 'none: a time',
    },
    {
      figure: 'peak-memory',
      unit: 'MB',
      values: all.map(({ peak }) => peak / 1024 / 1024),
      yardstick: 'none: a bound',
      how: `highest resident memory of the collector's process with ${most} agents returning`,
    },
    {
      figure: 'page-longest',
      unit: 'ms',
      values: all.map(({ pages }) => percentile(pages, 1)),
      yardstick: 'none: a time',
      how: `the longest that the console's list of computers took meanwhile, opened twice a second over a kept connection`,
    },
    ...[...storms].map(
      ([size, some]): Measured => ({
        figure: `per-thousand-${size}`,
        unit: 's',
        values: some.map(({ last }) => (last * 1000) / size),
        yardstick: { name: bareName, values: some.map(({ bareLast }) => (bareLast * 1000) / size) },
        how: `seconds for each thousand when ${size} return at once`,
        growth: { row: 'seconds for each thousand', of: 'returning agents', size },
      }),
    ),
  ];
}
