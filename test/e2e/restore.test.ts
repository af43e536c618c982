import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { EventOf, PortcullisEvent } from '#shared/events/kinds.ts';
import type { ReportedAlert } from '../../collector/alerting/alerts-report.ts';
import type { Verified } from '../../collector/store/verify.ts';
import { done, type Programs, programs } from './programs.ts';

/*
 * Issue 8, the restore drill: the collector is lost, and what is restored is older than what the agent has had
 * acknowledged. Nothing is missing in silence, and nothing is counted twice.
 */
const patient = { timeout: 60_000, interval: 200 };
const asked = async <T>(running: Programs, ...args: string[]) =>
  JSON.parse((await done(running.collector(...args, '--json'))).stdout) as T;
const spool = async (running: Programs) =>
  (
    JSON.parse((await done(running.agent('status', '--json'))).stdout) as {
      spool: { events: number; storedSeq: number };
    }
  ).spool;

it('is noticed by the agent, which declares what neither has any more, once, and goes on', {
  timeout: 240_000,
}, async () => {
  await using running = await programs();
  const home = join(running.home, 'collector');
  const file = join(running.home, 'monday.backup');
  running.startAgent(100);
  await vi.waitFor(() => expect(running.accepted()).toBeGreaterThan(50), patient);
  await done(running.collector('backup', file, '--with-keys'));
  const then = (await spool(running)).storedSeq;
  await vi.waitFor(async () => expect((await spool(running)).storedSeq).toBeGreaterThan(then + 100), patient);

  await running.kill('collector');
  const acknowledged = (await spool(running)).storedSeq;
  renameSync(home, join(running.home, 'collector-that-was-lost'));
  await done(running.collector('restore', file));
  await running.startCollector();
  const losses = () => asked<EventOf<'events.lost'>[]>(running, 'events', '--kind', 'events.lost');
  await vi.waitFor(async () => expect(await losses()).toHaveLength(1), patient);

  // Connections that begin anew tell it no second time.
  await running.kill('collector');
  await running.startCollector();
  await running.stop('agent');
  const safe = running.accepted();
  running.startAgent(0);
  await vi.waitFor(async () => expect(await spool(running)).toMatchObject({ events: 0 }), patient);

  const events = await asked<PortcullisEvent[]>(running, 'events');
  const [lost] = await losses();
  if (!lost) throw new Error('nothing was declared');
  const { from, to, count, because } = lost.data;
  expect({ because, count }).toEqual({ because: 'collector-restored', count: to - from + 1 });
  // What was acknowledged after the status was read may be lost, too; what was not yet is not.
  expect(to).toBeGreaterThanOrEqual(acknowledged);
  const seqs = events.map(({ seq }) => seq);
  const last = seqs.at(-1) ?? 0;
  expect(seqs).toEqual(Array.from({ length: last }, (_, index) => index + 1).filter((seq) => seq < from || seq > to));
  const saved = events.flatMap((event) => (event.kind === 'document.saved' ? [event.data.sizeBytes] : []));
  expect(new Set(saved).size).toBe(saved.length);
  expect(saved.at(-1)).toBe(safe);

  const verified = await asked<Verified>(running, 'verify');
  expect(verified).toMatchObject({
    holds: true,
    computers: [{ holds: true, events: events.length, gaps: [{ from, to }] }],
  });
  const alerts = await asked<ReportedAlert[]>(running, 'alerts');
  const counted = Object.fromEntries(alerts.map(({ rule, count: times }) => [rule, times]));
  expect(counted).toMatchObject({ 'document-in-cloud-folder': saved.length, 'events-lost': 1, 'evidence-gap': 1 });
});
