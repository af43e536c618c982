import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Count, checker } from '#shared/schema.ts';
import { bytesTold, totalBytes } from '../../../agent/watchers/told-bytes.ts';

const isCount = checker(Count);

it('stays within what the collector takes, whatever a device or a file claims', () => {
  const all = Number.MAX_SAFE_INTEGER;
  expect([bytesTold(5), bytesTold(2 ** 63), totalBytes([]), totalBytes([2, 3]), totalBytes([all, all])]).toEqual([
    5,
    all,
    0,
    5,
    all,
  ]);
});

it('is needed: any user can make a file that calls itself larger', ({ skip }) => {
  if (process.platform !== 'linux') skip('only Linux has a file system in memory at a place that is known');
  const folder = mkdtempSync('/dev/shm/portcullis-');
  try {
    const file = join(folder, 'letter.docx');
    execFileSync('truncate', ['--size', '8191P', file]);
    const { size } = statSync(file);
    expect(isCount.check(size)).toBe(false);
    expect(isCount.check(bytesTold(size))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
