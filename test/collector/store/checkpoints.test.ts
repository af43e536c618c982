import { statSync } from 'node:fs';
import { join } from 'node:path';
import { queryObjects } from 'node:v8';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../collector/jobs/job.ts';
import { checkpoints } from '../../../collector/store/checkpoints.ts';
import { type OpenStore, openStore } from '../../../collector/store/database.ts';
import { turns } from '../../../collector/store/turns.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

describe('the log of the store', () => {
  let folder: ReturnType<typeof tempFolder>;
  let opened: OpenStore;
  let moving: Job;
  const turn = turns();
  const file = () => join(folder.path, 'store.sqlite');

  beforeEach(async () => {
    folder = tempFolder();
    opened = openStore(file());
    await sql`create table filler (text text)`.execute(opened.store);
    moving = checkpoints({ storeFile: file(), turn, log: pino({ level: 'silent' }), pages: 100 });
    await moving.check();
  });
  afterEach(async () => {
    await moving.stop();
    await opened.close();
    folder[Symbol.dispose]();
  });

  /** Pages in the log that are not in the store yet. */
  async function left(): Promise<number> {
    const { rows } = await sql<{ log: number; checkpointed: number }>`PRAGMA wal_checkpoint(NOOP)`.execute(
      opened.store,
    );
    return (rows[0]?.log ?? 0) - (rows[0]?.checkpointed ?? 0);
  }
  const write = (kilobytes: number) =>
    sql`insert into filler (text) values (${'x'.repeat(kilobytes * 1024)})`.execute(opened.store);

  it('is moved into the store once it is long, and begins anew', async () => {
    await write(800);
    expect(await left()).toBeGreaterThan(100);
    await moving.check();
    expect(await left()).toBe(0);
    const before = statSync(`${file()}-wal`).size;
    await write(400);
    expect(statSync(`${file()}-wal`).size).toBe(before);
  });

  it('is left alone while it is short', async () => {
    await write(40);
    const before = await left();
    expect(before).toBeGreaterThan(0);
    await moving.check();
    expect(await left()).toBe(before);
  });

  it('is looked at without keeping anything of it', async () => {
    const before = queryObjects(Promise, { format: 'count' });
    for (let look = 0; look < 300; look += 1) await moving.check();
    expect(queryObjects(Promise, { format: 'count' }) - before).toBeLessThan(100);
  });

  it('is moved to its end in a turn of its own, after whoever is writing', async () => {
    await write(800);
    let endTurn = () => {};
    turn.take((end) => {
      endTurn = end;
    });
    let isMoved = false;
    const moved = moving.check().then(() => {
      isMoved = true;
    });
    await expect.poll(left).toBe(0);
    await write(40);
    expect(isMoved).toBe(false);
    endTurn();
    await moved;
    expect(await left()).toBe(0);
  });
});
