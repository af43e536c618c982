import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FileSignal } from '../../../../agent/platform/file-signals.ts';
import { darwinMediaFileSource } from '../../../../agent/watchers/media-files/darwin.ts';
import { deviceOf } from '../../../fakes/ruled.ts';
import { tempFolder } from '../../../fakes/temp-folder.ts';
import { proves } from '../../../support/proofs.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a file that is put on a medium is told at the next walk, what lay there before is not', async ({ task }) => {
  proves(task, { os: 'darwin', by: 'fixtures', capability: 'media-files' });
  using folder = tempFolder();
  const [root, other] = [join(folder.path, 'BACKUP'), join(folder.path, 'READ-ONLY')];
  for (const path of [join(root, 'sub'), other]) mkdirSync(path, { recursive: true });
  const started = Date.now() + 60_000;
  let now = started;
  const source = darwinMediaFileSource(() => 'anna', { now: () => now, monotonic: () => 0 });
  const told: FileSignal[] = [];
  const sink = {
    file: (signal: FileSignal) => void told.push(signal),
    lost: () => undefined,
    coverageChanged: () => undefined,
  };
  const listening = await source.listen(sink);
  writeFileSync(join(root, 'old.docx'), 'x');
  const volume = { name: 'disk4s1', encryption: 'plain' as const, mountPoint: root, readOnly: false };
  const closed = { ...volume, name: 'disk5s1', mountPoint: other, readOnly: true };
  const media = await source.cover([{ device: deviceOf({}), volumes: [volume, closed] }]);
  expect(media.map((medium) => medium.root)).toEqual([root]);
  expect(source.mediumOf(`${root}/sub/a.docx`)).toBe(media[0]);
  expect(source.mediumOf(`${root}-other/a.docx`)).toBeUndefined();

  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual([]);
  now = Date.now();
  await source.cover([]);
  await source.cover([{ device: deviceOf({}), volumes: [volume] }]);
  now += 60_000;
  writeFileSync(join(root, 'sub', 'new.docx'), 'x');
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.waitFor(() => expect(told.map(({ path }) => path)).toContain(join(root, 'sub', 'new.docx')));
  expect(source.coverage()[0]?.state).toBe('degraded');
  await listening.stop();
  expect(source.media()).toEqual([]);
});
