import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { addComputer } from '../../../collector/register/computers.ts';
import { migrate, openStore } from '../../../collector/store/database.ts';
import { turns } from '../../../collector/store/turns.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

async function opened() {
  const folder = tempFolder();
  const writing = turns();
  const { store, close } = openStore(join(folder.path, 'store.sqlite'), { turns: writing });
  await migrate(store);
  return {
    store,
    writing,
    async [Symbol.asyncDispose]() {
      await close();
      folder[Symbol.dispose]();
    },
  };
}

const computer = (name: string) => ({ publicKey: name, hostname: name, version: '0.1.0', now: 1 });

describe('turns', () => {
  it('come in the order in which they were asked for, the first at once', () => {
    const { take } = turns();
    const order: string[] = [];
    const ends: (() => void)[] = [];
    for (const name of ['first', 'second', 'third'])
      take((end) => {
        order.push(name);
        ends.push(end);
      });
    expect(order).toEqual(['first']);
    ends[0]?.();
    ends[0]?.();
    expect(order).toEqual(['first', 'second']);
    ends[1]?.();
    expect(order).toEqual(['first', 'second', 'third']);
  });
});

describe('a store that takes turns', () => {
  const writes = {
    'a transaction': (at: Awaited<ReturnType<typeof opened>>) =>
      at.store.transaction().execute((tx) => addComputer(tx, computer('a'))),
    'a single statement': (at: Awaited<ReturnType<typeof opened>>) =>
      at.store.updateTable('notice_cursor').set({ change_no: 1 }).execute(),
  };

  it.each(Object.entries(writes))('begins %s when the other thread has ended its turn', async (_what, write) => {
    await using at = await opened();
    let endOfOther = () => {};
    at.writing.take((end) => {
      endOfOther = end;
    });
    let done = false;
    const written = write(at).then(() => {
      done = true;
    });
    await nextTurn();
    expect(done).toBe(false);
    endOfOther();
    await written;
    expect(done).toBe(true);
  });

  it('reads without a turn', async () => {
    await using at = await opened();
    at.writing.take(() => undefined);
    expect(await at.store.selectFrom('computers').selectAll().execute()).toEqual([]);
  });

  it('ends its turn when what it wrote was refused', async () => {
    await using at = await opened();
    const twice = at.store.transaction().execute(async (tx) => {
      await addComputer(tx, computer('a'));
      await addComputer(tx, computer('a'));
    });
    await expect(twice).rejects.toThrow();
    const alone = at.store.insertInto('saved_filters').values({ id: '1', account_id: 'none', name: '', query: '' });
    await expect(alone.execute()).rejects.toThrow();
    const id = await at.store.transaction().execute((tx) => addComputer(tx, computer('a')));
    expect(id).not.toBe('');
  });
});
