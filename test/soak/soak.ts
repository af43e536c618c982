import { setTimeout as sleep } from 'node:timers/promises';
import { addVisitor, type ConsoleVisitor, visitConsole } from '../bench/console-visitor.ts';
import { usageOf } from '../bench/process-figures.ts';
import { startCollectorChild } from '../estate/collector-child.ts';
import { startEstate } from '../estate/estate.ts';
import { proveStored } from '../estate/proof.ts';
import { type Sample, type Verdict, verdictOf } from './verdict.ts';

export interface SoakOptions {
  agents: number;
  minutes: number;
  /** Seconds between samples. */
  every: number;
  progress(text: string): void;
}

export interface SoakReport extends Verdict {
  agents: number;
  minutes: number;
  events: number;
  /** Of these, not acknowledged six minutes after the end. With none, all were proven to be stored once, in chains that hold. */
  unacknowledged: number;
  /** Connections that were lost on purpose or otherwise, and taken up again. */
  reconnects: number;
  /** Percent of a core that the collector used, all threads. */
  cpu: number;
  pagesOpened: number;
  samples: Sample[];
}

/** As an estate on a busy day: often enough that a leak of a kilobyte an event or a connection shows. */
const work = { eventsPerMinute: 12, eventsPerMessage: 3, reconnectSeconds: 120 };
const paths = ['/', '/alerts', '/computers', '/media', '/software', '/health'];

/** Simulated agents work against a real collector, somebody looks at the console, and its memory is watched. */
export async function soak({ agents, minutes, every, progress }: SoakOptions): Promise<SoakReport> {
  const collector = await startCollectorChild('soak');
  const estate = startEstate(agents);
  try {
    progress(`enrolling ${agents} computers`);
    await estate.enrol(collector.url, [await collector.code(agents)]);
    await addVisitor(collector.store);
    const visitor = await visitConsole(collector.url);
    const { failures } = await estate.order({ do: 'connect', computers: agents });
    await estate.order({ do: 'begin-work', work });
    const began = performance.now();
    const cpuBefore = usageOf(collector.pid).cpu;
    const samples: Sample[] = [];
    while (performance.now() - began < minutes * 60_000) {
      await sleep(every * 1000);
      await visitor.open(paths[samples.length % paths.length] ?? '/');
      const seconds = Math.round((performance.now() - began) / 1000);
      samples.push({ seconds, ...(await memoryOf(visitor, collector.pid)) });
      progress(`${seconds} s: ${Math.round((samples.at(-1)?.resident ?? 0) / 1024 / 1024)} MB`);
    }
    const cpu = ((usageOf(collector.pid).cpu - cpuBefore) * 100) / (performance.now() - began);
    const told = await estate.order({ do: 'end-work' });
    visitor.close();
    const unacknowledged = told.sent - told.acknowledged;
    await collector.halt();
    if (unacknowledged === 0) await proveStored(collector.store, told.sent);
    return {
      ...verdictOf(samples),
      agents,
      minutes,
      events: told.sent,
      unacknowledged,
      reconnects: failures + told.failures + told.lost,
      cpu: Math.round(cpu * 10) / 10,
      pagesOpened: samples.length,
      samples,
    };
  } finally {
    await estate.stop();
    await collector.stop();
  }
}

/** The heap as the process tells it; resident memory as the system does. */
async function memoryOf(visitor: ConsoleVisitor, pid: number): Promise<Omit<Sample, 'seconds'>> {
  const text = await visitor.read('/metrics');
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    resident: usageOf(pid).resident,
    heapUsed: metric('nodejs_heap_size_used_bytes'),
    external: metric('nodejs_external_memory_bytes'),
  };
}
