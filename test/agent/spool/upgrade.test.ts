import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { tempFolder } from '../../fakes/temp-folder.ts';
import { acknowledgeAll, drafts, leaseAll, openSpool, readLease } from './opened.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/spools/', import.meta.url));

it.each(globSync('*.sqlite.gz', { cwd: fixtures }))('the spool of %s is gone on with, number by number', (name) => {
  using folder = tempFolder();
  writeFileSync(join(folder.path, 'spool.sqlite'), gunzipSync(readFileSync(fixtures + name)));
  writeFileSync(join(folder.path, 'sequence.json'), JSON.stringify({ reservedTo: 1001, storedSeq: 0 }));
  const { spool } = openSpool(folder.path);
  expect(spool.figures()).toMatchObject({ headSeq: 30, storedSeq: 10, events: 20 });
  expect(spool.recall('watcher')).toEqual({ seen: ['a stick'] });
  spool.enqueue(drafts(2));
  const sent = leaseAll(spool).map(readLease);
  expect(sent.flatMap(({ events }) => events.map(({ seq }) => seq))).toEqual(
    Array.from({ length: 22 }, (_, index) => 11 + index),
  );
  expect(sent.flatMap(({ missing }) => missing)).toEqual([]);
  spool.rollback(spool.stored());
  acknowledgeAll(spool);
  expect(spool.figures()).toMatchObject({ headSeq: 32, storedSeq: 32, events: 0 });
  spool.close();
});
