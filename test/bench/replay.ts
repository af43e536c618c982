import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isoTime } from '#shared/clock.ts';
import type { DeviceFacts } from '#shared/device/facts.ts';
import { decide } from '#shared/policy/decide.ts';
import { loadPolicy } from '#shared/policy/load.ts';
import type { Policy } from '#shared/policy/schema.ts';
import type { Standing } from '#shared/policy/standing.ts';
import { profileText } from '../../collector/policies/policies.ts';
import type { Replay } from '../../collector/policies/replay.ts';
import type { ReplayParts } from '../../collector/policies/replay-event.ts';
import { replayOnAllCores } from '../../collector/policies/replay-threads.ts';
import { migrate, openStore } from '../../collector/store/database.ts';
import type { Bench, BenchContext, Measured } from './figures.ts';

const computers = 500;
const sticksEach = 8;
const start = Date.UTC(2026, 9, 1);
const day = 24 * 60 * 60 * 1000;

/** An estate's sticks of a month, decided again by a draft that enforces: the question asked before enforcing. */
export const replayBench: Bench = {
  about: 'time to run a draft policy over a million stored events of devices',
  async run({ quick, progress }: BenchContext): Promise<Measured[]> {
    const events = quick ? 50_000 : 1_000_000;
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-replay-'));
    try {
      const file = join(folder, 'store.sqlite');
      const current = loadPolicy(profileText('focus'));
      const lineBytes = await fill(file, current, events, progress);
      const ours: Cost[] = [];
      const beside: Cost[] = [];
      let answer: Replay | undefined;
      for (let run = 0; run < (quick ? 1 : 3); run += 1) {
        progress(`run ${run + 1}`);
        beside.push(await costOf(() => readAll(file)));
        ours.push(
          await costOf(async () => {
            answer = await replayFile(file, current, start);
          }),
        );
      }
      if (answer?.events !== events) throw new Error(`${answer?.events} of ${events} events were replayed`);
      const grown = await growth(file, current, { events, runs: quick ? 1 : 3, progress });
      return [...measured({ ours, beside, events, lineBytes, answer }), ...grown];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Seconds of the wall clock, and of all processors together: the second says more where others are at work. */
interface Cost {
  wall: number;
  processor: number;
}

async function costOf(work: () => void | Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const began = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - began) / 1000, processor: (user + system) / 1e6 };
}

interface Run {
  ours: Cost[];
  beside: Cost[];
  events: number;
  lineBytes: number;
  answer: Replay;
}

function measured({ ours, beside, events, lineBytes, answer }: Run): Measured[] {
  const how =
    `with every core; ${events} events of ${computers} computers with ${sticksEach} sticks each, lines of ${Math.round(lineBytes)} bytes with the ` +
    `decision of that time; ${answer.decided} decisions worked out; ${answer.newlyBlocked.length} rights newly blocked`;
  const yardstick = 'reading the same rows with better-sqlite3 and looking at nothing';
  return (['wall', 'processor'] as const).map((which) => ({
    figure: which === 'wall' ? 'replay-seconds' : 'replay-processor-seconds',
    unit: 's',
    values: ours.map((cost) => cost[which]),
    yardstick: { name: yardstick, values: beside.map((cost) => cost[which]) },
    how,
  }));
}

async function fill(file: string, policy: Policy, events: number, progress: (text: string) => void): Promise<number> {
  const { store, close } = openStore(file);
  await migrate(store);
  await close();
  const database = new Database(file);
  const computer = database.prepare(
    `INSERT INTO computers (no, id, public_key, hostname, state, enrolled_at, head_seq, head_link)
     VALUES (?, ?, ?, ?, 'active', 0, 0, x'')`,
  );
  for (let no = 1; no <= computers; no += 1) computer.run(no, `bench-${no}`, `key-${no}`, `FOC-LT-${no}`);
  const insert = database.prepare(
    `INSERT INTO events (computer_no, seq, at, received_at, kind, line, link) VALUES (?, ?, ?, ?, ?, ?, x'')`,
  );
  const decision = decide({ policy, version: 1 }, { device: stick(1, 1) }, standing, start);
  let bytes = 0;
  const together = 10_000;
  const some = database.transaction((from: number) => {
    for (let index = from; index < Math.min(from + together, events); index += 1) {
      const no = (index % computers) + 1;
      const seq = Math.floor(index / computers) + 1;
      const at = start + Math.floor((index / events) * 30 * day);
      const kind = (['media.attached', 'media.mounted', 'media.changed'] as const)[seq % 3] ?? 'media.attached';
      const line = JSON.stringify({
        seq,
        at: isoTime(at),
        bootId: '5f0c3f3a-1d0f-4a8e-9c58-0d6b8f6f2a11',
        uptimeMs: seq * 1000,
        kind,
        decision,
        data: dataOf(kind, stick(no, seq % sticksEach)),
      });
      bytes += line.length;
      insert.run(no, seq, at, at, kind, line);
    }
  });
  for (let from = 0; from < events; from += together) {
    progress(`${from} events stored`);
    some(from);
  }
  database.close();
  return bytes / events;
}

const standing: Standing = { register: [], approvals: [], codes: [] };

function stick(computerNo: number, number: number): DeviceFacts {
  return {
    class: 'usb-storage',
    bus: 'usb',
    vendorId: '0781',
    productId: '5581',
    vendor: 'Example',
    product: 'Example Stick',
    serial: `EX${computerNo}-${number}`,
    serialTrust: 'device',
    interfaces: ['08:06:50'],
    port: '1-4',
    sizeBytes: 15_728_640_000,
  };
}

function dataOf(kind: string, device: DeviceFacts): object {
  const volume = { name: 'sdb1', label: 'WARD', filesystem: 'vfat', sizeBytes: 15_727_591_424, encryption: 'plain' };
  if (kind === 'media.mounted')
    return { device, volume: { ...volume, mountPoint: '/media/staff/WARD', readOnly: false } };
  return { device, volumes: [volume], ...(kind === 'media.attached' && { presentAtStart: false }) };
}

function replayFile(file: string, current: Policy, since: number): Promise<Replay> {
  const parts: ReplayParts = { draft: { ...current, mode: 'enforce' }, current, standing, since };
  return replayOnAllCores(file, parts, start + 30 * day);
}

/** The last days of the month alone: events come evenly. */
async function growth(
  file: string,
  current: Policy,
  { events, runs, progress }: { events: number; runs: number; progress: BenchContext['progress'] },
): Promise<Measured[]> {
  const figures: Measured[] = [];
  for (const part of [8, 4, 2, 1]) {
    const values: number[] = [];
    let size = 0;
    for (let run = 0; run < runs; run += 1) {
      progress(`a part of ${part}, run ${run + 1}`);
      const { wall } = await costOf(async () => {
        size = (await replayFile(file, current, start + 30 * day * (1 - 1 / part))).events;
      });
      values.push((wall * 1e6) / size);
    }
    figures.push({
      figure: `microseconds-an-event-${Math.round(events / part)}`,
      unit: 'µs an event',
      values,
      yardstick: 'none: it is beside itself',
      how: `by the clock, with every core, the last ${size} events of the month`,
      growth: { row: 'µs an event', of: 'events replayed', size: Math.round(events / part) },
    });
  }
  return figures;
}

function readAll(file: string): void {
  const database = new Database(file, { readonly: true });
  let read = 0;
  for (const row of database.prepare('SELECT line FROM events').iterate())
    read += (row as { line: string }).line.length;
  database.close();
  if (read === 0) throw new Error('nothing was read');
}
