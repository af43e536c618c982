import { expect, it, vi } from 'vitest';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import { done, type Programs, programs } from './programs.ts';

/*
 * Issue 2, must show 4: the collector is away for a while; the agent keeps working, says how far behind it is, and
 * catches up in order when the collector is back.
 */
interface Status {
  running: boolean;
  connection: { state: string; since: string };
  spool: { events: number; oldest?: string; headSeq: number; storedSeq: number };
}
interface Computer {
  storedSeq: number;
  spool: { events: number } | null;
}
const status = async (running: Programs) =>
  JSON.parse((await done(running.agent('status', '--json'))).stdout) as Status;
const computer = async (running: Programs) => {
  const [only] = JSON.parse((await done(running.collector('computers', '--json'))).stdout) as Computer[];
  if (!only) throw new Error('no computer is enrolled');
  return only;
};
const patiently = { timeout: 60_000, interval: 200 };

it('catches up in order after the collector was away, and says how far behind it is meanwhile', {
  timeout: 120_000,
}, async () => {
  await using running = await programs();
  running.startAgent(300);
  await vi.waitFor(async () => expect((await computer(running)).storedSeq).toBeGreaterThan(300), patiently);
  expect(await status(running)).toMatchObject({ running: true, connection: { state: 'connected' } });

  await running.stop('collector');
  const left = Date.now();
  await vi.waitFor(async () => expect((await status(running)).spool.events).toBeGreaterThan(600), patiently);
  const behind = await status(running);
  expect(behind).toMatchObject({ running: true, connection: { state: 'waiting' } });
  expect(behind.spool.headSeq - behind.spool.storedSeq).toBe(behind.spool.events);
  // How long it has been alone: the oldest event that waits, and since when there is no connection.
  expect(Math.abs(Date.parse(behind.spool.oldest ?? '') - left)).toBeLessThan(5000);
  expect(Math.abs(Date.parse(behind.connection.since) - left)).toBeLessThan(5000);
  expect((await done(running.agent('status'))).stdout).toMatch(
    /not connected since .*\n\d{3,} events wait for the collector, the oldest from \d+ seconds ago/,
  );
  const later = await vi.waitFor(async () => {
    const now = await status(running);
    expect(now.spool.events).toBeGreaterThan(behind.spool.events + 400);
    return now;
  }, patiently);
  expect(later.connection.since).toBe(behind.connection.since);
  await running.kill('agent');
  running.startAgent(0);

  await running.startCollector();
  await vi.waitFor(async () => expect((await status(running)).spool.events).toBe(0), patiently);
  // The collector is told that the backlog is gone, without waiting for the next heartbeat.
  await vi.waitFor(async () => expect((await computer(running)).spool?.events).toBe(0), patiently);

  await running.stop('agent');
  await running.stop('collector');
  const events = JSON.parse((await done(running.collector('events', '--json'))).stdout) as PortcullisEvent[];
  expect(events.length).toBeGreaterThanOrEqual(later.spool.headSeq);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  await done(running.collector('verify'));
});
