import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Channel, type Outgoing, SendError } from '../../../collector/exports/channels/channel.ts';
import { pauseDestination } from '../../../collector/exports/destinations.ts';
import { batchBounds, nextBatch } from '../../../collector/exports/next-batch.ts';
import type { FileSettings } from '../../../collector/exports/settings.ts';
import { exportStatus } from '../../../collector/exports/status.ts';
import { stream } from '../../../collector/exports/stream.ts';
import { type FilledComputer, fillAlert, fillComputer, fillEvent } from '../console/filling.ts';
import { type TestStore, testStore } from '../console/site.ts';
import { sender } from './example-records.ts';

let made: TestStore;
beforeEach(async () => {
  made = await testStore();
});
afterEach(() => made[Symbol.asyncDispose]());

const settings: FileSettings = { name: 'there', channel: 'file', format: 'jsonl', path: 'x', from: 'beginning' };

/** A destination that takes batches, or fails as often as it is told. */
function destination() {
  const taken: string[] = [];
  const told = { failures: 0, sent: 0 };
  const channel: Channel = {
    async send(batch: readonly Outgoing[]) {
      told.sent += 1;
      if (told.failures > 0) {
        told.failures -= 1;
        throw new SendError('ECONNREFUSED', 'Nothing listens at the address of the destination.');
      }
      taken.push(...batch.map(({ record }) => record.uid));
    },
  };
  return { taken, told, channel };
}

const streamTo = (channel: Channel, more: Partial<FileSettings> = {}) =>
  stream({ ...made.context, settings: { ...settings, ...more }, channel, sender, random: () => 0 });
const stored = (computer: FilledComputer, because: string) =>
  fillEvent(made.context, computer, 'agent.stopped', { because });
const status = async () => (await exportStatus(made.context.store, [settings]))[0];

async function computers(count: number): Promise<FilledComputer[]> {
  const list: FilledComputer[] = [];
  for (let number = 0; number < count; number += 1) list.push(await fillComputer(made.context, `PC-${number}`));
  return list;
}

