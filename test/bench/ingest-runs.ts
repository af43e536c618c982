import { join } from 'node:path';
import { loadPolicy } from '#shared/policy/load.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { type CollectorChild, startCollectorChild } from '../estate/collector-child.ts';
import { enrolled } from '../estate/enrol.ts';
import { eventSource, type Saves } from '../estate/event-mix.ts';
import { proveStored } from '../estate/proof.ts';
import type { EventSource, PreparedBatch, SimulatedAgent } from '../fakes/simulated-agent.ts';
import { usageOf } from './process-figures.ts';
import { type RawInsert, rawInsert } from './raw-insert.ts';

export interface Load {
  agents: number;
  eventsPerBatch: number;
  batchesPerAgent: number;
  inFlight: number;
  saves: Saves;
  runs: number;
}

/** One value a run, unless said otherwise. */
export interface Result {
  /** Events a second, acknowledged. */
  rates: number[];
  besideRates: number[];
  /** Microseconds of processor time an event. */
  cpu: number[];
  besideCpu: number[];
  /** Milliseconds from send to acknowledgement, all of a run. */
  waits: number[][];
  lineBytes: number;
  /** Events that raised an alert, as a share of all. */
  alerting: number;
}

interface Pass {
  rate: number;
  cpu: number;
  waits: number[];
}

interface Sender {
  agent: SimulatedAgent;
  source: EventSource;
}

/**
 * Sends a load through a real collector, run for run beside a yardstick, and proves afterwards that all of it is stored.
 * @param beside another load as the yardstick; without it, the raw insert of the same events
 * @throws PortcullisError `chainBroken`, `eventsMissing`
 */
export async function measureIngest(load: Load, progress: (text: string) => void, beside?: Load): Promise<Result> {
  const collector = await startCollectorChild();
  const agents: SimulatedAgent[] = [];
  try {
    progress(`enrolling ${load.agents} agents`);
    await enrol(collector, load.agents, agents);
    const senders = withEvents(agents, load.saves);
    const raw = await rawInsert(
      join(collector.folder, 'raw.sqlite'),
      agents.map(({ publicKey }) => publicKey),
    );
    const result: Result = { rates: [], besideRates: [], cpu: [], besideCpu: [], waits: [], lineBytes: 0, alerting: 0 };
    for (let run = 1; run <= load.runs; run += 1) {
      progress(`run ${run} of ${load.runs}`);
      const yardstick = beside && (await through(collector, beside, prepare(senders, beside), senders));
      const prepared = prepare(senders, load);
      const { rate: besideRate, cpu: besideCpu } = yardstick ?? insertRaw(raw, load, prepared);
      result.lineBytes = averageLine(prepared);
      for (const batch of prepared.flat()) batch.rows = [];
      const ours = await through(collector, load, prepared, senders);
      result.rates.push(ours.rate);
      result.cpu.push(ours.cpu);
      result.waits.push(ours.waits);
      result.besideRates.push(besideRate);
      result.besideCpu.push(besideCpu);
    }
    raw.close();
    progress('verifying');
    const sent = (eventsOf(load) + (beside ? eventsOf(beside) : 0)) * load.runs;
    return { ...result, alerting: (await proveStored(collector.store, sent)) / sent };
  } finally {
    for (const agent of agents) agent.close();
    await collector.stop();
  }
}

function eventsOf({ agents, eventsPerBatch, batchesPerAgent }: Load): number {
  return agents * eventsPerBatch * batchesPerAgent;
}

async function enrol(collector: CollectorChild, count: number, agents: SimulatedAgent[]): Promise<void> {
  const hostnames = Array.from({ length: count }, (_, index) => `FOC-LT-${index + 1}`);
  for await (const agent of enrolled({ url: collector.url, codes: [await collector.code(count)], hostnames })) {
    agents.push(agent);
    await agent.connect();
  }
}

function withEvents(agents: SimulatedAgent[], saves: Saves): Sender[] {
  const policy = loadPolicy(profileText('focus'));
  const start = Date.UTC(2026, 10, 1);
  return agents.map((agent, index) => ({ agent, source: eventSource(index + 1, saves, policy, start) }));
}

function prepare(senders: readonly Sender[], load: Load): PreparedBatch[][] {
  return senders
    .slice(0, load.agents)
    .map(({ agent, source }) =>
      Array.from({ length: load.batchesPerAgent }, () => agent.prepare(source, load.eventsPerBatch)),
    );
}

function insertRaw(raw: RawInsert, load: Load, prepared: PreparedBatch[][]): Omit<Pass, 'waits'> {
  const before = process.cpuUsage();
  const milliseconds = raw.insert(inTurn(prepared));
  const { user, system } = process.cpuUsage(before);
  return { rate: (eventsOf(load) * 1000) / milliseconds, cpu: (user + system) / eventsOf(load) };
}

async function through(
  collector: CollectorChild,
  load: Load,
  prepared: PreparedBatch[][],
  senders: readonly Sender[],
): Promise<Pass> {
  const before = usageOf(collector.pid).cpu;
  const start = performance.now();
  const waits = await Promise.all(
    prepared.map((batches, index) => senders[index]?.agent.send(batches, load.inFlight) ?? []),
  );
  const milliseconds = performance.now() - start;
  const cpu = ((usageOf(collector.pid).cpu - before) * 1000) / eventsOf(load);
  return { rate: (eventsOf(load) * 1000) / milliseconds, cpu, waits: waits.flat() };
}

/** In the order in which a collector gets them: one batch of each computer, then the next of each. */
function inTurn(prepared: PreparedBatch[][]): { computerNo: number; batch: PreparedBatch }[] {
  const rounds = prepared[0]?.length ?? 0;
  return Array.from({ length: rounds }, (_, round) =>
    prepared.flatMap((own, index) => {
      const batch = own[round];
      return batch ? [{ computerNo: index + 1, batch }] : [];
    }),
  ).flat();
}

function averageLine(prepared: PreparedBatch[][]): number {
  const rows = prepared.flat().flatMap((batch) => batch.rows);
  return rows.reduce((sum, { line }) => sum + line.length, 0) / rows.length;
}
