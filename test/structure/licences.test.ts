import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (file: string) => readFileSync(join(root, file), 'utf8');

interface Locked {
  license?: string;
  dev?: boolean;
}
const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, Locked> };
const shipped = Object.entries(packages).filter(([folder, { dev }]) => folder !== '' && dev !== true);

const fitting = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'MIT-0',
  'BlueOak-1.0.0',
  'OFL-1.1',
];
/** The lock file names no licence of these, so that their own text is read. */
const readByHand: Record<string, [file: string, says: RegExp]> = {
  'node_modules/dejavu-fonts-ttf': ['LICENSE', /Bitstream Vera/],
  'node_modules/png-js': ['LICENSE', /Permission is hereby granted, free of charge/],
};

it('every package that is shipped has a licence that fits MIT', () => {
  expect(shipped.length).toBeGreaterThan(100);
  const others = shipped.filter(([, { license }]) => !fitting.includes(license ?? '')).map(([folder]) => folder);
  expect(others.sort()).toEqual(Object.keys(readByHand).sort());
});

it.each(Object.entries(readByHand))('%s says so in its own text', (folder, [file, says]) => {
  expect(text(join(folder, file))).toMatch(says);
});