describe('a stream', () => {
  it('misses nothing and doubles nothing, however computers are stored side by side and looks fall between', async () => {
    const list = await computers(3);
    const step = fc.oneof(
      fc.integer({ min: 0, max: 2 }),
      fc.constant('look' as const),
      fc.constant('restart' as const),
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        round += 1;
        const { taken, channel } = destination();
        const name = `d${round}`;
        let running = streamTo(channel, { name, from: 'now' });
        await running.check();
        const expected: string[] = [];
        for (const one of steps) {
          const computer = typeof one === 'number' ? list[one] : undefined;
          if (computer) expected.push(`${computer.id}/${await stored(computer, 'x')}`);
          if (one === 'restart') {
            await running.stop();
            running = streamTo(channel, { name, from: 'now' });
          }
          if (one === 'look') await running.check();
        }
        await running.check();
        expect([...taken].sort()).toEqual(expected.sort());
        // Each computer in its own order.
        for (const { id } of list) {
          const own = taken.filter((uid) => uid.startsWith(id)).map((uid) => Number(uid.split('/')[1]));
          expect(own).toEqual([...own].sort((first, second) => first - second));
        }
      }),
      { numRuns: 15 },
    );
  });

  it('begins with what is stored from now on, unless it is told to begin at the beginning', async () => {
    const [computer] = await computers(1);
    if (!computer) throw new Error('it was made');
    await stored(computer, 'before');
    await fillAlert(made.context, computer, { title: 'Before' });
    const [late, whole] = [destination(), destination()];
    const streams = [streamTo(late.channel, { name: 'late', from: 'now' }), streamTo(whole.channel)];
    for (const one of streams) await one.check();
    await stored(computer, 'after');
    for (const one of streams) await one.check();
    expect(late.taken).toEqual([`${computer.id}/2`]);
    expect(whole.taken).toHaveLength(3);
  });

  it('sends the same again after a failure, waits longer each time, and says so', async () => {
    const [computer] = await computers(1);
    if (!computer) throw new Error('it was made');
    await stored(computer, 'x');
    const { taken, told, channel } = destination();
    told.failures = 2;
    const running = streamTo(channel);
    await running.check();
    expect(await status()).toMatchObject({
      state: 'failing',
      failures: 1,
      waiting: 1,
      lastError: expect.stringContaining('Nothing listens'),
    });
    await running.check();
    expect(told.sent).toBe(1);
    made.context.clock.advance(1000);
    await running.check();
    made.context.clock.advance(1999);
    await running.check();
    expect(told.sent).toBe(2);
    made.context.clock.advance(1);
    await running.check();
    expect(taken).toEqual([`${computer.id}/1`]);
    expect(await status()).toMatchObject({ state: 'up-to-date', failures: 0, waiting: 0, taken: 1 });
  });

  it('sends nothing while it is paused, and goes on where it stopped', async () => {
    const [computer] = await computers(1);
    if (!computer) throw new Error('it was made');
    const { taken, channel } = destination();
    const running = streamTo(channel);
    await running.check();
    const { store } = made.context;
    const turn = (pause: boolean) => pauseDestination(store, { name: 'there', pause, accountId: null, now: 1 });
    await turn(true);
    await stored(computer, 'x');
    await running.check();
    expect(taken).toEqual([]);
    expect(await status()).toMatchObject({ state: 'paused', waiting: 1 });
    await turn(false);
    await running.check();
    expect(taken).toEqual([`${computer.id}/1`]);
  });

  it('sends the steps of alerts, once each', async () => {
    const [computer] = await computers(1);
    if (!computer) throw new Error('it was made');
    await fillAlert(made.context, computer, { title: 'One' });
    const { taken, channel } = destination();
    const running = streamTo(channel);
    await running.check();
    await running.check();
    expect(taken).toHaveLength(1);
  });

  it('passes over what retention took away and kinds that are not asked for', async () => {
    const [computer] = await computers(1);
    if (!computer) throw new Error('it was made');
    await stored(computer, 'gone');
    await made.context.store
      .updateTable('events')
      .set({ line: null, line_hash: Buffer.alloc(32) })
      .execute();
    await stored(computer, 'not asked for');
    await fillEvent(made.context, computer, 'code.refused', { attempts: 5, waitSeconds: 1 });
    const { taken, channel } = destination();
    await streamTo(channel, { kinds: ['code.refused'] }).check();
    expect(taken).toEqual([`${computer.id}/3`]);
    expect(await status()).toMatchObject({ state: 'up-to-date', waiting: 0 });
  });
});

describe('a batch', () => {
  it('is bounded in records and bytes however much waits, and leaves no computer out for long', async () => {
    const { context } = made;
    const [busy, quiet] = await computers(2);
    if (!busy || !quiet) throw new Error('they were made');
    await manyEvents(busy, 3000);
    await stored(quiet, 'x');
    const filter = { destination: 'there', step: 0 };
    const few = await nextBatch(context.store, filter);
    expect(few.records.length).toBeLessThanOrEqual(batchBounds.records);
    expect(few.more).toBe(true);
    expect(few.records.map(({ uid }) => uid)).toContain(`${quiet.id}/1`);

    await context.store
      .updateTable('events')
      .set({ line: JSON.stringify({ kind: 'agent.stopped', data: { because: 'x'.repeat(60_000) } }) })
      .execute();
    const large = await nextBatch(context.store, filter);
    expect(Buffer.byteLength(JSON.stringify(large.records))).toBeLessThan(batchBounds.bytes + 200_000);
  });

  async function manyEvents({ no }: FilledComputer, count: number): Promise<void> {
    const line = JSON.stringify({
      seq: 1,
      at: '2026-11-30T09:00:00.000Z',
      kind: 'agent.stopped',
      data: { because: 'x' },
    });
    const rows = Array.from({ length: count }, (_, index) => ({
      ...{ computer_no: no, seq: index + 1, at: 1, received_at: 1, kind: 'agent.stopped', line },
      ...{ line_hash: null, link: Buffer.alloc(32) },
    }));
    for (let at = 0; at < count; at += 500) {
      await made.context.store
        .insertInto('events')
        .values(rows.slice(at, at + 500))
        .execute();
    }
    await made.context.store.updateTable('computers').set({ head_seq: count }).where('no', '=', no).execute();
  }
});
