import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#shared/clock.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import { profileText } from '../../collector/policies/policies.ts';
import { enrolled } from './enrol.ts';
import { eventSource } from './event-mix.ts';
import { heartbeats } from './heartbeats.ts';
import { type Member, member, newTally, type Tally } from './member.ts';

/** A part of an estate, all in one process. */
export interface Share {
  url: string;
  codes: string[];
  /** Computers of this part, and how many of the estate come before them. */
  computers: number;
  first: number;
}

export interface Work {
  /** Of each computer, in a minute. */
  eventsPerMinute: number;
  eventsPerMessage: number;
  /** Seconds after which a computer loses its connection and comes back; 0 for never. */
  reconnectSeconds: number;
}

/** What can be asked of a crew. Each is answered when it is done. */
export type Order =
  | { do: 'enrol'; share: Share }
  /** The first so many connect; those that are stay so. */
  | { do: 'connect'; computers: number; address?: string }
  | { do: 'disconnect' }
  | { do: 'prepare'; computers: number; events: number }
  /** The first so many connect at the same moment and send what was prepared, or to another server what they sent last. */
  | { do: 'return'; computers: number; address?: string }
  | { do: 'begin-work'; work: Work }
  | { do: 'end-work' };

export interface CrewFigures extends Tally {
  connected: number;
  /** Milliseconds from the order until each was done with it. */
  times: number[];
}

/** What a process answers to an order. */
export type CrewAnswer = CrewFigures | { error: string };

export interface Crew {
  carryOut(order: Order): Promise<CrewFigures>;
}

/** Computers that connect or return at the same time do so from one moment on; these few when they are merely to be there. */
const connectingAtOnce = 20;
/** Within which everything sent has to be acknowledged when the work is over: more than an agent waits to come back. */
const answerMilliseconds = 6 * 60_000;

export function crew(): Crew {
  const policy = loadPolicy(profileText('focus'));
  const givenUp = new AbortController();
  const members: Member[] = [];
  const tally = newTally();
  let work: { end(): Promise<void> } | undefined;
  let silence: (() => void) | undefined;

  async function enrol(share: Share): Promise<void> {
    const { first, computers } = share;
    const hostnames = Array.from(
      { length: computers },
      (_, index) => `SIM-LT-${String(first + index + 1).padStart(5, '0')}`,
    );
    const start = systemClock.now();
    for await (const agent of enrolled({ ...share, hostnames })) {
      const source = eventSource(first + members.length + 1, 'allowed', policy, start);
      members.push(member(agent, source, tally, givenUp.signal));
    }
  }

  function beHeard(): void {
    silence?.();
    silence = heartbeats(members.map(({ agent }) => agent).filter((agent) => agent.isConnected()));
  }

  async function connect(computers: number, address?: string): Promise<void> {
    const away = members.slice(0, computers).filter(({ agent }) => !agent.isConnected());
    const next = async () => {
      for (let one = away.shift(); one; one = away.shift()) await one.join(address);
    };
    await Promise.all(Array.from({ length: connectingAtOnce }, next));
    beHeard();
  }

  async function comeBack(computers: number, address?: string): Promise<number[]> {
    const began = performance.now();
    return Promise.all(
      members.slice(0, computers).map(async (one) => {
        await one.join(address);
        await (address === undefined ? one.report() : one.repeat());
        return performance.now() - began;
      }),
    );
  }

  function disconnect(): void {
    silence?.();
    for (const { agent } of members) agent.disconnect();
  }

  /** The work so far is told once: what is asked for next begins at nothing. */
  function figures(times: number[]): CrewFigures {
    const told = { ...tally, refused: { ...tally.refused }, waits: [...tally.waits] };
    Object.assign(tally, newTally());
    return { ...told, times, connected: members.filter(({ agent }) => agent.isConnected()).length };
  }

  async function carryOut(order: Order): Promise<number[]> {
    switch (order.do) {
      case 'enrol':
        await enrol(order.share);
        return [];
      case 'connect':
        await connect(order.computers, order.address);
        return [];
      case 'disconnect':
        disconnect();
        return [];
      case 'prepare':
        for (const one of members.slice(0, order.computers)) one.prepare(order.events);
        return [];
      case 'return':
        return comeBack(order.computers, order.address);
      case 'begin-work':
        work = working(members, order.work);
        return [];
      case 'end-work':
        await Promise.race([work?.end(), sleep(answerMilliseconds).then(() => givenUp.abort())]);
        return [];
    }
  }

  return { carryOut: async (order) => figures(await carryOut(order)) };
}

/** Everybody reports at times of its own, which chance spreads evenly. */
function working(members: readonly Member[], { eventsPerMinute, eventsPerMessage, reconnectSeconds }: Work) {
  const over = new AbortController();
  const between = (60_000 * eventsPerMessage) / eventsPerMinute;
  const pause = (milliseconds: number) =>
    sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
  const running = members.map(async (one, index) => {
    let connectedAt = performance.now() - (reconnectSeconds * 1000 * index) / members.length;
    await pause(between * Math.random());
    while (!over.signal.aborted) {
      if (reconnectSeconds > 0 && performance.now() - connectedAt > reconnectSeconds * 1000) {
        one.lose();
        connectedAt = performance.now();
      }
      await one.report(eventsPerMessage);
      await pause(between * (0.5 + Math.random()));
    }
  });
  return {
    async end() {
      over.abort();
      await Promise.all(running);
    },
  };
}
