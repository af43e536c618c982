import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSaver } from '../../../collector/register/daily-counts.ts';
import { rowsWriter, times } from '../../../collector/store/many-rows.ts';
import { testStore } from '../../fakes/test-store.ts';

describe('many rows', () => {
  it.each([0, 1, 3, 4, 19, 20, 99, 100, 123, 250])('are all written, and in order: %i', async (count) => {
    await using made = await testStore();
    const write = rowsWriter((rows) =>
      made.store
        .insertInto('teams')
        .values(times(rows, { id: '', organisation: '', name: '' }))
        .compile(),
    );
    const rows = Array.from({ length: count }, (_, index) => [`id ${index}`, 'focus', `team ${index}`]);
    await made.store.transaction().execute((tx) => write(tx, rows));
    const stored = await made.store
      .selectFrom('teams')
      .selectAll()
      .orderBy('rowid' as 'id')
      .execute();
    expect(stored.map((row) => Object.values(row))).toEqual(rows);
  });
});

describe('daily counts', () => {
  it('come to the same together as one by one', async () => {
    await using made = await testStore();
    const { store } = made;
    const kinds = ['document.saved', 'media.attached'] as const;
    const one = fc.record({
      day: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom(...kinds),
      count: fc.integer({ min: 1, max: 9 }),
    });
    const save = countSaver(store);
    const taken = async () => {
      const rows = await store.selectFrom('daily_counts').selectAll().orderBy('day').orderBy('kind').execute();
      await store.deleteFrom('daily_counts').execute();
      return rows;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 30 }), async (counts) => {
        await store.transaction().execute((tx) => save(tx, counts));
        const together = await taken();
        for (const count of counts) await store.transaction().execute((tx) => save(tx, [count]));
        expect(await taken()).toEqual(together);
      }),
      { numRuns: 15 },
    );
  });
});
