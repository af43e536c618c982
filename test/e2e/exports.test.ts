import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { PortcullisEvent } from '#shared/events/kinds.ts';
import type { ExportStatus } from '../../collector/exports/status.ts';
import { ocsfFaults } from '../collector/exports/ocsf-facts.ts';
import { rsyslog, rsyslogMissing } from '../fakes/rsyslog.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { done, programs } from './programs.ts';

/*
 * Issue 6, must show 5: a real rsyslogd takes the stream over TLS with a client certificate. It is stopped and killed for a
 * while, the collector is killed without a warning, and everything that is stored has arrived.
 */
const missing = rsyslogMissing();
const eventsPerSecond = 100;

it.skipIf(missing !== undefined)(
  `everything arrives at rsyslog over TLS, through stops of either end${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  { timeout: 600_000 },
  async () => {
    using folder = tempFolder();
    await using receiver = await rsyslog(folder.path);
    await using running = await programs();
    await running.stop('collector');
    const { tls, port } = receiver;
    const settings = join(running.home, 'collector', 'settings.json');
    const destination = {
      name: 'siem',
      channel: 'syslog',
      format: 'ocsf',
      from: 'beginning',
      host: 'localhost',
      port,
      tls,
    };
    writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), exports: [destination] }));
    await receiver.start();
    await running.startCollector();
    running.startAgent(eventsPerSecond);
    const arrivedMore = async (than: number) =>
      vi.waitFor(() => expect(receiver.received().length).toBeGreaterThan(than + 50), {
        timeout: 60_000,
        interval: 100,
      });
    const stored = async () =>
      JSON.parse((await done(running.collector('events', '--json'))).stdout) as (PortcullisEvent & {
        computerId: string;
      })[];

    await arrivedMore(0);
    await receiver.stop();
    // Ingest goes on while nobody takes anything.
    await vi.waitFor(
      async () => {
        const [siem] = await status();
        expect(siem).toMatchObject({
          name: 'siem',
          state: 'failing',
          lastError: expect.stringContaining('Nothing listens'),
        });
        expect(siem?.waiting).toBeGreaterThan(200);
      },
      { timeout: 60_000, interval: 500 },
    );
    await receiver.start();
    // As a person would who knows that it is back, instead of waiting for the next attempt.
    await done(running.collector('export', 'resume', 'siem'));
    for (let kill = 0; kill < 2; kill += 1) {
      await arrivedMore(receiver.received().length);
      // The moment of the kill is the thing under test, not something waited for.
      await wait(137 * (kill + 1));
      await running.kill('collector');
      await running.startCollector();
    }
    await running.stop('agent');
    await vi.waitFor(async () => expect(await status()).toMatchObject([{ state: 'up-to-date', waiting: 0 }]), {
      timeout: 120_000,
      interval: 500,
    });

    const lines = receiver.received();
    const records = lines.map((line) => JSON.parse(line) as { metadata: { uid: string }; class_uid: number });
    const byUid = Map.groupBy(lines, (_, index) => records[index]?.metadata.uid);
    const events = await stored();
    const eventUids = events.map(({ computerId, seq }) => `${computerId}/${seq}`);
    expect(eventUids.filter((uid) => !byUid.has(uid))).toEqual([]);
    // Whatever came twice is the same record, byte for byte.
    const differing = [...byUid.values()].filter(
      (same) => new Set(same).size > 1 && JSON.parse(same[0] ?? '').class_uid !== 2004,
    );
    expect(differing).toEqual([]);
    const known = new Set(eventUids);
    expect(records.filter(({ class_uid, metadata }) => class_uid !== 2004 && !known.has(metadata.uid))).toEqual([]);
    expect(records.flatMap(ocsfFaults)).toEqual([]);
    const doubles = lines.length - byUid.size;
    process.stdout.write(
      `exports: ${events.length} events stored, ${lines.length} lines received, ${doubles} of them doubles\n`,
    );

    async function status(): Promise<ExportStatus[]> {
      // Its exit status says that something fails, which is what some of this is about.
      return JSON.parse((await running.collector('export', 'status', '--json')).stdout) as ExportStatus[];
    }
  },
);
