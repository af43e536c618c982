import { mixText } from '../estate/event-mix.ts';
import { mostInFlight } from '../fakes/simulated-agent.ts';
import { type Bench, type BenchContext, type Measured, percentile } from './figures.ts';
import { type Load, measureIngest, type Result } from './ingest-runs.ts';

/** 64 computers stay within what the collector allows one: 50,000 events at once, 5000 a second on end. */
const batches: Load = {
  agents: 64,
  eventsPerBatch: 100,
  batchesPerAgent: 70,
  inFlight: mostInFlight,
  saves: 'allowed',
  runs: 5,
};
const violations: Load = { ...batches, batchesPerAgent: 40, saves: 'forbidden' };
const small: Load = { ...batches, agents: 256, eventsPerBatch: 1, batchesPerAgent: 150 };
const rawName = 'raw better-sqlite3 insert, 1000 rows a transaction';

/** Batches of a hundred, few of them violations: the figure to compare others with. */
export const ingestBench: Bench = {
  about: 'durable acknowledged events a second, beside a raw SQLite insert',
  async run(context) {
    const load = sized(batches, context);
    const result = await measureIngest(load, context.progress);
    return [...batched('', load, result), ...(await growth(load, result, context))];
  },
};

/** What an event costs with more and more agents, each of which sends as much. @param most of them, measured already */
async function growth(most: Load, ofMost: Result, { quick, progress }: BenchContext): Promise<Measured[]> {
  const figures: Measured[] = [];
  for (const part of quick ? [2] : [8, 4, 2]) {
    const load = { ...most, agents: most.agents / part, runs: Math.min(3, most.runs) };
    figures.push(costOfOne(load, await measureIngest(load, progress)));
  }
  return [...figures, costOfOne(most, ofMost)];
}

function costOfOne(load: Load, result: Result): Measured {
  return {
    figure: `processor-time-${load.agents}`,
    unit: 'µs an event',
    values: result.cpu,
    yardstick: { name: rawName, values: result.besideCpu },
    how: `of all threads of the collector, TLS included; ${howText(load, result)}`,
    growth: { row: 'processor time of an event', of: 'agents that send', size: load.agents },
  };
}

/** As an estate looks that has just begun to look: every saved document is a violation. */
export const violationsBench: Bench = {
  about: 'the same where two events of three raise an alert',
  async run(context) {
    const load = sized(violations, context);
    return batched('-violations', load, await measureIngest(load, context.progress));
  },
};

/** The costliest way to send: every event by itself, with a signature of its own. */
export const smallBench: Bench = {
  about: 'the same with one event a message, beside batches of 100',
  async run(context) {
    const load = sized(small, context);
    const beside = { ...load, agents: Math.min(64, load.agents), eventsPerBatch: 100, batchesPerAgent: 20 };
    const result = await measureIngest(load, context.progress, beside);
    return [
      throughput('small-events-per-second', load, result, 'batches of 100'),
      latency('small-ack-p50', load, result, 0.5),
      latency('small-ack-p99', load, result, 0.99),
    ];
  },
};

function batched(suffix: string, load: Load, result: Result): Measured[] {
  return [
    throughput(`events-per-second${suffix}`, load, result, rawName),
    {
      figure: `processor-time${suffix}`,
      unit: 'µs an event',
      values: result.cpu,
      yardstick: { name: rawName, values: result.besideCpu },
      how: 'of all threads of the collector, TLS included, against the one thread that only inserts',
    },
    latency(`ack-p99${suffix}`, load, result, 0.99),
  ];
}

function sized(load: Load, { quick }: BenchContext): Load {
  return quick ? { ...load, agents: load.agents / 8, batchesPerAgent: 20, runs: 1 } : load;
}

function throughput(figure: string, load: Load, result: Result, name: string): Measured {
  return {
    figure,
    unit: 'events/s',
    values: result.rates,
    yardstick: { name, values: result.besideRates },
    how: howText(load, result),
  };
}

function latency(figure: string, load: Load, result: Result, share: number): Measured {
  return {
    figure,
    unit: 'ms',
    values: result.waits.map((run) => percentile(run, share)),
    yardstick: 'none: a time',
    how: `from send to acknowledgement under full load; ${howText(load, result)}`,
  };
}

function howText({ agents, eventsPerBatch, inFlight }: Load, { lineBytes, alerting }: Result): string {
  return (
    `${agents} enrolled agents over TLS, ${eventsPerBatch} events a message, at most ${inFlight} messages in flight each; ` +
    'frames made, signed and masked beforehand by another process on the same computer; first send to last acknowledgement; ' +
    `afterwards counted and every chain verified; lines of ${Math.round(lineBytes)} bytes on average: ${mixText}; ` +
    `${(alerting * 100).toFixed(1)} % raise an alert`
  );
}
