import { setTimeout as sleep } from 'node:timers/promises';
import { type Ending, reconnectDelay } from '../../agent/uplink/reconnect.ts';
import {
  type EventSource,
  type PreparedBatch,
  RefusedByCollector,
  type SimulatedAgent,
} from '../fakes/simulated-agent.ts';

/** What became of everything so far. */
export interface Tally {
  sent: number;
  acknowledged: number;
  /** Connections that did not come about, or ended while an answer was awaited. */
  failures: number;
  /** Connections given up on purpose. */
  lost: number;
  /** Codes of refusals. */
  refused: Record<string, number>;
  /** Milliseconds from send to acknowledgement, of each message. */
  waits: number[];
}

export function newTally(): Tally {
  return { sent: 0, acknowledged: 0, failures: 0, lost: 0, refused: {}, waits: [] };
}

/** A simulated agent that comes back by itself, with the patience of a real one. */
export interface Member {
  agent: SimulatedAgent;
  /** Makes a message now that will be sent later. */
  prepare(events: number): void;
  /** Connects, again and again until it is welcomed or the estate is given up. */
  join(address?: string): Promise<void>;
  /** Sends what was prepared, or this many new events, and waits until they are acknowledged, over as many connections as it takes. */
  report(events?: number): Promise<void>;
  /** Gives its connection up, to come back with the next report. */
  lose(): void;
  /** Sends again to another server what was acknowledged last; nothing is counted. */
  repeat(): Promise<void>;
}

export function member(agent: SimulatedAgent, source: EventSource, tally: Tally, givenUp: AbortSignal): Member {
  let waiting: { batch: PreparedBatch; events: number } | undefined;
  let last: PreparedBatch | undefined;
  let address: string | undefined;

  function prepare(events: number): void {
    waiting = { batch: { ...agent.prepare(source, events), rows: [] }, events };
    tally.sent += events;
  }

  async function join(where?: string): Promise<void> {
    address = where;
    for (let failures = 1; !givenUp.aborted; failures += 1) {
      try {
        await agent.connect(address);
        return;
      } catch (error) {
        await patience(noted(error), failures);
      }
    }
  }

  async function patience(ending: Ending, failures: number): Promise<void> {
    const delay = reconnectDelay(ending, failures, Math.random());
    await sleep(delay, undefined, { signal: givenUp }).catch(() => undefined);
  }

  function noted(error: unknown): Ending {
    tally.failures += 1;
    if (!(error instanceof RefusedByCollector)) return { welcomed: false, retry: true };
    const { code, retry, after } = error.refusal;
    tally.refused[code] = (tally.refused[code] ?? 0) + 1;
    return { welcomed: false, retry, ...(after !== undefined && { after }) };
  }

  async function report(events = 0): Promise<void> {
    if (!waiting) prepare(events);
    while (waiting && !givenUp.aborted) {
      const { batch, events: count } = waiting;
      if (!agent.isConnected()) await join(address);
      try {
        const [wait = 0] = await agent.send([batch], 1);
        tally.acknowledged += count;
        tally.waits.push(wait);
        last = batch;
        waiting = undefined;
      } catch (error) {
        await patience(noted(error), 0);
      }
    }
  }

  return {
    agent,
    prepare,
    join,
    report,
    lose() {
      tally.lost += 1;
      agent.disconnect();
    },
    async repeat() {
      if (last) await agent.send([last], 1);
    },
  };
}
