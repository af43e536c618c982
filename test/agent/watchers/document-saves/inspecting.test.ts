import { statSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import type { Inspected, Inspections } from '../../../../agent/identifiers/inspections.ts';
import { saveInspector } from '../../../../agent/watchers/document-saves/inspecting.ts';
import type { RecordedSave } from '../../../../agent/watchers/document-saves/recording.ts';
import type { Change } from '../../../../agent/watchers/watcher.ts';
import { fakeContext } from '../../../fakes/watcher-context.ts';

const file = import.meta.filename;
const data = { place: 'documents', extension: 'ts', sizeBytes: 1, nameHash: 'x' } as const;
const save: RecordedSave = {
  change: { kind: 'document.saved', data },
  file: { path: file, stats: statSync(file) },
};
const findings: Inspected['findings'] = {
  inspection: { detector: 'fake-1', status: 'encrypted' },
  drill: false,
  isBulk: false,
  seenOnShared: 'unknown',
};

/** Verdicts come when they are given; what was recorded is told record by record. */
function opened() {
  const verdicts: (() => void)[] = [];
  const records: number[] = [];
  const context = fakeContext();
  context.inspections = {
    inspect: () => new Promise((resolve) => verdicts.push(() => resolve({ findings }))),
  } as Partial<Inspections> as Inspections;
  context.record = (changes: readonly Change[]) => void records.push(changes.length);
  return { inspector: saveInspector(context), verdicts, records };
}

it('records the verdicts on saves that came together in one go, as soon as the last is there', async () => {
  const { inspector, verdicts, records } = opened();
  inspector.take([save, save, save]);
  for (const give of verdicts) give();
  await vi.waitFor(() => expect(records).toEqual([3]));
});

it('does not hold a verdict back for one that takes long', async () => {
  const { inspector, verdicts, records } = opened();
  inspector.take([save, save]);
  verdicts[0]?.();
  await vi.waitFor(() => expect(records).toEqual([1]));
  verdicts[1]?.();
  await vi.waitFor(() => expect(records).toEqual([1, 1]));
});

it('records at the stop what waits, and nothing after it', async () => {
  const { inspector, verdicts, records } = opened();
  inspector.take([save, save]);
  verdicts[0]?.();
  await new Promise(setImmediate);
  inspector.stop();
  expect(records).toEqual([1]);
  verdicts[1]?.();
  await new Promise(setImmediate);
  expect(records).toEqual([1]);
});
