import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CollectorChild, ended, startCollectorChild } from '../estate/collector-child.ts';
import { type Bench, type BenchContext, type Measured, percentile } from './figures.ts';
import { openBare, openOurs, type Side, type Times } from './latency-sides.ts';
import { addSenders, type Sender, steady } from './senders.ts';

interface Plan {
  runs: number;
  signals: number;
  /** Events a second that others send, ascending, and signals at each. */
  rates: readonly number[];
  signalsEach: number;
}
const usual: Plan = { runs: 5, signals: 12, rates: [250, 500, 1000, 2000], signalsEach: 8 };
const quickPlan: Plan = { runs: 1, signals: 2, rates: [100, 200], signalsEach: 1 };
/** Open pages are told of news no more often. */
const bellMilliseconds = 1000;
const others = { computers: 50, eventsPerBatch: 10 };
const bareName = 'fs.watch, a row in a file of SQLite, a TLS WebSocket, a row in another';

/** How long it takes from a stick's appearing until it is on the agent's disk, in the collector's store, and on a page. */
export const latencyBench: Bench = {
  about: "from a device's signal to the agent's disk, the collector's store and a row on the console",
  async run({ quick, progress }) {
    const plan = quick ? quickPlan : usual;
    const collector = await startCollectorChild();
    const children: ChildProcess[] = [];
    try {
      const ours = await openOurs(collector, children);
      const bare = await openBare(collector, children);
      const times: { ours: Times[]; bare: Times[] }[] = [];
      // The first of each wakes up what sleeps, and is not counted.
      for (const side of [ours, bare]) await side.signal('Bench stick');
      for (let run = 0; run < plan.runs; run += 1) {
        const both: { ours: Times[]; bare: Times[] } = { ours: [], bare: [] };
        times.push(both);
        for (let signal = 0; signal < plan.signals; signal += 1) {
          progress(`run ${run + 1} of ${plan.runs}, signal ${signal + 1}`);
          both.ours.push(await ours.signal(`Bench stick ${run}-${signal}`));
          both.bare.push(await bare.signal(`${run}-${signal}`));
        }
      }
      const grown = await growth(collector, ours, plan, progress);
      ours.close();
      return [...figures(times, plan), ...grown];
    } finally {
      for (const child of children) await ended(child);
      await collector.stop();
    }
  },
};

function figures(times: readonly { ours: Times[]; bare: Times[] }[], { signals }: Plan): Measured[] {
  const how =
    `${signals} sticks a run, 3 s apart, put into the /sys and /dev of a real agent, which looks, decides, chains, stores and sends; seen by looking at both files of SQLite every millisecond; ` +
    'agent, collector, yardstick and looker on the same computer, the yardstick in turn with ours';
  const stages: [stage: keyof Times, figure: string, hasYardstick: boolean][] = [
    ['disk', 'on-agents-disk', true],
    ['stored', 'stored', true],
    ['row', 'on-console', false],
  ];
  return stages.flatMap(([stage, figure, hasYardstick]) =>
    ([0.5, 0.95] as const).map((share): Measured => {
      const of = (values: readonly Times[]) =>
        percentile(
          values.map((one) => one[stage]),
          share,
        );
      return {
        figure: `${figure}-p${share * 100}`,
        unit: 'ms',
        values: times.map(({ ours }) => of(ours)),
        yardstick: hasYardstick ? { name: bareName, values: times.map(({ bare }) => of(bare)) } : 'none: a time',
        how:
          stage === 'row' ? `${how}; the list of this computer's alerts rings, is fetched again, and has the row` : how,
      };
    }),
  );
}

/** The same while others send more and more. */
async function growth(
  collector: CollectorChild,
  ours: Side,
  { rates, signalsEach }: Plan,
  progress: BenchContext['progress'],
): Promise<Measured[]> {
  const figures: Measured[] = [];
  const senders: Sender[] = [];
  try {
    await addSenders(collector, others.computers, senders, progress);
    for (const eventsPerSecond of rates) {
      const coming = steady(senders, { eventsPerSecond, eventsPerBatch: others.eventsPerBatch });
      const times: Times[] = [];
      for (let signal = 0; signal < signalsEach; signal += 1) {
        progress(`beside ${eventsPerSecond} events a second, signal ${signal + 1} of ${signalsEach}`);
        // A signal follows the bell by whole seconds, and would always come when it has just rung.
        await sleep((signal * bellMilliseconds) / signalsEach);
        times.push(await ours.signal(`Bench stick beside ${eventsPerSecond}-${signal}`));
      }
      const { rate } = await coming.stop();
      figures.push(...besideOthers(times, eventsPerSecond, rate));
    }
    return figures;
  } finally {
    for (const { agent } of senders) agent.close();
  }
}

/** @param rate what others came to send; `wanted`, what they were to */
function besideOthers(times: readonly Times[], wanted: number, rate: number): Measured[] {
  const how = `the median of ${times.length} sticks; ${others.computers} other computers send ${others.eventsPerBatch} events a message meanwhile, from the process of the looker`;
  const stages: [stage: keyof Times, figure: string, how: string][] = [
    ['stored', 'stored', how],
    [
      'row',
      'on-console',
      `${how}; some raise alerts, and open pages are told of news once a second at most; the sticks come spread over that second`,
    ],
  ];
  return stages.map(([stage, figure, how]) => ({
    figure: `${figure}-beside-${wanted}`,
    unit: 'ms',
    values: times.map((one) => one[stage]),
    yardstick: 'none: a time',
    how,
    growth: { row: figure, of: 'events a second of others', size: Math.round(rate), beside: true },
  }));
}
