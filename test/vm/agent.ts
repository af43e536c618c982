import { expect, vi } from 'vitest';
import type { DeviceFacts } from '#shared/device/facts.ts';
import type { EventKind, PortcullisEvent } from '#shared/events/kinds.ts';
import type { Outcome } from '#shared/policy/decision.ts';
import type { EventOf, TestCollector } from './collector.ts';
import type { Background } from './guest.ts';
import type { Machine } from './machine.ts';

/** Generous: an emulated processor on a busy computer is slow, and no test measures speed. */
export const withinMilliseconds = 60_000;

const program = ['/usr/bin/node', '/opt/portcullis/agent/portcullis-agent.cjs'];
const home = '/root/.portcullis-laboratory';
/** Where the agent writes first when it records something. */
export const spoolFile = `${home}/agent/spool.sqlite-wal`;
const environment = ['/usr/bin/env', `PORTCULLIS_HOME=${home}`];
/** The agent's command in the guest, with the home of `enrolAgent`. */
export const portcullisAgent = [...environment, ...program];

/** The real agent in the guest, known to the real collector outside. */
export interface TestAgent {
  computerId: string;
  /** Starts it and waits until everything is watched. */
  start(): Promise<void>;
  /** Ends it: SIGTERM as a service manager would, SIGKILL as an attacker would. Gives status or signal. */
  end(signal: 'TERM' | 'KILL'): Promise<string>;
  /** Whether it runs now, with the process it was started as. */
  isRunning(): Promise<boolean>;
  /** Everything stored so far. */
  events(): Promise<PortcullisEvent[]>;
  /** Number of the last event stored, for `since`. */
  lastSequence(): Promise<number>;
  /** Events of a kind with a greater number that pass, as soon as there is one; fails when none comes. */
  expectEvents<K extends EventKind>(
    kind: K,
    since: number,
    matches?: (event: EventOf<K>) => boolean,
    timeoutMilliseconds?: number,
  ): Promise<EventOf<K>[]>;
  /** The same for an exact number of them. */
  expectCount<K extends EventKind>(
    kind: K,
    since: number,
    matches: (event: EventOf<K>) => boolean,
    count: number,
  ): Promise<void>;
  /**
   * Waits until what was last told of a device, by `media.attached` or `media.changed`, is as expected. Volumes become
   * known a moment after the device. Gives the event that told it.
   */
  expectKnown(
    since: number,
    expected: { device: object; volumes: object[] },
    timeoutMilliseconds?: number,
  ): Promise<Known>;
  /** Waits until the last event that tells an outcome of carrying a decision out tells this one. */
  expectOutcome(since: number, state: Outcome['state']): Promise<void>;
  /** How many events of some kinds there are by now about devices on a bus. */
  expectCountsOf(bus: DeviceFacts['bus'], since: number, counts: Partial<Record<EventKind, number>>): Promise<void>;
  /** Events of some kinds about USB devices, in order, each as kind and serial. */
  toldOfUsb(since: number, kinds: readonly EventKind[]): Promise<string[]>;
  log(): Promise<string>;
}
type Known = EventOf<'media.attached'> | EventOf<'media.changed'>;
type DeviceEvent = Extract<PortcullisEvent, { data: { device: DeviceFacts } }>;

const inTime = (timeout = withinMilliseconds) => ({ timeout, interval: 200 });

export async function enrolAgent({ guest }: Machine, collector: TestCollector): Promise<TestAgent> {
  const code = await collector.enrolmentCode();
  const url = `https://10.0.2.2:${collector.port}`;
  const said = await guest.run([...portcullisAgent, 'enrol', '--collector', url, '--code', code], {
    timeoutMilliseconds: 240_000,
  });
  const computerId = /as (\S+)\.$/m.exec(said)?.[1];
  if (!computerId) throw new Error(`The enrolment said: ${said}`);
  let running: Background | undefined;
  const events = () => collector.events(computerId);
  const lastSequence = async () => (await events()).at(-1)?.seq ?? 0;

  async function start(): Promise<void> {
    const since = await lastSequence();
    const background = await guest.start([...portcullisAgent, 'run', '--log', '/root/agent.log']);
    running = background;
    const ended = background.ended.then((how) => {
      throw new Error(`The agent ended by itself (${how}): ${background.lines.join('\n')}`);
    });
    await Promise.race([ended, expectEvents('agent.coverage-changed', since, () => true, 240_000)]);
    ended.catch(() => undefined);
  }

  async function expectEvents<K extends EventKind>(
    kind: K,
    since: number,
    matches: (event: EventOf<K>) => boolean = () => true,
    timeout = withinMilliseconds,
  ): Promise<EventOf<K>[]> {
    return vi.waitFor(async () => {
      const later = (await events()).filter(({ seq }) => seq > since);
      const found = later.filter((event): event is EventOf<K> => event.kind === kind).filter(matches);
      if (found.length === 0) throw new Error(`No such ${kind}; after ${since} came ${JSON.stringify(later, null, 1)}`);
      return found;
    }, inTime(timeout));
  }

  const after = async (since: number) => (await events()).filter(({ seq }) => seq > since);

  async function onBus(bus: DeviceFacts['bus'], since: number, kinds: readonly string[]): Promise<DeviceEvent[]> {
    const about = (await after(since)).filter((event): event is DeviceEvent => 'device' in event.data);
    return about.filter(({ kind, data }) => kinds.includes(kind) && data.device.bus === bus);
  }

  return {
    computerId,
    start,
    events,
    lastSequence,
    expectEvents,
    expectCount: (kind, since, matches, count) =>
      vi.waitFor(async () => expect(await expectEvents(kind, since, matches)).toHaveLength(count), inTime()),
    expectKnown: (since, expected, timeout) =>
      vi.waitFor(async () => {
        const last = (await after(since)).filter(isKnown).at(-1);
        expect(last?.data).toMatchObject(expected);
        return last as Known;
      }, inTime(timeout)),
    expectOutcome: (since, state) =>
      vi.waitFor(async () => {
        const outcomes = (await after(since)).flatMap(({ outcome }) => outcome ?? []);
        expect(outcomes.at(-1)).toMatchObject({ state });
      }, inTime()),
    async expectCountsOf(bus, since, counts) {
      const kinds = Object.keys(counts);
      const about = await onBus(bus, since, kinds);
      const found = kinds.map((kind) => [kind, about.filter((event) => event.kind === kind).length]);
      expect(Object.fromEntries(found)).toEqual(counts);
    },
    async toldOfUsb(since, kinds) {
      return (await onBus('usb', since, kinds)).map(({ kind, data }) => `${kind} ${data.device.serial ?? '-'}`);
    },
    async end(signal) {
      if (!running) throw new Error('The agent was not started.');
      await guest.run(['/bin/kill', `-${signal}`, `${running.pid}`]);
      return running.ended;
    },
    async isRunning() {
      const said = await guest.sh(`readlink /proc/${running?.pid}/exe || true`);
      return said.trim() === '/usr/bin/node';
    },
    log: () => guest.run(['/bin/cat', '/root/agent.log']),
  };
}

function isKnown(event: PortcullisEvent): event is Known {
  return event.kind === 'media.attached' || event.kind === 'media.changed';
}
