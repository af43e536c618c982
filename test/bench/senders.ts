import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '#shared/clock.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { profileText } from '../../collector/policies/policies.ts';
import type { CollectorChild } from '../estate/collector-child.ts';
import { enrolled } from '../estate/enrol.ts';
import { eventSource } from '../estate/event-mix.ts';
import type { EventSource, SimulatedAgent } from '../fakes/simulated-agent.ts';

/** A computer of an estate that is at work while something else is measured. */
export interface Sender {
  agent: SimulatedAgent;
  source: EventSource;
}

/** @param senders those who are connected, also when it fails halfway: the caller closes them */
export async function addSenders(
  { url, code }: CollectorChild,
  computers: number,
  senders: Sender[],
  progress: (text: string) => void,
): Promise<void> {
  const policy = loadPolicy(profileText('focus'));
  const start = systemClock.now() - 30 * 24 * 3_600_000;
  const hostnames = Array.from({ length: computers }, (_, index) => `FOC-LT-${index}`);
  for await (const agent of enrolled({ url, codes: [await code(computers)], hostnames })) {
    progress(`enrolling ${senders.length + 1} of ${computers}`);
    await agent.connect();
    senders.push({ agent, source: eventSource(senders.length + 1, 'allowed', policy, start) });
  }
}

/** Everybody sends as fast as the collector takes it. @returns events a second */
export async function flood(senders: readonly Sender[], batches: number, eventsPerBatch = 100): Promise<number> {
  const prepared = senders.map(({ agent, source }) =>
    Array.from({ length: batches }, () => ({ ...agent.prepare(source, eventsPerBatch), rows: [] })),
  );
  const began = performance.now();
  await Promise.all(senders.map(({ agent }, index) => agent.send(prepared[index] ?? [], 2)));
  return (senders.length * batches * eventsPerBatch * 1000) / (performance.now() - began);
}

export interface Steady {
  eventsPerSecond: number;
  eventsPerBatch: number;
}

/** On time, a batch from one computer after the other, whatever the answers take. */
export function steady(senders: readonly Sender[], { eventsPerSecond, eventsPerBatch }: Steady) {
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
    /** @returns milliseconds from send to acknowledgement of each, and the events a second that there were */
    async stop() {
      isOver = true;
      await running;
      const waits = (await Promise.all(under)).flat();
      return { waits, rate: (waits.length * eventsPerBatch * 1000) / (performance.now() - began) };
    },
  };
}
