import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { addComputer } from '../../../collector/register/computers.ts';
import { dropBodies, eventInserter } from '../../../collector/store/events.ts';
import type { Store } from '../../../collector/store/tables.ts';
import { lineOf } from '../../fakes/agent-socket.ts';
import { testStore } from '../../fakes/test-store.ts';

const together = 1000;
const data = { condition: 'policy-missing' as const, raised: true, because: 'x'.repeat(220) };

/** So many events of an ordinary length, from this number on. */
async function put(store: Store, from: number, count: number): Promise<void> {
  const insert = eventInserter(store);
  for (let at = from; at < from + count; at += together) {
    const seqs = Array.from({ length: together }, (_, index) => at + index);
    const columns = {
      computerNo: 1,
      receivedAt: 1,
      seqs,
      ats: seqs,
      kinds: seqs.map(() => 'document.saved'),
      lines: seqs.map((seq) => lineOf(seq, { data })),
      links: new Uint8Array(together * 32),
    };
    await store.transaction().execute((tx) => insert(tx, [columns]));
  }
}

async function drop(store: Store, from: number, count: number): Promise<void> {
  const rows = await store.selectFrom('events').select(['seq', 'line']).where('seq', '>=', from).limit(count).execute();
  const events = rows.flatMap(({ seq, line }) => (line === null ? [] : [{ seq, line }]));
  await store.transaction().execute((tx) => dropBodies(tx, 1, events));
}

it('is given back by bodies that were removed, and used again: a store that is kept for a time stops growing', async () => {
  await using kept = await testStore();
  const { store, file } = kept;
  await store
    .transaction()
    .execute((tx) => addComputer(tx, { publicKey: 'key', hostname: 'PC', version: '0', now: 1 }));
  const bytes = () => statSync(file).size + statSync(`${file}-wal`).size;
  const { sql } = await import('kysely');
  const checkpoint = () => sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(store);

  await checkpoint();
  const empty = bytes();
  await put(store, 1, 4000);
  await checkpoint();
  const full = bytes() - empty;
  // Each month as many come as go: what is left of those that went is a tenth of what they were, or little more.
  for (const month of [1, 2, 3]) {
    await drop(store, 1 + (month - 1) * 4000, 4000);
    await put(store, 1 + month * 4000, 4000);
    await checkpoint();
  }
  const grown = bytes() - empty - full;
  expect(grown / 3 / full).toBeLessThan(0.4);
  const found = await store.selectFrom('events').select(['seq', 'line', 'line_hash']).orderBy('seq').execute();
  expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 16_000 }, (_, index) => index + 1));
  expect(found.filter(({ line }) => line === null)).toHaveLength(12_000);
  expect(found.every(({ line, line_hash }) => (line === null) === (line_hash !== null))).toBe(true);
});
