import { expect, it } from 'vitest';
import { recorder } from '../../agent/recorder.ts';
import type { Change } from '../../agent/watchers/watcher.ts';
import { tempFolder } from '../fakes/temp-folder.ts';
import { openSpool } from './spool/opened.ts';

const platform = { bootId: () => 'boot-1', uptimeMilliseconds: () => 1 };
const stopped = (because: string): Change => ({ kind: 'agent.stopped', data: { because } });

it('says that the disk takes nothing for as long as it does, and goes on where it was', () => {
  using folder = tempFolder();
  const { spool, database, clock } = openSpool(folder.path);
  const told: number[] = [];
  const { record, failing } = recorder({
    spool,
    platform,
    clock,
    recorded: (events) => told.push(...events.map(({ seq }) => seq)),
  });
  record([stopped('first')]);

  const [{ page_count: pages } = { page_count: 0 }] = database.pragma('page_count') as { page_count: number }[];
  database.pragma(`max_page_count = ${pages}`);
  expect(() => record(Array.from({ length: 200 }, () => stopped('x'.repeat(200))))).toThrow(/full/);
  expect(failing()).toBe(true);
  expect(told).toEqual([1]);

  database.pragma('max_page_count = 1000000');
  record([stopped('again')]);
  expect(failing()).toBe(false);
  expect(told).toEqual([1, 2]);
  spool.close();
});

it('tells an event that no line can hold as lost instead of stopping at it', () => {
  using folder = tempFolder();
  const { spool, clock } = openSpool(folder.path);
  const kinds: string[] = [];
  const { record } = recorder({
    spool,
    platform,
    clock,
    recorded: (events) => kinds.push(...events.map(({ kind }) => kind)),
  });
  record([stopped('x'.repeat(70_000)), stopped('small')]);
  expect(kinds).toEqual(['events.lost', 'agent.stopped']);
  spool.close();
});

it('tells an event that the collector would refuse as lost, so that it holds up none after it', () => {
  using folder = tempFolder();
  const { spool, clock } = openSpool(folder.path);
  const told: unknown[] = [];
  const { record } = recorder({ spool, platform, clock, recorded: (events) => told.push(...events) });
  // A sparse file may call itself larger than a number can say exactly.
  const sparse = { place: 'documents', extension: 'docx', sizeBytes: 2 ** 60, nameHash: 'abc' } as const;
  record([{ kind: 'document.saved', data: sparse }, stopped('small')]);
  expect(told).toMatchObject([
    { kind: 'events.lost', data: { count: 1, because: 'malformed' } },
    { kind: 'agent.stopped' },
  ]);
  spool.close();
});
