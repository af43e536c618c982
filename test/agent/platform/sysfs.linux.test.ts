import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { binaryAttribute } from '../../../agent/platform/sysfs.linux.ts';
import { tempFolder } from '../../fakes/temp-folder.ts';

it.each([1, 18, 4095, 4096, 4097, 10_000])('reads %i bytes whole', (length) => {
  using folder = tempFolder();
  const file = join(folder.path, 'descriptors');
  const bytes = Buffer.from(Array.from({ length }, (_, index) => index % 251));
  writeFileSync(file, bytes);
  expect(Buffer.compare(binaryAttribute(file) ?? Buffer.alloc(0), bytes)).toBe(0);
});

it('takes what is empty and what is not there for nothing', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'descriptors');
  expect(binaryAttribute(file)).toBeUndefined();
  writeFileSync(file, '');
  expect(binaryAttribute(file)).toBeUndefined();
});
