import { expect, vi } from 'vitest';
import type { Head, RefusalCode } from '#shared/protocol/protocol.ts';
import type { Fault } from '../../../collector/alerting/faults.ts';
import {
  type AgentSocket,
  batchOf,
  enrolComputer,
  type Greeted,
  greet,
  linesOf,
  refusalOf,
  type TestComputer,
} from '../../fakes/agent-socket.ts';
import { type RealCollector, realCollector } from '../../fakes/real-collector.ts';

/** What must never stand in a log: names of computers, people and devices that the tests send. */
export const private_ = /WARD-7-LAPTOP|Nurse\.Example|KINGSTON-SECRET/;

/** A well-behaved agent that sends all the while. */
export interface Bystander {
  /** Sends the next event and waits for its acknowledgement. */
  isServed(): Promise<void>;
}

export interface Site {
  collector: RealCollector;
  bystander: Bystander;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function site(options: Parameters<typeof realCollector>[0] = {}): Promise<Site> {
  const collector = await realCollector(options);
  const computer = await enrolComputer(collector, 'BYSTANDER');
  const socket = await greet(computer);
  let at = computer.start;
  return {
    collector,
    bystander: {
      async isServed() {
        at = await sendNext(socket, computer, at, 1);
      },
    },
    async [Symbol.asyncDispose]() {
      await socket[Symbol.asyncDispose]();
      await collector[Symbol.asyncDispose]();
    },
  };
}

/** Sends this many events as one batch and waits for the acknowledgement. @returns where the chain then stands */
export async function sendNext(socket: AgentSocket, computer: TestComputer, at: Head, events: number): Promise<Head> {
  const batch = batchOf(computer, at, linesOf(at.seq + 1, at.seq + events));
  socket.send(batch.frame);
  expect(await socket.next('ack')).toMatchObject({ seq: batch.head.seq });
  return batch.head;
}

/** A computer that has three events stored and is connected. */
export async function established(
  collector: RealCollector,
): Promise<{ computer: TestComputer; socket: Greeted; at: Head }> {
  const computer = await enrolComputer(collector);
  const socket = await greet(computer);
  return { computer, socket, at: await sendNext(socket, computer, computer.start, 3) };
}

export async function storedSeqs(
  { context }: RealCollector,
  { computerId }: { computerId: string },
): Promise<number[]> {
  const rows = await context.store
    .selectFrom('events')
    .innerJoin('computers', 'computers.no', 'events.computer_no')
    .where('computers.id', '=', computerId)
    .select('events.seq')
    .orderBy('events.seq')
    .execute();
  return rows.map(({ seq }) => seq);
}

/** Rules of the alerts that a computer has, with their counts. */
export async function alertsOf({ context }: RealCollector, { computerId }: { computerId: string }) {
  return context.store
    .selectFrom('alerts')
    .innerJoin('computers', 'computers.no', 'alerts.computer_no')
    .where('computers.id', '=', computerId)
    .select(['alerts.rule_id as rule', 'alerts.count', 'alerts.severity', 'alerts.clause'])
    .execute();
}

/** The whole of a refusal: typed, logged without private words, closed, and an alert where there is cause. */
export async function expectRefused(
  { collector, bystander }: Site,
  socket: AgentSocket,
  computer: { computerId: string },
  code: RefusalCode,
  fault: Fault | undefined,
): Promise<void> {
  const logged = collector.log.length;
  const served = bystander.isServed();
  expect(await refusalOf(socket)).toMatchObject({ code, closeCode: 4000 });
  await served;
  await expectLogged(collector, logged, code);
  await expectFault(collector, computer, fault);
}

export async function expectLogged(collector: RealCollector, from: number, code: RefusalCode): Promise<void> {
  await vi.waitFor(() =>
    expect(collector.log.slice(from)).toContainEqual(expect.objectContaining({ code, msg: 'agent refused' })),
  );
  expect(JSON.stringify(collector.log)).not.toMatch(private_);
}

export async function expectFault(
  collector: RealCollector,
  computer: { computerId: string },
  fault: Fault | undefined,
): Promise<void> {
  if (fault === undefined) expect(await alertsOf(collector, computer)).toEqual([]);
  else
    await vi.waitFor(async () =>
      expect(await alertsOf(collector, computer)).toMatchObject([{ rule: fault, count: 1 }]),
    );
}
