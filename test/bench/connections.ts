import { setTimeout as sleep } from 'node:timers/promises';
import { type CollectorChild, startCollectorChild } from '../estate/collector-child.ts';
import { type Estate, startEstate } from '../estate/estate.ts';
import { bareName, startBareServer } from './bare.ts';
import type { Bench, BenchContext, Measured } from './figures.ts';
import { usageOf } from './process-figures.ts';

interface Plan {
  /** Computers connected one after the other, ascending. */
  sizes: readonly number[];
  runs: number;
  settleMilliseconds: number;
  windowMilliseconds: number;
}
const usual: Plan = {
  sizes: [1250, 2500, 5000, 10_000],
  runs: 5,
  settleMilliseconds: 5000,
  windowMilliseconds: 30_000,
};
const quickPlan: Plan = { sizes: [25, 50], runs: 1, settleMilliseconds: 500, windowMilliseconds: 1000 };

/** What one server process holds at each size. */
interface Held {
  /** Bytes of resident memory beyond those of the server without anybody, and altogether. */
  more: number[];
  resident: number[];
  /** Percent of a core, with everybody connected and idle but for heartbeats. */
  cpu: number;
}

/** Memory and processor time of connected agents that have nothing to report. */
export const connectionsBench: Bench = {
  about: 'memory of idle agents, beside a bare TLS WebSocket server with as many',
  async run(context) {
    const plan = planFor(context);
    const most = plan.sizes.at(-1) ?? 0;
    const collector = await startCollectorChild();
    const estate = startEstate(most);
    try {
      context.progress(`enrolling ${most} computers`);
      await estate.enrol(collector.url, [await collector.code(most)]);
      const ours: Held[] = [];
      const bare: Held[] = [];
      for (let run = 1; run <= plan.runs; run += 1) {
        context.progress(`run ${run} of ${plan.runs}`);
        ours.push(await heldByCollector(collector, estate, plan));
        bare.push(await heldByBareServer(collector, estate, plan));
      }
      return figures(plan, ours, bare);
    } finally {
      await estate.stop();
      await collector.stop();
    }
  },
};

/** With PORTCULLIS_BENCH_AGENTS and PORTCULLIS_BENCH_RUNS fewer of them, for a look on a small or busy machine. */
function planFor({ quick }: BenchContext): Plan {
  if (quick) return quickPlan;
  const most = Number(process.env.PORTCULLIS_BENCH_AGENTS ?? 10_000);
  const runs = Number(process.env.PORTCULLIS_BENCH_RUNS ?? usual.runs);
  return { ...usual, runs, sizes: usual.sizes.map((size) => Math.round((size * most) / 10_000)) };
}

/** Each run begins with a new process: memory once had is seldom given back. */
async function heldByCollector(collector: CollectorChild, estate: Estate, plan: Plan): Promise<Held> {
  await collector.restart();
  return held({ url: collector.url, pid: collector.pid }, estate, plan);
}

async function heldByBareServer(collector: CollectorChild, estate: Estate, plan: Plan): Promise<Held> {
  const server = await startBareServer(collector);
  try {
    return await held(server, estate, plan);
  } finally {
    await server.stop();
  }
}

async function held({ url, pid }: { url: string; pid: number }, estate: Estate, plan: Plan): Promise<Held> {
  await sleep(plan.settleMilliseconds);
  const empty = usageOf(pid).resident;
  const resident: number[] = [];
  for (const computers of plan.sizes) {
    await estate.order({ do: 'connect', computers, address: url });
    await sleep(plan.settleMilliseconds);
    resident.push(usageOf(pid).resident);
  }
  const before = usageOf(pid).cpu;
  const began = performance.now();
  await sleep(plan.windowMilliseconds);
  const cpu = ((usageOf(pid).cpu - before) * 100) / (performance.now() - began);
  await estate.order({ do: 'disconnect' });
  return { more: resident.map((bytes) => bytes - empty), resident, cpu };
}

function figures(
  { sizes, runs, settleMilliseconds, windowMilliseconds }: Plan,
  ours: Held[],
  bare: Held[],
): Measured[] {
  const how =
    `agents with identities of their own, welcomed over TLS 1.3 and sending a status every 30 s; the server's process started anew in each of ${runs} runs, ` +
    `its resident memory ${settleMilliseconds / 1000} s after the last was welcomed, less what it had before the first; no garbage collection is forced`;
  const beside = (read: (held: Held) => number) => ({ name: bareName, values: bare.map(read) });
  const most = sizes.at(-1) ?? 0;
  return [
    ...sizes.map((size, place): Measured => {
      const each = ({ more }: Held) => (more[place] ?? Number.NaN) / size / 1024;
      return {
        figure: `memory-per-agent-${size}`,
        unit: 'KB',
        values: ours.map(each),
        yardstick: beside(each),
        how,
        growth: { row: 'memory-per-agent', of: 'connected agents', size },
      };
    }),
    {
      figure: 'memory',
      unit: 'MB',
      values: ours.map(({ resident }) => (resident.at(-1) ?? Number.NaN) / 1024 / 1024),
      yardstick: beside(({ resident }) => (resident.at(-1) ?? Number.NaN) / 1024 / 1024),
      how: `the whole process with ${most} ${how}`,
    },
    {
      figure: 'idle-cpu',
      unit: '% of a core',
      values: ours.map(({ cpu }) => cpu),
      yardstick: beside(({ cpu }) => cpu),
      how: `all threads, in ${windowMilliseconds / 1000} s with ${most} agents connected; the yardstick takes the statuses and leaves them unread`,
    },
  ];
}
